package regtext

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Target takes the changes; an editor of package regf is one. Paths count from
// the hive's root. DeleteKey and DeleteValue return an error that wraps
// regf.ErrNotExist when there is nothing to delete.
type Target interface {
	CreateKey(path string) error // with its parents; an existing key is left as it is
	DeleteKey(path string, recursive bool) error
	SetValue(keyPath, name string, typ regf.Type, data []byte) error
	DeleteValue(keyPath, name string) error
}

// ApplyOptions says how to go about entries that are not for this hive.
type ApplyOptions struct {
	SkipOtherHives bool // leave them out instead of refusing the file
}

// Applied counts orders that were carried out, once for each control set.
type Applied struct {
	Keys          int `json:"keys"` // sections; most keys were there before
	ValuesSet     int `json:"values_set"`
	KeysDeleted   int `json:"keys_deleted"`
	ValuesDeleted int `json:"values_deleted"`
	Absent        int `json:"absent"`  // deletions of what was not there
	Skipped       int `json:"skipped"` // entries of other hives
}

// Apply carries out a whole file. After an error the target is in between: it
// must be thrown away, not finished. Errors name the line; they wrap ErrSyntax,
// ErrMapping or ErrLink, or come from the target or the input.
func Apply(r *Reader, m *Mount, t Target, opt ApplyOptions) (Applied, error) {
	a := applier{m: m, t: t}
	for {
		e, err := r.Next()
		if err == io.EOF {
			return a.done, nil
		}
		if err != nil {
			return a.done, err
		}
		err = a.entry(e)
		if opt.SkipOtherHives && errors.Is(err, ErrOtherHive) {
			a.done.Skipped++
			continue
		}
		if err != nil {
			return a.done, fmt.Errorf("line %d: %w", e.Line, err)
		}
	}
}

type applier struct {
	m    *Mount
	t    Target
	done Applied

	section string // whose paths were resolved
	paths   []string
	err     error
}

func (a *applier) entry(e Entry) error {
	if e.Kind == CreateKey || e.Kind == DeleteKey || e.Key != a.section {
		a.section = e.Key
		a.paths, a.err = a.m.Resolve(e.Key)
		for _, path := range a.paths {
			if err := a.m.NoLinks(path); err != nil && a.err == nil {
				a.err = err
			}
		}
	}
	if e.Kind == CreateKey && errors.Is(a.err, errBare) {
		return nil // the start of an export: it asks for nothing
	}
	if a.err != nil {
		return a.err
	}
	for _, path := range a.paths {
		if err := a.order(e, path); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) order(e Entry, path string) error {
	switch e.Kind {
	case CreateKey:
		if path != "" {
			if err := a.t.CreateKey(path); err != nil {
				return err
			}
		}
		a.done.Keys++
	case SetValue:
		if e.Type == regf.RegLink {
			return fmt.Errorf("value %q: %w: links are not made by an import", e.Name, ErrLink)
		}
		if err := a.t.SetValue(path, e.Name, e.Type, e.Data); err != nil {
			return err
		}
		a.done.ValuesSet++
	case DeleteKey:
		if path == "" {
			return fmt.Errorf("%w: the root of a hive cannot be deleted", ErrMapping)
		}
		return a.deleted(a.t.DeleteKey(path, true), &a.done.KeysDeleted)
	case DeleteValue:
		return a.deleted(a.t.DeleteValue(path, e.Name), &a.done.ValuesDeleted)
	}
	return nil
}

// deleted counts; what is not there need not be deleted.
func (a *applier) deleted(err error, n *int) error {
	if errors.Is(err, regf.ErrNotExist) {
		a.done.Absent++
		return nil
	}
	if err == nil {
		*n++
	}
	return err
}
