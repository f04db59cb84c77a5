package regf_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// nothing demands that an edit wants nothing written: what failed left no trace.
func nothing(t *testing.T, e *regf.Editor) {
	t.Helper()
	if r, err := e.Finish(); err != nil || r.Patches != nil {
		t.Errorf("Finish: %d patches, %v", len(r.Patches), err)
	}
}

func TestEditorRefuses(t *testing.T) {
	long := strings.Repeat("x", 256)
	dword := make([]byte, 4)
	for name, tc := range map[string]struct {
		edit func(e *regf.Editor) error
		want error
		text string
	}{
		"root":             {func(e *regf.Editor) error { return e.DeleteKey(``, true) }, regf.ErrRefused, "root"},
		"subkeys":          {func(e *regf.Editor) error { return e.DeleteKey(`services`, false) }, regf.ErrRefused, "2 subkeys"},
		"no key":           {func(e *regf.Editor) error { return e.DeleteKey(`services\x\y`, true) }, regf.ErrNotExist, `"x"`},
		"no key, value":    {func(e *regf.Editor) error { return e.SetValue(`x`, "v", regf.RegDWORD, dword) }, regf.ErrNotExist, `"x"`},
		"no key, class":    {func(e *regf.Editor) error { return e.SetClass(`x`, "c") }, regf.ErrNotExist, `"x"`},
		"no value":         {func(e *regf.Editor) error { return e.DeleteValue(`services`, "v") }, regf.ErrNotExist, `"v"`},
		"key name":         {func(e *regf.Editor) error { return e.CreateKey(`made\here\` + long) }, regf.ErrLimit, "256 characters"},
		"no text":          {func(e *regf.Editor) error { return e.CreateKey("made\\\xff") }, regf.ErrRefused, "UTF-8"},
		"depth":            {func(e *regf.Editor) error { return e.CreateKey(strings.Repeat(`d\`, 513)) }, regf.ErrLimit, "513 deep"},
		"value name":       {func(e *regf.Editor) error { return e.SetValue("", strings.Repeat("ж", 16384), 1, nil) }, regf.ErrLimit, "16384"},
		"class":            {func(e *regf.Editor) error { return e.SetClass("services", strings.Repeat("x", 32768)) }, regf.ErrLimit, "32768"},
		"long data":        {func(e *regf.Editor) error { return e.SetValue("", "v", 3, make([]byte, 1<<20-3)) }, regf.ErrLimit, "version 1.3"},
		"more than bins":   {func(e *regf.Editor) error { return e.SetValue("", "v", 3, make([]byte, 16000)) }, regf.ErrLimit, "can load"},
		"of long segment":  {func(e *regf.Editor) error { return e.SetValue("größe", "long", 3, make([]byte, 1<<20-3)) }, regf.ErrLimit, "1048573"},
		"no key, security": {func(e *regf.Editor) error { return e.SetSecurity(`x`, nil) }, regf.ErrNotExist, `"x"`},
		"no security":      {func(e *regf.Editor) error { return e.SetSecurity(`services`, nil) }, regf.ErrRefused, "cannot be without"},
		"empty security":   {func(e *regf.Editor) error { return e.SetSecurity(``, []byte{}) }, regf.ErrRefused, "cannot be without"},
		"short descriptor": {func(e *regf.Editor) error { return e.SetSecurity(``, make([]byte, 19)) }, regf.ErrRefused, "too few"},
		"no descriptor":    {func(e *regf.Editor) error { return e.SetSecurity(``, make([]byte, 20)) }, regf.ErrRefused, "self-relative"},
		"cut descriptor": {func(e *regf.Editor) error {
			return e.SetSecurity(``, append([]byte("\x01\x00\x04\x80"), "\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00"...))
		}, regf.ErrRefused, "the owner at 0x14"},
	} {
		t.Run(name, func(t *testing.T) {
			b := regftest.Build(sample(), regftest.Options{Minor: 3, List: "lf"})
			e := newEditor(t, b, regf.EditorOptions{MaxBins: int64(len(b)) - 4096 + 8192})
			if err := tc.edit(e); !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want %v with %q", err, tc.want, tc.text)
			}
			nothing(t, e)
		})
	}
}

func TestNewEditorRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		opt  regftest.Options
		edit regf.EditorOptions
		want error
	}{
		"dirty":           {regftest.Options{Seq2: 5}, regf.EditorOptions{}, regf.ErrDirty},
		"NT 3.1":          {regftest.Options{Minor: 1, List: "li"}, regf.EditorOptions{}, regf.ErrUnsupported},
		"NT 3.51":         {regftest.Options{Minor: 2, List: "li"}, regf.EditorOptions{}, regf.ErrUnsupported},
		"last log number": {regftest.Options{}, regf.EditorOptions{MinSeq: math.MaxUint32}, regf.ErrLimit},
	} {
		if _, err := regf.NewEditor(open(t, regftest.Build(sample(), tc.opt)), tc.edit); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// TestEditorGoesOn after an operation that failed half-way, with the memory it
// took for granted.
func TestEditorGoesOn(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{})
	e := newEditor(t, b, regf.EditorOptions{MaxBins: int64(len(b)) - 4096 + 65536})
	must(t, e.CreateKey("first"))
	if err := e.SetValue("first", "big", regf.RegBinary, make([]byte, 200_000)); !errors.Is(err, regf.ErrLimit) {
		t.Fatalf("SetValue = %v", err) // some of the segments were made
	}
	if err := e.CreateKey(`Select\new\` + strings.Repeat("x", 256)); !errors.Is(err, regf.ErrLimit) {
		t.Fatalf("CreateKey = %v", err) // the first was made
	}
	if k, err := e.Hive().Key("first"); err != nil || k.ValueCount() != 0 {
		t.Errorf("%v: the live view shows what failed", err)
	}
	must(t, e.SetValue("first", "small", regf.RegBinary, make([]byte, 30_000)))
	after := open(t, finish(t, e, b))
	diff, err := regf.Diff(open(t, b), after)
	if err != nil || !sameSet(diff, []regf.Difference{{Change: regf.KeyOnlyInB, Key: "first"}}) {
		t.Errorf("%v, %v", diff, err)
	}
	if k, err := after.Key("first"); err != nil || k.ValueCount() != 1 {
		t.Errorf("%v", err)
	}
}

// TestEditorSecurity counts the references to security cells.
func TestEditorSecurity(t *testing.T) {
	root := regftest.Key{Security: "root's", Keys: []regftest.Key{
		{Name: "a", Security: "a's", Keys: []regftest.Key{{Name: "b", Security: "a's"}}},
		{Name: "c", Security: "c's"},
		{Name: "d", Security: "c's"},
		{Name: "e"},
	}}
	b := regftest.Build(root, regftest.Options{NoSecurity: true})
	count := func(b []byte, descriptor string) uint32 {
		i := bytes.Index(b, []byte(descriptor))
		return le.Uint32(b[i-8:])
	}
	e := newEditor(t, b, regf.EditorOptions{})
	must(t, e.CreateKey(`a\b\new`), e.CreateKey(`e\new`), e.CreateKey(`c\new`), e.DeleteKey("d", false))
	b = finish(t, e, b)
	if a, c, r := count(b, "a's"), count(b, "c's"), count(b, "root's"); a != 3 || c != 2 || r != 2 {
		t.Errorf("references %d %d %d, want 3 2 2", a, c, r)
	}
	h := open(t, b)
	for path, want := range map[string]string{`a\b\new`: "a's", `e\new`: "root's", "e": ""} {
		k, err := h.Key(path)
		must(t, err)
		if sd, err := k.Security(); string(sd) != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", path, sd, err, want)
		}
	}
	e = newEditor(t, b, regf.EditorOptions{})
	must(t, e.DeleteKey("c", true))
	b = finish(t, e, b)
	a, r := bytes.Index(b, []byte("a's"))-20, bytes.Index(b, []byte("root's"))-20
	if next := le.Uint32(b[a+4:]); next != uint32(r-4096-4) {
		t.Errorf("the ring goes from a to %#x, want %#x", next, r-4096-4)
	}
	if back := le.Uint32(b[r+8:]); back != uint32(a-4096-4) {
		t.Errorf("the ring goes back from the root to %#x, want %#x", back, a-4096-4)
	}

	// A count that is too low is no reason to take the cell from the others.
	le.PutUint32(b[a+12:], 1)
	e = newEditor(t, b, regf.EditorOptions{})
	must(t, e.DeleteKey(`a\b\new`, false))
	b = finish(t, e, b)
	if n := count(b, "a's"); n != 2 {
		t.Errorf("%d references, two keys have it", n)
	}
}

// TestEditorNoSecurity makes keys in a hive of ReactOS.
func TestEditorNoSecurity(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{Minor: 3, List: "lf", NoSecurity: true})
	e := newEditor(t, b, regf.EditorOptions{})
	must(t, e.CreateKey(`Services\new`))
	k, err := open(t, finish(t, e, b)).Key(`Services\new`)
	must(t, err)
	if sd, err := k.Security(); sd != nil || err != nil {
		t.Errorf("%x, %v", sd, err)
	}
}

// TestEditorLink edits a symbolic link and not what it points to.
func TestEditorLink(t *testing.T) {
	target := regftest.UTF16(`\Registry\Machine\System\ControlSet001`)
	root := sample()
	root.Keys = append(root.Keys, regftest.Key{Name: "CurrentControlSet", Link: true,
		Values: []regftest.Value{{Name: "SymbolicLinkValue", Type: uint32(regf.RegLink), Data: target}}})
	b := regftest.Build(root, regftest.Options{})
	e := newEditor(t, b, regf.EditorOptions{})
	must(t, e.CreateKey(`CurrentControlSet\Services\x`), e.SetValue("currentcontrolset", "n", regf.RegDWORD, make([]byte, 4)))
	diff, err := regf.Diff(open(t, b), open(t, finish(t, e, b)))
	want := []regf.Difference{
		{Change: regf.KeyOnlyInB, Key: `CurrentControlSet\Services`},
		{Change: regf.ValueOnlyInB, Key: `CurrentControlSet`, Value: "n"},
	}
	if err != nil || !sameSet(diff, want) {
		t.Errorf("%v, %v", diff, err)
	}
	e = newEditor(t, b, regf.EditorOptions{})
	must(t, e.DeleteKey("CurrentControlSet", false))
	diff, err = regf.Diff(open(t, b), open(t, finish(t, e, b)))
	if err != nil || !sameSet(diff, []regf.Difference{{Change: regf.KeyOnlyInA, Key: "CurrentControlSet"}}) {
		t.Errorf("%v, %v", diff, err)
	}
}

// TestEditorTail grows into what the file has behind the hbins, and beyond.
func TestEditorTail(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{Tail: 50_000})
	tail := len(b) - 50_000
	for i := tail; i < len(b); i++ {
		b[i] = 0xaa
	}
	for _, n := range []int{10_000, 49_000, 100_000} {
		e := newEditor(t, b, regf.EditorOptions{})
		must(t, e.SetValue("", "v", regf.RegBinary, bytes.Repeat([]byte{7}, n)))
		after := finish(t, e, b)
		bins := int(le.Uint32(after[0x28:]))
		if len(after) != max(len(b), 4096+bins) {
			t.Errorf("%d: file of %d bytes, bins of %d", n, len(after), bins)
		}
		if 4096+bins < len(b) && !bytes.Equal(after[4096+bins:], b[4096+bins:]) {
			t.Errorf("%d: the rest of the tail changed", n)
		}
		if _, err := open(t, after).Check(); err != nil {
			t.Errorf("%d: %v", n, err)
		}
	}
}

// TestEditorTimes: without a time nothing gets another one.
func TestEditorTimes(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{})
	e, err := regf.NewEditor(open(t, b), regf.EditorOptions{})
	must(t, err, e.SetValue("Select", "Current", regf.RegDWORD, []byte{2, 0, 0, 0}))
	r, err := e.Finish()
	must(t, err)
	after := open(t, applyResult(t, b, r))
	k, err := after.Key("Select")
	must(t, err)
	if old := open(t, b); !k.LastWritten().Equal(old.Header().Timestamp) || !after.Header().Timestamp.Equal(old.Header().Timestamp) {
		t.Errorf("written %v, hive %v", k.LastWritten(), after.Header().Timestamp)
	}
	if n := len(r.Patches); n != 2 || len(r.Patches[0].New) != 512 {
		t.Errorf("%d patches for one DWORD, want its sector and the base block's", n)
	}
}

// TestEditorOnEditor edits the view of another edit.
func TestEditorOnEditor(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{})
	e := newEditor(t, b, regf.EditorOptions{})
	must(t, e.CreateKey("one"), e.SetValue("one", "v", regf.RegBinary, make([]byte, 50_000)))
	first, err := e.Finish()
	must(t, err)
	e2, err := regf.NewEditor(e.Hive(), regf.EditorOptions{Now: someTime.Add(time.Hour)})
	must(t, err, e2.CreateKey(`one\two`), e2.DeleteValue("one", "v"))
	second, err := e2.Finish()
	must(t, err)
	after := open(t, applyResult(t, applyResult(t, b, first), second))
	if n, err := after.Check(); err != nil || n.Keys != 9 || n.Values != 11 {
		t.Errorf("%+v, %v", n, err)
	}
}
