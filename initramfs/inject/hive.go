package inject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// hive collects the steps that make keys and values of one hive what they
// should be. What is right already gives no step, and what an earlier call
// wanted counts as being there: several drivers share keys and lists.
type hive struct {
	volume *inspect.Volume
	path   string // of the file
	h      *regf.Hive
	why    string
	keys   []step.Step
	values []*step.SetValue
	made   map[string]bool           // keys, folded
	set    map[string]*step.SetValue // key and name, folded
}

func newHive(v *inspect.Volume, path string, h *regf.Hive) *hive {
	return &hive{volume: v, path: path, h: h, made: map[string]bool{}, set: map[string]*step.SetValue{}}
}

// openHive opens another hive of the installation, with its logs.
func openHive(w *inspect.Installation, below string) (*hive, error) {
	path := w.Path(below)
	src, err := hivefile.OnVolume(w.Volume.FS, path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return newHive(w.Volume, path, f.Hive), nil
}

// steps are keys first: a value needs its key.
func (h *hive) steps() []step.Step {
	all := h.keys
	for _, v := range h.values {
		all = append(all, *v)
	}
	return all
}

func folded(parts ...string) string { return strings.ToLower(strings.Join(parts, "\x00")) }

// makeKey makes a key and those above it.
func (h *hive) makeKey(path string) error {
	parts := strings.Split(path, `\`)
	for i := range parts {
		key := strings.Join(parts[:i+1], `\`)
		if h.made[folded(key)] {
			continue
		}
		_, err := h.h.Key(key)
		if err != nil && !errors.Is(err, regf.ErrNotExist) {
			return err
		}
		if err != nil {
			h.keys = append(h.keys, step.MakeKey{Volume: h.volume, File: h.path, Key: key, Why: h.why})
		}
		h.made[folded(key)] = true
	}
	return nil
}

// get is the value as it will be, nil when there is none.
func (h *hive) get(key, name string) (*step.Data, error) {
	if s := h.set[folded(key, name)]; s != nil {
		return s.New, nil
	}
	k, err := h.h.Key(key)
	if err != nil {
		return nil, absent(err)
	}
	v, err := k.Value(name)
	if err != nil {
		return nil, absent(err)
	}
	b, err := v.Data()
	if err != nil {
		return nil, fmt.Errorf(`%s\%s: %w`, key, name, err)
	}
	return &step.Data{Type: v.Type(), Bytes: b}, nil
}

func absent(err error) error {
	if errors.Is(err, regf.ErrNotExist) {
		return nil
	}
	return err
}

// put gives a value data; its key is made where it is missing.
func (h *hive) put(key, name string, data *step.Data) error {
	if err := h.makeKey(key); err != nil {
		return err
	}
	old, err := h.get(key, name)
	if err != nil || old.Equal(data) {
		return err
	}
	if s := h.set[folded(key, name)]; s != nil {
		s.New = data
		return nil
	}
	s := &step.SetValue{Volume: h.volume, File: h.path, Key: key, Value: name, Old: old, New: data, Why: h.why}
	h.values = append(h.values, s)
	h.set[folded(key, name)] = s
	return nil
}

// putMissing is put for a value that is left alone where it exists.
func (h *hive) putMissing(key, name string, data *step.Data) error {
	old, err := h.get(key, name)
	if err != nil || old != nil {
		return err
	}
	return h.put(key, name, data)
}

func (h *hive) putText(key, name, text string) error { return h.put(key, name, textData(text)) }

// text is a value that is a string, "" where it is missing.
func (h *hive) text(key, name string) (string, error) {
	d, err := h.get(key, name)
	if err != nil || d == nil {
		return "", err
	}
	s, _, _ := strings.Cut(registry.Text(d.Bytes), "\x00")
	return s, nil
}

// list is a value that is a list of strings.
func (h *hive) list(key, name string) ([]string, error) {
	d, err := h.get(key, name)
	if err != nil || d == nil {
		return nil, err
	}
	return strings.FieldsFunc(registry.Text(d.Bytes), func(r rune) bool { return r == 0 }), nil
}

func textData(s string) *step.Data { return &step.Data{Type: regf.RegSZ, Bytes: registry.SZ(s)} }

func expandData(s string) *step.Data {
	return &step.Data{Type: regf.RegExpandSZ, Bytes: registry.SZ(s)}
}

func listData(list ...string) *step.Data {
	return &step.Data{Type: regf.RegMultiSZ, Bytes: registry.MultiSZ(list...)}
}

func binaryData(b ...byte) *step.Data { return &step.Data{Type: regf.RegBinary, Bytes: b} }
