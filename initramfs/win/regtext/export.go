package regtext

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Exported counts what an export holds.
type Exported struct {
	Keys, Values int
	// Missing says what the file lacks: damaged parts of the hive, and names
	// that the format cannot carry. The first hundred are kept, each wraps
	// regf.ErrDamaged or ErrInexpressible. A comment in the file says it, too.
	Missing     []error
	MoreMissing int // beyond the first hundred
}

func (e *Exported) miss(w *Writer, err error) error {
	if len(e.Missing) < 100 {
		e.Missing = append(e.Missing, err)
	} else {
		e.MoreMissing++
	}
	return w.Comment("bootmend: left out: " + err.Error())
}

// Export writes a key and everything below it, in the order of the hive, as
// regedit does. path is the key in the hive, "" the root; prefix is what the
// hive's root is called in the file, e.g. HKEY_LOCAL_MACHINE\SYSTEM. What
// cannot be read or expressed is left out and listed. Errors come from the
// output or from reading the file, or wrap regf.ErrNotExist when there is no
// such key.
func Export(w *Writer, h *regf.Hive, path, prefix string) (Exported, error) {
	if _, err := h.Key(path); errors.Is(err, regf.ErrNotExist) {
		return Exported{}, fmt.Errorf("key %q: %w", path, regf.ErrNotExist) // without the name that the root has inside
	} else if err != nil {
		return Exported{}, err
	}
	x := exporter{w: w, prefix: prefix, top: fold(path)}
	if err := h.Walk(x.visit); err != nil {
		return x.done, err
	}
	if x.done.Keys == 0 {
		return x.done, fmt.Errorf("key %q: it is not below the root: %w", path, regf.ErrDamaged)
	}
	return x.done, nil
}

type exporter struct {
	w      *Writer
	prefix string
	top    string // folded path
	done   Exported
}

// visit is a regf.WalkFunc.
func (x *exporter) visit(path string, k *regf.Key, err error) error {
	if x.top != "" {
		switch f := fold(path); {
		case f == x.top || strings.HasPrefix(f, x.top+`\`):
		case f == "" || strings.HasPrefix(x.top, f+`\`):
			return nil // on the way
		default:
			return regf.SkipKey
		}
	}
	if err != nil {
		return x.damage(path, err)
	}
	if path != "" && strings.ContainsRune(k.Name(), '\\') {
		if err := x.done.miss(x.w, fmt.Errorf("key %q, whose name holds a backslash, with all below it: %w", path, ErrInexpressible)); err != nil {
			return err
		}
		return regf.SkipKey
	}
	return x.key(path, k)
}

// damage lists damage; errors of reading end the export.
func (x *exporter) damage(path string, err error) error {
	if !errors.Is(err, regf.ErrDamaged) {
		return err
	}
	return x.done.miss(x.w, fmt.Errorf("key %q: %w", path, err))
}

func (x *exporter) key(path string, k *regf.Key) error {
	full := x.prefix
	if path != "" {
		full += `\` + path
	}
	if err := x.w.Key(full); errors.Is(err, ErrInexpressible) {
		if err := x.done.miss(x.w, err); err != nil {
			return err
		}
		return regf.SkipKey
	} else if err != nil {
		return err
	}
	x.done.Keys++
	values, err := k.Values()
	if err != nil {
		if err := x.damage(path, err); err != nil {
			return err
		}
	}
	for _, v := range values {
		if err := x.value(path, v); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) value(path string, v *regf.Value) error {
	data, err := v.Data()
	if err != nil {
		return x.damage(path, fmt.Errorf("value %q: %w", v.Name(), err))
	}
	err = x.w.Value(v.Name(), v.Type(), data)
	if errors.Is(err, ErrInexpressible) {
		return x.done.miss(x.w, fmt.Errorf("key %q: %w", path, err))
	}
	if err == nil {
		x.done.Values++
	}
	return err
}

// fold brings paths that mean the same key to the same string.
func fold(path string) string {
	return strings.Map(regf.Upper, strings.Trim(path, `\`))
}
