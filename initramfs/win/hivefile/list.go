package hivefile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Key describes a key.
type Key struct {
	Path        string    `json:"path"` // from the hive's root
	Name        string    `json:"name"`
	Class       string    `json:"class,omitempty"`
	LastWritten time.Time `json:"last_written"`
	Link        bool      `json:"link,omitempty"` // a symbolic link
	Subkeys     int       `json:"subkeys"`
	Values      int       `json:"values"`
}

// Value describes a value. Data is a string, a list of strings or a number
// where the data is what its type promises; else it is absent, and Hex tells.
type Value struct {
	Name string `json:"name"` // "" is the default value
	Type string `json:"type"` // REG_SZ, ...
	Size int64  `json:"size"` // bytes
	Data any    `json:"data,omitempty"`
	Hex  string `json:"hex"`
}

// Listing is a key and what is directly in it.
type Listing struct {
	Key
	Keys    []Key    `json:"keys"`
	List    []Value  `json:"value_list"`
	Damaged []string `json:"damaged,omitempty"` // why something is missing here
}

// List describes the keys that path means.
func (f *File) List(path string) ([]Listing, error) {
	paths, err := f.Paths(path, nil)
	if err != nil {
		return nil, err
	}
	var all []Listing
	for _, one := range paths {
		k, err := f.key(one)
		if err != nil {
			return nil, err
		}
		l := Listing{Key: describe(one, k), Keys: []Key{}, List: []Value{}}
		keys, err := k.Subkeys()
		if err := l.damage(err); err != nil {
			return nil, err
		}
		for _, sub := range keys {
			l.Keys = append(l.Keys, describe(join(one, sub.Name()), sub))
		}
		values, err := k.Values()
		if err := l.damage(err); err != nil {
			return nil, err
		}
		for _, v := range values {
			d, err := DescribeValue(v)
			if err := l.damage(err); err != nil {
				return nil, err
			}
			l.List = append(l.List, d)
		}
		all = append(all, l)
	}
	return all, nil
}

// key opens a key. What is missing is named by its path: the name that the root
// has inside the file means nothing to anybody.
func (f *File) key(path string) (*regf.Key, error) {
	k, err := f.Hive.Key(path)
	if errors.Is(err, regf.ErrNotExist) {
		err = regf.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(path), err)
	}
	return k, nil
}

// shown is a path for messages; the root has none.
func shown(path string) string {
	if path == "" {
		return `\`
	}
	return path
}

// damage notes damage, and returns other errors.
func (l *Listing) damage(err error) error {
	if err != nil && errors.Is(err, regf.ErrDamaged) {
		l.Damaged = append(l.Damaged, err.Error())
		return nil
	}
	return err
}

func describe(path string, k *regf.Key) Key {
	class, _ := k.Class() // a class that cannot be read is for check to tell
	return Key{Path: path, Name: k.Name(), Class: class, LastWritten: k.LastWritten(), Link: registry.IsLink(k),
		Subkeys: k.SubkeyCount(), Values: k.ValueCount()}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + `\` + name
}

// KeyValue is a value and its key.
type KeyValue struct {
	Key string `json:"key"`
	Value
	Raw []byte `json:"-"` // as stored
}

// Get reads a value of every key that path means, name "" being the default
// value. Control sets need not all have it; errors wrap regf.ErrNotExist when
// none has.
func (f *File) Get(path, name string) ([]KeyValue, error) {
	paths, err := f.Paths(path, nil)
	if err != nil {
		return nil, err
	}
	var all []KeyValue
	var absent error
	for _, one := range paths {
		kv, err := f.get(one, name)
		if errors.Is(err, regf.ErrNotExist) {
			absent = err
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, kv)
	}
	if len(all) == 0 {
		return nil, absent
	}
	return all, nil
}

func (f *File) get(path, name string) (KeyValue, error) {
	k, err := f.key(path)
	if err != nil {
		return KeyValue{}, err
	}
	v, err := k.Value(name)
	if errors.Is(err, regf.ErrNotExist) {
		err = fmt.Errorf("value %q: %w", name, regf.ErrNotExist) // without the name that the root has inside
	}
	if err != nil {
		return KeyValue{}, fmt.Errorf("%s: %w", shown(path), err)
	}
	d, err := DescribeValue(v)
	if err != nil {
		return KeyValue{}, fmt.Errorf("%s: %w", shown(path), err)
	}
	raw, err := v.Data()
	return KeyValue{path, d, raw}, err
}

// DescribeValue reads a value. With an error, which comes from reading or wraps
// regf.ErrDamaged, come its name and type.
func DescribeValue(v *regf.Value) (Value, error) {
	d := Value{Name: v.Name(), Type: v.Type().String(), Size: v.Len()}
	raw, err := v.Data()
	if err != nil {
		return d, fmt.Errorf("value %q: %w", v.Name(), err)
	}
	d.Hex = hex.EncodeToString(raw)
	d.Data = decode(v.Type(), raw)
	return d, nil
}

// decode gives data its meaning where writing that again would give the same
// bytes; nil where not.
func decode(typ regf.Type, raw []byte) any {
	switch {
	case typ == regf.RegDWORD && len(raw) == 4, typ == regf.RegQWORD && len(raw) == 8:
		var n uint64
		for i, c := range raw {
			n |= uint64(c) << (8 * i)
		}
		return n
	case typ == regf.RegSZ || typ == regf.RegExpandSZ || typ == regf.RegLink:
		s := registry.Text(raw)
		if typ != regf.RegLink {
			var ended bool
			if s, ended = strings.CutSuffix(s, "\x00"); !ended {
				return nil
			}
		}
		if len(raw)%2 == 0 && !strings.Contains(s, "\x00") && utf8.ValidString(s) {
			return s
		}
	case typ == regf.RegMultiSZ:
		s := registry.Text(raw)
		list := strings.Split(strings.TrimSuffix(s, "\x00\x00"), "\x00")
		if s == "\x00" {
			list = []string{}
		}
		if string(registry.MultiSZ(list...)) == string(raw) && utf8.ValidString(s) {
			return list
		}
	}
	return nil
}
