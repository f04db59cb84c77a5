package regf_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// script turns bytes of the fuzzer into edits of keys that the hive has.
type script struct {
	ops     []byte
	paths   []string
	touched []string // paths
	deleted []string // those of DeleteKey
}

func (s *script) next() int {
	if len(s.ops) == 0 {
		return 0
	}
	n := s.ops[0]
	s.ops = s.ops[1:]
	return int(n)
}

func (s *script) name() string {
	return []string{"", "Start", "new", "Ж", "größe", "a much longer name than the others", "List", "x"}[s.next()%8]
}

func (s *script) data() []byte {
	n := []int{0, 4, 5, 100, 3000, 16344, 16345, 40000}[s.next()%8]
	return bytes.Repeat([]byte{byte(s.next())}, n)
}

// plain is a path as the editor takes it: empty names do not count.
func plain(path string) string {
	return strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '\\' }), `\`)
}

// step makes one edit and returns its error.
func (s *script) step(e *regf.Editor) error {
	path := plain(s.paths[s.next()%len(s.paths)])
	switch s.next() % 7 {
	case 0, 1:
		path = plain(path + `\` + s.name() + `\` + s.name())
		s.touched = append(s.touched, path)
		return e.CreateKey(path)
	case 2:
		s.deleted = append(s.deleted, path)
		return e.DeleteKey(path, s.next()%2 == 0)
	case 3:
		s.touched = append(s.touched, path)
		return e.SetValue(path, s.name(), regf.Type(s.next()%12), s.data())
	case 4:
		s.touched = append(s.touched, path)
		return e.DeleteValue(path, s.name())
	case 6:
		s.touched = append(s.touched, path)
		owner := []byte{1, 0, 0, 0x80, 20, 31: byte(s.next() % 4)}
		owner[20], owner[21] = 1, 1
		return e.SetSecurity(path, owner[:32-s.next()%2])
	}
	return e.SetClass(path, s.name())
}

// typed are the classes of errors that an edit may end with.
func typed(err error) bool {
	for _, class := range []error{regf.ErrDamaged, regf.ErrNotExist, regf.ErrLimit, regf.ErrRefused, regf.ErrUnsupported} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// somePaths are the first keys of a hive, as far as it can be read.
func somePaths(h *regf.Hive) []string {
	paths := []string{""}
	h.Walk(func(p string, k *regf.Key, err error) error {
		if len(paths) > 40 {
			return bytes.ErrTooLarge
		}
		if err == nil && p != "" {
			paths = append(paths, p)
		}
		return nil
	})
	return paths
}

// FuzzEditor edits arbitrary hives. Errors are of the classes that are
// documented and never say that the package was wrong about its own result;
// whatever comes out as patches is a sound hive again, and differs from the
// one before in what the edits named and nowhere else.
func FuzzEditor(f *testing.F) {
	for _, opt := range layouts() {
		f.Add(regftest.Build(sample(), opt), []byte{1, 0, 2, 3, 2, 3, 3, 5, 6, 9, 4, 4, 2, 1, 2, 0})
		f.Add(regftest.Build(sample(), opt), []byte("\x05\x03\x01\x01\x05\x07\x02\x02\x00\x05\x01\x03\x04\x00\x03\x04\x01\x03\x07"))
		f.Add(regftest.Build(sample(), opt), []byte{0, 6, 1, 0, 1, 6, 2, 0, 1, 1, 0, 3, 6, 1, 0, 0, 6, 3, 0, 2, 6, 1, 1, 1, 2, 0})
	}
	f.Fuzz(func(t *testing.T, in, ops []byte) {
		b := repaired(in)
		h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		e, err := regf.NewEditor(h, regf.EditorOptions{Now: someTime})
		if err != nil {
			return
		}
		s := &script{ops: ops[:min(len(ops), 100)], paths: somePaths(h)}
		for len(s.ops) > 0 {
			if err := s.step(e); err != nil && !typed(err) {
				t.Fatalf("%v", err)
			}
		}
		r, err := e.Finish()
		if err != nil && !typed(err) {
			t.Fatalf("Finish: %v", err)
		}
		if err != nil || r.Patches == nil {
			return
		}
		judgeEdit(t, h, applyResult(t, b, r), s)
	})
}

func judgeEdit(t *testing.T, before *regf.Hive, file []byte, s *script) {
	t.Helper()
	after := open(t, file)
	if _, err := after.Check(); err != nil || !after.State().Clean {
		t.Fatalf("the result: %v, %+v", err, after.State())
	}
	diff, err := regf.Diff(before, after)
	if err != nil {
		t.Fatalf("Diff: %v", err)
	}
	for _, d := range diff {
		meant := false
		for _, path := range append(s.touched, s.deleted...) {
			meant = meant || within(path, d.Key)
		}
		for _, path := range s.deleted {
			meant = meant || within(d.Key, path)
		}
		if !meant {
			t.Fatalf("%v: nothing of %q or %q", d, s.touched, s.deleted)
		}
	}
}

// within tells whether a path is that of a key or of one below it.
func within(path, key string) bool {
	return regf.EqualFold(path, key) || key == "" ||
		len(path) > len(key) && path[len(key)] == '\\' && regf.EqualFold(path[:len(key)], key)
}
