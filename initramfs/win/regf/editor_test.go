package regf_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

var someTime = time.Date(2024, 2, 3, 4, 5, 6, 700, time.UTC)

func newEditor(t testing.TB, b []byte, opt regf.EditorOptions) *regf.Editor {
	t.Helper()
	if opt.Now.IsZero() {
		opt.Now = someTime
	}
	e, err := regf.NewEditor(open(t, b), opt)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// finish applies the result to a copy of the file.
func finish(t testing.TB, e *regf.Editor, b []byte) []byte {
	t.Helper()
	r, err := e.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return applyResult(t, b, r)
}

func applyResult(t testing.TB, b []byte, r regf.Result) []byte {
	t.Helper()
	if r.Size < int64(len(b)) {
		t.Fatalf("size %d, was %d", r.Size, len(b))
	}
	out := make([]byte, r.Size)
	copy(out, b)
	covered := int64(len(b))
	for i, p := range r.Patches {
		if p.Off < int64(len(b)) {
			if len(p.Old) != len(p.New) || !bytes.Equal(b[p.Off:p.Off+int64(len(p.Old))], p.Old) {
				t.Fatalf("patch at %#x: old bytes are not there", p.Off)
			}
		} else if p.Old != nil || p.Off != covered {
			t.Fatalf("patch at %#x behind the end has old bytes or leaves a hole after %#x", p.Off, covered)
		} else {
			covered += int64(len(p.New))
		}
		if last := i == len(r.Patches)-1; last != (p.Off == 0) || p.Off%512 != 0 && p.Off != int64(len(b)) || i > 0 && !last && r.Patches[i-1].Off >= p.Off {
			t.Fatalf("patch %d of %d at %#x", i, len(r.Patches), p.Off)
		}
		copy(out[p.Off:], p.New)
	}
	if covered != r.Size {
		t.Fatalf("patches reach to %#x, the file to %#x", covered, r.Size)
	}
	return out
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestEditorBasics(t *testing.T) {
	for name, opt := range layouts() {
		t.Run(name, func(t *testing.T) {
			before := regftest.Build(sample(), opt)
			e := newEditor(t, before, regf.EditorOptions{MinSeq: 41})
			must(t,
				e.CreateKey(`Services\vioscsi\Parameters\PnpInterface`),
				e.SetValue(`services\VIOSCSI`, "Start", regf.RegDWORD, []byte{0, 0, 0, 0}),
				e.SetValue(`services\VIOSCSI`, "ImagePath", regf.RegExpandSZ, regftest.SZ("", `system32\drivers\vioscsi.sys`).Data),
				e.SetValue(`services\disk`, "START", regf.RegDWORD, []byte{3, 0, 0, 0}),
				e.DeleteValue("größe", "LIST"),
				e.SetValue("größe", "long", regf.RegBinary, []byte("short now")),
				e.DeleteKey(`Ключ`, false),
				e.CreateKey(`名前`),
				e.SetClass(`名前`, "Klasse"),
			)
			after := open(t, finish(t, e, before))
			diff, err := regf.Diff(open(t, before), after)
			want := []regf.Difference{
				{Change: regf.KeyOnlyInB, Key: `Services\vioscsi`},
				{Change: regf.KeyOnlyInB, Key: `名前`},
				{Change: regf.KeyOnlyInA, Key: `Ключ`},
				{Change: regf.DataDiffers, Key: `Services\Disk`, Value: "Start"},
				{Change: regf.ValueOnlyInA, Key: "größe", Value: "List"},
				{Change: regf.DataDiffers, Key: "größe", Value: "long"},
			}
			if err != nil || !sameSet(diff, want) {
				t.Errorf("differences %v, %v, want %v", diff, err, want)
			}
			if _, err := after.Check(); err != nil || !after.State().Clean {
				t.Errorf("Check = %v, state %+v", err, after.State())
			}
			if head := after.Header(); head.Seq1 != 42 || head.Seq2 != 42 || !head.Timestamp.Equal(someTime) {
				t.Errorf("header %+v", head)
			}
			k, err := after.Key(`services\vioscsi`)
			must(t, err)
			if sd, err := k.Security(); len(sd) != 20 || err != nil || !k.LastWritten().Equal(someTime) {
				t.Errorf("security %x, %v, written %v", sd, err, k.LastWritten())
			}
		})
	}
}

func TestEditorNothing(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{Tail: 100})
	e := newEditor(t, b, regf.EditorOptions{})
	must(t, e.CreateKey(`SERVICES\disk`), e.SetValue("Select", "current", regf.RegDWORD, []byte{1, 0, 0, 0}), e.SetClass("größe", "class name"))
	r, err := e.Finish()
	if err != nil || r.Patches != nil || r.Size != int64(len(b)) {
		t.Errorf("%+v, %v: want nothing", r, err)
	}
	if err := e.CreateKey("x"); !errors.Is(err, regf.ErrRefused) {
		t.Errorf("after Finish: %v", err)
	}
}

// TestEditorMany goes through every kind of list and its conversions.
func TestEditorMany(t *testing.T) {
	for name, opt := range layouts() {
		t.Run(name, func(t *testing.T) {
			b := regftest.Build(sample(), opt)
			e := newEditor(t, b, regf.EditorOptions{})
			for i := range 3000 {
				must(t, e.CreateKey(fmt.Sprintf(`many\key %d`, i*7919%3000)))
			}
			b = finish(t, e, b)
			h := open(t, b)
			k, err := h.Key("many")
			must(t, err)
			if n, err := k.Subkeys(); len(n) != 3000 || err != nil {
				t.Fatalf("%d keys, %v", len(n), err)
			}
			size := len(b)
			e = newEditor(t, b, regf.EditorOptions{})
			for i := range 3000 {
				must(t, e.DeleteKey(fmt.Sprintf(`many\KEY %d`, i*4813%3000), false))
			}
			for i := range 3000 {
				must(t, e.CreateKey(fmt.Sprintf(`many\key %d`, i)))
			}
			b = finish(t, e, b)
			if len(b) > size {
				t.Errorf("grew from %d to %d", size, len(b))
			}
			if n, err := open(t, b).Check(); err != nil || n.Keys != 3008 {
				t.Errorf("%+v, %v", n, err)
			}
			e = newEditor(t, b, regf.EditorOptions{})
			must(t, e.DeleteKey("MANY", true))
			if diff, err := regf.Diff(open(t, finish(t, e, b)), open(t, regftest.Build(sample(), opt))); err != nil || diff != nil {
				t.Errorf("%v, %v", diff, err)
			}
		})
	}
}
