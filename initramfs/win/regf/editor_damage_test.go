package regf_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// TestEditorDamage edits hives that are not what they seem. None of it may come
// out as patches.
func TestEditorDamage(t *testing.T) {
	keys := regftest.Key{Keys: []regftest.Key{
		{Name: "aaa", Values: []regftest.Value{regftest.SZ("text", "some text"), regftest.Binary("big", bytes.Repeat([]byte("x"), 40000)...)}},
		{Name: "bbb", Values: []regftest.Value{regftest.SZ("text", "some text"), regftest.DWORD("n", 1)}, Class: "class"},
		{Name: "ccc", Keys: []regftest.Key{{Name: "sub", Values: []regftest.Value{regftest.SZ("text", "some text")}}}},
	}}
	at := func(b []byte, path string) int64 {
		k, err := open(t, b).Key(path)
		must(t, err)
		return k.Offset()
	}
	value := func(b []byte, path, name string) int64 {
		k, err := open(t, b).Key(path)
		must(t, err)
		v, err := k.Value(name)
		must(t, err)
		return v.Offset()
	}
	for name, tc := range map[string]struct {
		damage func(b []byte)
		edit   func(e *regf.Editor) error
		text   string
	}{
		"two values share data": {func(b []byte) {
			copy(b[value(b, "aaa", "text")+12:], b[value(b, "bbb", "text")+12:][:4])
		}, func(e *regf.Editor) error { return e.SetValue("aaa", "text", 1, []byte("0123456")) }, "used twice"},
		"two values share data, one goes": {func(b []byte) {
			copy(b[value(b, "aaa", "text")+12:], b[value(b, "bbb", "text")+12:][:4])
		}, func(e *regf.Editor) error { return e.DeleteKey("aaa", true) }, "used twice"},
		"two keys share values": {func(b []byte) {
			copy(b[at(b, "aaa")+40:], b[at(b, "bbb")+40:][:8])
		}, func(e *regf.Editor) error { return e.DeleteValue("aaa", "n") }, "used twice"},
		"subkey of another key": {func(b []byte) {
			copy(b[at(b, "aaa")+24:], b[at(b, "ccc")+24:][:12])
		}, func(e *regf.Editor) error { return e.DeleteKey("aaa", true) }, "than its parent"},
		"subkey list of another key": {func(b []byte) {
			copy(b[at(b, "aaa")+24:], b[at(b, "ccc")+24:][:12])
		}, func(e *regf.Editor) error { return e.CreateKey(`aaa\new`) }, ""},
		"data inside another cell": {func(b []byte) {
			seg := value(b, "aaa", "big")
			db := 4096 + int64(le.Uint32(b[seg+12:]))
			list := 4096 + int64(le.Uint32(b[db+8:]))
			inside := le.Uint32(b[list+4:]) + 64
			le.PutUint32(b[4096+inside:], 0xffffffe8)
			le.PutUint32(b[value(b, "bbb", "text")+12:], inside)
		}, func(e *regf.Editor) error { return e.SetValue("bbb", "text", 1, []byte("0123456")) }, "no allocated cell"},
		"class of another key": {func(b []byte) {
			copy(b[at(b, "aaa")+52:], b[at(b, "bbb")+52:][:4])
			copy(b[at(b, "aaa")+78:], b[at(b, "bbb")+78:][:2])
		}, func(e *regf.Editor) error { return e.SetClass("aaa", "other") }, "used twice"},
		"bin header": {func(b []byte) { le.PutUint32(b[4096+4:], 64) },
			func(e *regf.Editor) error { return e.CreateKey("x") }, "names another offset"},
		"cell size": {func(b []byte) { le.PutUint32(b[at(b, "aaa"):], 0xffffff00) },
			func(e *regf.Editor) error { return e.SetValue("ccc", "x", 1, []byte("0123456")) }, ""},
		"security of nobody": {func(b []byte) { le.PutUint32(b[at(b, "")+48:], 0x123450) },
			func(e *regf.Editor) error { return e.CreateKey("x") }, "outside the hbins"},
		"damage elsewhere": {func(b []byte) { b[value(b, `ccc\sub`, "text")+4] = 'x' },
			func(e *regf.Editor) error { return e.CreateKey("x") }, "wrong signature"},
		"ring": {func(b []byte) { le.PutUint32(b[bytes.Index(b, []byte("sk"))+4:], 0x40) },
			func(e *regf.Editor) error { return e.DeleteKey("ccc", true) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := regftest.Build(keys, regftest.Options{})
			tc.damage(b)
			regftest.Seal(b)
			e := newEditor(t, b, regf.EditorOptions{})
			err := tc.edit(e)
			if err == nil {
				var r regf.Result
				if r, err = e.Finish(); err == nil && name == "ring" {
					return // the edit has nothing to do with it
				}
				if r.Patches != nil {
					t.Errorf("%d patches", len(r.Patches))
				}
			}
			if !errors.Is(err, regf.ErrDamaged) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("%v, want damage with %q", err, tc.text)
			}
		})
	}
}

// TestEditorUnsorted finds and changes keys in a list that is out of order, and
// puts none into it.
func TestEditorUnsorted(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{List: "lf", Minor: 3})
	h := open(t, b)
	root, err := h.Root()
	must(t, err)
	subs, err := root.Subkeys()
	must(t, err)
	first := le.Uint32(b[root.Offset()+4+28:]) + 4096 + 8
	x, y := bytes.Clone(b[first:first+8]), bytes.Clone(b[first+8:first+16])
	copy(b[first:], y)
	copy(b[first+8:], x)
	e := newEditor(t, b, regf.EditorOptions{})
	if err := e.CreateKey("new"); !errors.Is(err, regf.ErrRefused) || !strings.Contains(err.Error(), "order") {
		t.Errorf("CreateKey = %v", err)
	}
	must(t, e.SetValue(subs[0].Name(), "v", regf.RegDWORD, make([]byte, 4)), e.CreateKey(subs[1].Name()+`\new`), e.DeleteKey(subs[2].Name(), true))
	after := open(t, finish(t, e, b))
	if n, err := after.Check(); err != nil || n.Keys != 5 {
		t.Errorf("%+v, %v", n, err)
	}
}

// TestEditorJoinsBins makes room for large data out of small bins that became
// empty.
func TestEditorJoinsBins(t *testing.T) {
	b := regftest.Build(regftest.Key{}, regftest.Options{})
	e := newEditor(t, b, regf.EditorOptions{})
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		must(t, e.SetValue("", name, regf.RegBinary, make([]byte, 4000)))
	}
	b = finish(t, e, b)
	size := len(b)
	e = newEditor(t, b, regf.EditorOptions{})
	for _, name := range []string{"b", "c", "d", "e"} {
		must(t, e.DeleteValue("", name))
	}
	must(t, e.SetValue("", "large", regf.RegBinary, bytes.Repeat([]byte("large"), 3200)))
	b = finish(t, e, b)
	if len(b) != size {
		t.Errorf("%d bytes, had %d", len(b), size)
	}
	if n, err := open(t, b).Check(); err != nil || n.Values != 3 {
		t.Errorf("%+v, %v", n, err)
	}
}
