package step

import (
	"errors"
	"slices"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// HiveSteps turns an edit of a hive on a volume into steps: key by key and value
// by value, so that it can be planned, shown and taken back like any other.
// The hive is the one that the edit was made on, path where it lies. More than
// regf.ErrTooMany allows is an error that wraps it.
func HiveSteps(v *inspect.Volume, path string, before *regf.Hive, c *hivefile.Change, why string) ([]Step, error) {
	after, err := regf.Open(c.Content(), c.Size)
	if err != nil {
		return nil, err
	}
	differences, err := regf.Diff(before, after)
	if err != nil {
		return nil, err
	}
	h := hiveSteps{v: v, path: path, why: why, before: before, after: after}
	for _, d := range differences {
		switch d.Change {
		case regf.KeyOnlyInA:
			err = h.removeTree(d.Key)
		case regf.KeyOnlyInB:
			err = h.makeTree(d.Key)
		default:
			err = h.set(d.Key, d.Value)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(append(h.removed, h.made...), h.values...), nil
}

type hiveSteps struct {
	v             *inspect.Volume
	path, why     string
	before, after *regf.Hive
	// What goes, what comes, in this order: a key may be both.
	removed, made, values []Step
}

func (h *hiveSteps) set(key, name string) error {
	old, err := ValueOf(h.before, key, name)
	if err != nil {
		return err
	}
	now, err := ValueOf(h.after, key, name)
	if err != nil {
		return err
	}
	h.values = append(h.values, SetValue{Volume: h.v, File: h.path, Key: key, Value: name, Old: old, New: now, Why: h.why})
	return nil
}

// makeTree creates a key with all that it has, from the top.
func (h *hiveSteps) makeTree(key string) error {
	k, err := h.after.Key(key)
	if err != nil {
		return err
	}
	class, err := k.Class()
	if err != nil {
		return err
	}
	h.made = append(h.made, MakeKey{Volume: h.v, File: h.path, Key: key, Class: class, Why: h.why})
	if err := h.each(k, func(name string, d *Data) {
		h.made = append(h.made, SetValue{Volume: h.v, File: h.path, Key: key, Value: name, New: d, Why: h.why})
	}); err != nil {
		return err
	}
	below, err := k.Subkeys()
	if err != nil {
		return err
	}
	for _, s := range below {
		if err := h.makeTree(key + `\` + s.Name()); err != nil {
			return err
		}
	}
	return nil
}

// removeTree deletes a key with all that it has, from the bottom.
func (h *hiveSteps) removeTree(key string) error {
	k, err := h.before.Key(key)
	if err != nil {
		return err
	}
	below, err := k.Subkeys()
	if err != nil {
		return err
	}
	for _, s := range slices.Backward(below) {
		if err := h.removeTree(key + `\` + s.Name()); err != nil {
			return err
		}
	}
	err = h.each(k, func(name string, d *Data) {
		h.removed = append(h.removed, SetValue{Volume: h.v, File: h.path, Key: key, Value: name, Old: d, Why: h.why})
	})
	class, cerr := k.Class()
	security, serr := k.Security()
	h.removed = append(h.removed, RemoveKey{Volume: h.v, File: h.path, Key: key, Class: class, Security: security, Why: h.why})
	return errors.Join(err, cerr, serr)
}

func (h *hiveSteps) each(k *regf.Key, do func(name string, d *Data)) error {
	values, err := k.Values()
	for _, v := range values {
		data, derr := v.Data()
		err = errors.Join(err, derr)
		do(v.Name(), &Data{Type: v.Type(), Bytes: data})
	}
	return err
}

// ValueOf is what a value of a hive holds; nil where there is no such key or value.
func ValueOf(hive *regf.Hive, path, name string) (*Data, error) {
	key, err := hive.Key(path)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	value, err := key.Value(name)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := value.Data()
	return &Data{Type: value.Type(), Bytes: data}, err
}
