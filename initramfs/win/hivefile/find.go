package hivefile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Query says what to look for.
type Query struct {
	Text  string // part of a name or of text in data, ignoring case
	Bytes []byte // or bytes in data
	// Where to look; none of them means everywhere.
	Keys, Values, Data bool
	Below              string // a path, "" for the whole hive
}

// Hit is a place where something was found.
type Hit struct {
	In    string `json:"in"` // "key", "value" (its name) or "data"
	Key   string `json:"key"`
	Value *Value `json:"value,omitempty"`
}

// Find calls found for every place, in the order of the hive. It goes on behind
// damage and returns its reasons joined, at most ten, which wrap regf.ErrDamaged.
func (f *File) Find(q Query, found func(Hit) error) error {
	s := search{q: q, found: found, text: fold(q.Text), everywhere: !q.Keys && !q.Values && !q.Data}
	if q.Text != "" {
		s.units = registry.Units(s.text)
	}
	if q.Below != "" {
		paths, err := f.Paths(q.Below, nil)
		if err != nil {
			return err
		}
		for _, p := range paths {
			if _, err := f.key(p); err != nil {
				return err
			}
			s.below = append(s.below, fold(p))
		}
	}
	err := f.Hive.Walk(s.visit)
	if err != nil {
		return err
	}
	return errors.Join(s.damage...)
}

type search struct {
	q          Query
	found      func(Hit) error
	text       string // folded
	units      []byte // folded, UTF-16LE
	everywhere bool
	below      []string // folded; empty: everything
	damage     []error
}

// visit is a regf.WalkFunc.
func (s *search) visit(path string, k *regf.Key, err error) error {
	if err != nil {
		return s.note(fmt.Errorf("key %q: %w", path, err))
	}
	if inside, above := s.position(path); !inside {
		if above {
			return nil
		}
		return regf.SkipKey
	}
	if (s.q.Keys || s.everywhere) && path != "" && s.matches(k.Name()) {
		if err := s.found(Hit{In: "key", Key: path}); err != nil {
			return err
		}
	}
	if !s.everywhere && !s.q.Values && !s.q.Data {
		return nil
	}
	values, err := k.Values()
	if err != nil {
		if err := s.note(fmt.Errorf("key %q: %w", path, err)); err != nil {
			return err
		}
	}
	for _, v := range values {
		if err := s.value(path, v); err != nil {
			return err
		}
	}
	return nil
}

// position tells whether a key is to be searched, or lies above such a key.
func (s *search) position(path string) (inside, above bool) {
	if len(s.below) == 0 {
		return true, false
	}
	p := fold(path)
	for _, b := range s.below {
		inside = inside || b == "" || p == b || strings.HasPrefix(p, b+`\`)
		above = above || p == "" || strings.HasPrefix(b, p+`\`)
	}
	return inside, above
}

// note keeps damage; errors of reading end the search.
func (s *search) note(err error) error {
	if !errors.Is(err, regf.ErrDamaged) {
		return err
	}
	if len(s.damage) < 10 {
		s.damage = append(s.damage, err)
	}
	return nil
}

func (s *search) value(path string, v *regf.Value) error {
	in := ""
	if (s.q.Values || s.everywhere) && s.matches(v.Name()) {
		in = "value"
	}
	if in == "" && (s.q.Data || s.everywhere) {
		raw, err := v.Data()
		if err != nil {
			return s.note(fmt.Errorf("key %q: value %q: %w", path, v.Name(), err))
		}
		if s.inData(raw) {
			in = "data"
		}
	}
	if in == "" {
		return nil
	}
	d, err := DescribeValue(v)
	if err != nil {
		if err := s.note(fmt.Errorf("key %q: %w", path, err)); err != nil {
			return err
		}
	}
	return s.found(Hit{in, path, &d})
}

func (s *search) matches(name string) bool {
	return s.text != "" && strings.Contains(fold(name), s.text)
}

// inData looks for the bytes, or for the text in UTF-16 at either alignment and
// in single bytes.
func (s *search) inData(raw []byte) bool {
	if len(s.q.Bytes) > 0 && bytes.Contains(raw, s.q.Bytes) {
		return true
	}
	if s.text == "" || len(raw) < len(s.text) {
		return false
	}
	if bytes.Contains(registry.Units(fold(registry.Text(raw))), s.units) || strings.Contains(fold(string(raw)), s.text) {
		return true
	}
	return bytes.Contains(registry.Units(fold(registry.Text(raw[1:]))), s.units)
}

// fold brings names that the registry takes for the same to the same string.
func fold(s string) string { return strings.Map(regf.Upper, s) }
