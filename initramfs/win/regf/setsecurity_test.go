package regf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// owned is a descriptor with nothing but an owner.
func owned(n byte) string {
	return "\x01\x00\x00\x80\x14\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "\x01\x01\x00\x00\x00\x00\x00\x05" + string([]byte{n, 0, 0, 0})
}

func editing(t *testing.T, b []byte) *Editor {
	t.Helper()
	h, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEditor(h, EditorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func all(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func written(t *testing.T, e *Editor, b []byte) []byte {
	t.Helper()
	r, err := e.Finish()
	all(t, err)
	out := make([]byte, r.Size)
	copy(out, b)
	for _, p := range r.Patches {
		copy(out[p.Off:], p.New)
	}
	h, err := Open(bytes.NewReader(out), r.Size)
	all(t, err)
	counts := map[uint32]uint32{}
	var root uint32
	all(t, h.Walk(func(path string, k *Key, err error) error {
		counts[k.u32(nkSecurity)]++
		if path == "" {
			root = k.u32(nkSecurity)
		}
		return err
	}), h.ring(root, func(sk uint32, head []byte) error {
		if n := binary.LittleEndian.Uint32(head[skCount:]); n != counts[sk] {
			t.Errorf("security cell %#x counts %d keys, %d have it", sk, n, counts[sk])
		}
		delete(counts, sk)
		return nil
	}))
	if len(counts) > 0 {
		t.Errorf("not in the ring: %v", counts)
	}
	return out
}

func wantSecurity(t *testing.T, b []byte, of map[string]string) {
	t.Helper()
	h, err := Open(bytes.NewReader(b), int64(len(b)))
	all(t, err)
	for path, want := range of {
		k, err := h.Key(path)
		all(t, err)
		if got, err := k.Security(); err != nil || string(got) != want {
			t.Errorf("%q has %x, %v, want %x", path, got, err, want)
		}
	}
}

// TestSetSecurityOrder: what a new key inherits is what the key above has at
// that time, and operations may come in any order.
func TestSetSecurityOrder(t *testing.T) {
	root := regftest.Key{Security: owned(1), Keys: []regftest.Key{{Name: "a", Security: owned(2)}, {Name: "b", Security: owned(1)}}}
	b := regftest.Build(root, regftest.Options{Minor: 5})
	e := editing(t, b)
	all(t, e.CreateKey(`a\early`), e.SetSecurity("a", []byte(owned(3))), e.CreateKey(`a\late`),
		e.SetSecurity(`a\late`, []byte(owned(4))), e.CreateKey(`a\late\x`), e.SetSecurity("", []byte(owned(5))),
		e.DeleteKey("b", false), e.CreateKey("b"), e.SetSecurity("b", []byte(owned(1))), e.SetSecurity(`a\late`, []byte(owned(2))))
	b = written(t, e, b)
	wantSecurity(t, b, map[string]string{"": owned(5), "a": owned(3), `a\early`: owned(2), `a\late`: owned(2), `a\late\x`: owned(4), "b": owned(1)})
	e = editing(t, b)
	all(t, e.SetSecurity("a", []byte(owned(2))), e.SetSecurity("", []byte(owned(1))), e.DeleteKey(`a\late`, true), e.DeleteKey(`a\early`, false))
	b = written(t, e, b)
	wantSecurity(t, b, map[string]string{"": owned(1), "a": owned(2), "b": owned(1)})
	e = editing(t, b)
	all(t, e.SetSecurity("a", []byte(owned(2))))
	if r, err := e.Finish(); err != nil || len(r.Patches) > 0 {
		t.Errorf("what was there already changes: %v, %v", r.Patches, err)
	}
}

// TestSetSecurityNone edits a hive without security, as ReactOS makes them.
func TestSetSecurityNone(t *testing.T) {
	b := regftest.Build(regftest.Key{Name: "root", Keys: []regftest.Key{{Name: "a"}, {Name: "b"}}}, regftest.Options{Minor: 3, NoSecurity: true})
	e := editing(t, b)
	all(t, e.SetSecurity("a", nil), e.SetSecurity("", []byte{}))
	if r, err := e.Finish(); err != nil || len(r.Patches) > 0 {
		t.Errorf("nothing was set: %v, %v", r.Patches, err)
	}
	e = editing(t, b)
	all(t, e.SetSecurity("", []byte(owned(1))), e.SetSecurity("b", []byte(owned(2))), e.SetSecurity("a", []byte(owned(1))))
	if err := e.SetSecurity("a", nil); !errors.Is(err, ErrRefused) {
		t.Errorf("none instead of one: %v", err)
	}
	b = written(t, e, b)
	wantSecurity(t, b, map[string]string{"": owned(1), "a": owned(1), "b": owned(2)})
}

// TestSetSecurityRing: a ring that is broken is not written to.
func TestSetSecurityRing(t *testing.T) {
	root := regftest.Key{Security: owned(1), Keys: []regftest.Key{{Name: "a", Security: owned(2)}, {Name: "b", Security: owned(3)}}}
	b := regftest.Build(root, regftest.Options{Minor: 5})
	at := bytes.Index(b, []byte(owned(2))) - skData
	binary.LittleEndian.PutUint32(b[at+skBlink:], binary.LittleEndian.Uint32(b[at+skBlink:])^8)
	e := editing(t, b)
	for _, d := range []string{owned(3), owned(4)} {
		if err := e.SetSecurity("", []byte(d)); !errors.Is(err, ErrDamaged) {
			t.Errorf("got %v, want damage", err)
		}
	}
}

// TestSetSecurityProof lets an edit write another thing than was announced.
func TestSetSecurityProof(t *testing.T) {
	root := regftest.Key{Security: owned(1), Keys: []regftest.Key{{Name: "a", Security: owned(2)}, {Name: "b", Security: owned(3)}}}
	b := regftest.Build(root, regftest.Options{Minor: 5})
	cell := func(e *Editor, path string) uint32 {
		k, err := e.h.Key(path)
		all(t, err)
		return k.u32(nkSecurity)
	}
	for name, wrong := range map[string]func(e *Editor) error{
		"descriptor": func(e *Editor) error { return e.put32(skPos(cell(e, "a"), skData+sdHeader+8), 77) },
		"other's":    func(e *Editor) error { return e.put32(skPos(cell(e, "b"), skData+sdHeader+8), 77) },
		"size":       func(e *Editor) error { return e.put32(skPos(cell(e, "a"), skSize), 31) },
		"link":       func(e *Editor) error { return e.put32(skPos(cell(e, "a"), skFlink), cell(e, "a")) },
		"link back":  func(e *Editor) error { return e.put32(skPos(cell(e, "b"), skBlink), cell(e, "b")) },
		"key": func(e *Editor) error {
			k, err := e.h.Key("a")
			return errors.Join(err, e.setKey(k, nkSecurity, cell(e, "b")))
		},
		"other key": func(e *Editor) error {
			k, err := e.h.Key("b")
			return errors.Join(err, e.setKey(k, nkSecurity, cell(e, "a")))
		},
		"freed": func(e *Editor) error { return e.release(cell(e, "a")) },
	} {
		t.Run(name, func(t *testing.T) {
			e := editing(t, b)
			all(t, e.SetSecurity("a", []byte(owned(4))), e.do(func() error { return wrong(e) }))
			if r, err := e.Finish(); err == nil {
				t.Errorf("not noticed: %v", r.Patches)
			}
		})
	}
}

// TestSetSecurityUnused: a cell of the ring that no key has is linked anew where
// a neighbour comes or goes, and stays; with the count 0 it is not taken.
func TestSetSecurityUnused(t *testing.T) {
	root := regftest.Key{Security: owned(1), Keys: []regftest.Key{{Name: "a", Security: owned(2)}, {Name: "b", Security: owned(3)}}}
	b := regftest.Build(root, regftest.Options{Minor: 5})
	e := editing(t, b)
	all(t, e.do(func() error {
		k, err := e.h.Key("a")
		all(t, err)
		sk := k.u32(nkSecurity)
		all(t, e.put32(skPos(sk, skCount), 0), e.addReference(rootOf(t, e).u32(nkSecurity)))
		return e.setKey(k, nkSecurity, rootOf(t, e).u32(nkSecurity))
	}))
	all(t, e.do(e.seal))
	changed, err := e.patches()
	all(t, err)
	for _, p := range changed {
		copy(b[p.Off:], p.New)
	}
	e = editing(t, b)
	all(t, e.SetSecurity("", []byte(owned(4))), e.SetSecurity("b", []byte(owned(5))), e.SetSecurity("a", []byte(owned(2))))
	b = written(t, e, b)
	wantSecurity(t, b, map[string]string{"": owned(4), "a": owned(2), "b": owned(5)})
	if n := bytes.Count(b, []byte(owned(2))); n != 2 {
		t.Errorf("the descriptor is there %d times, want the unused one and another", n)
	}
}

func rootOf(t *testing.T, e *Editor) *Key {
	t.Helper()
	k, err := e.h.Root()
	all(t, err)
	return k
}
