package regf_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/google/go-cmp/cmp"
)

// apply writes patches into a copy, checking Old.
func apply(t testing.TB, b []byte, patches []regf.Patch) []byte {
	t.Helper()
	out := bytes.Clone(b)
	for _, p := range patches {
		if len(p.Old) != len(p.New) || !bytes.Equal(out[p.Off:p.Off+int64(len(p.Old))], p.Old) {
			t.Fatalf("patch at %#x: old bytes are not there", p.Off)
		}
		copy(out[p.Off:], p.New)
	}
	return out
}

func TestEdit(t *testing.T) {
	for name, opt := range layouts() {
		t.Run(name, func(t *testing.T) {
			opt.Seq1 = 0xffffffff
			before := regftest.Build(sample(), opt)
			h := open(t, before)
			e, err := regf.NewEdit(h)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Set(`SERVICES\Atapi`, "start", regf.RegDWORD, make([]byte, 4)); err != nil {
				t.Fatal(err)
			}
			if err := e.Set(`Services\disk`, "Start", regf.RegDWORD, make([]byte, 4)); err != nil {
				t.Fatal(err) // is 0 already
			}
			data := regftest.SZ("", "DEFAULT").Data
			if err := e.Set("größe", "", regf.RegSZ, data); err != nil {
				t.Fatal(err)
			}
			patches, err := e.Patches()
			if err != nil {
				t.Fatal(err)
			}
			if len(patches) != 3 {
				t.Fatalf("%d patches, want two values and the base block", len(patches))
			}
			checkStates(t, before, patches)
			after := open(t, apply(t, before, patches))
			want := []regf.Difference{
				{Change: regf.DataDiffers, Key: "größe", Value: ""},
				{Change: regf.DataDiffers, Key: `Services\atapi`, Value: "Start"},
			}
			diff, err := regf.Diff(h, after)
			if err != nil || !sameSet(diff, want) {
				t.Errorf("differences %v, %v, want %v", diff, err, want)
			}
			if head := after.Header(); head.Seq1 != 0 || head.Seq2 != 0 || head.Timestamp != h.Header().Timestamp {
				t.Errorf("header %+v: sequence numbers must go from ffffffff to 0, the time must stay", head)
			}
		})
	}
}

func sameSet(a, b []regf.Difference) bool {
	less := func(x, y regf.Difference) bool { return x.String() < y.String() }
	return cmp.Equal(a, b, cmpSort(less))
}

// checkStates wants a clean hive after each patch and each patch in one sector.
func checkStates(t *testing.T, before []byte, patches []regf.Patch) {
	t.Helper()
	for i, p := range patches {
		if p.Off/512 != (p.Off+int64(len(p.New))-1)/512 {
			t.Errorf("patch %d spans sectors: %#x+%#x", i, p.Off, len(p.New))
		}
		h := open(t, apply(t, before, patches[:i+1]))
		if _, err := h.Check(); err != nil || !h.State().Clean {
			t.Errorf("after patch %d: %v, %v", i, h.State(), err)
		}
	}
	if last := patches[len(patches)-1]; last.Off != 4 || last.Off+int64(len(last.New)) != 512 {
		t.Errorf("last patch is %#x+%#x, want the base block's first sector", last.Off, len(last.New))
	}
}

func TestEditNothing(t *testing.T) {
	h := open(t, regftest.Build(sample(), regftest.Options{}))
	e, err := regf.NewEdit(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Set("Select", "Current", regf.RegDWORD, []byte{1, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if p, err := e.Patches(); p != nil || err != nil {
		t.Errorf("Patches = %v, %v, want nothing", p, err)
	}
}

func TestEditRefuses(t *testing.T) {
	long := bytes.Repeat([]byte{1, 2, 3, 4, 5}, 8000)
	swapped := bytes.Clone(long)
	swapped[100], swapped[30000] = 0xff, 0xff
	for name, tc := range map[string]struct {
		key, value string
		typ        regf.Type
		data       []byte
		want       error
	}{
		"no key":      {`Services\none`, "Start", regf.RegDWORD, make([]byte, 4), regf.ErrNotExist},
		"no value":    {`Services\disk`, "Tag", regf.RegDWORD, make([]byte, 4), regf.ErrNotExist},
		"other type":  {`Services\disk`, "Start", regf.RegBinary, make([]byte, 4), regf.ErrType},
		"other size":  {`Services\disk`, "Start", regf.RegDWORD, make([]byte, 3), regf.ErrType},
		"two sectors": {"größe", "long", regf.RegBinary, swapped, regf.ErrEdit},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := regf.NewEdit(open(t, regftest.Build(sample(), regftest.Options{})))
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Set(tc.key, tc.value, tc.typ, tc.data); !errors.Is(err, tc.want) {
				t.Errorf("Set = %v, want %v", err, tc.want)
			}
			if p, err := e.Patches(); p != nil || err != nil {
				t.Errorf("Patches = %v, %v after a refusal", p, err)
			}
		})
	}
}

// TestEditTwice refuses the same bytes a second time.
func TestEditTwice(t *testing.T) {
	e, err := regf.NewEdit(open(t, regftest.Build(sample(), regftest.Options{})))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, regf.ErrEdit} {
		if err := e.Set("Select", "Current", regf.RegDWORD, []byte{byte(5 + i), 0, 0, 0}); !errors.Is(err, want) {
			t.Errorf("Set %d = %v, want %v", i, err, want)
		}
	}
}

// TestEditShared refuses a value whose data cell belongs to a second value:
// both would change.
func TestEditShared(t *testing.T) {
	b := regftest.Build(regftest.Key{Values: []regftest.Value{
		regftest.SZ("one", "same"), regftest.SZ("two", "same"),
	}}, regftest.Options{})
	one := bytes.Index(b, []byte("vk"))
	two := one + 2 + bytes.Index(b[one+2:], []byte("vk"))
	copy(b[two+8:two+12], b[one+8:one+12])
	e, err := regf.NewEdit(open(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Set("", "one", regf.RegSZ, regftest.SZ("", "SAME").Data); err != nil {
		t.Fatal(err)
	}
	if p, err := e.Patches(); !errors.Is(err, regf.ErrEdit) {
		t.Errorf("Patches = %v, %v, want %v", p, err, regf.ErrEdit)
	}
}

// TestEditOutsideBin refuses a cell that crosses the end of its hbin.
func TestEditOutsideBin(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{})
	le.PutUint32(b[0x1008:], uint32(len(b)-4096-4096)) // the hbin says it is shorter
	h := open(t, b)
	e, err := regf.NewEdit(h)
	if err != nil {
		t.Fatal(err)
	}
	err = e.Set("Select", "Current", regf.RegDWORD, []byte{5, 0, 0, 0})
	if err != nil {
		t.Fatal(err) // lies in the first part
	}
	copy(b[0x1000:], "nibh")
	e, err = regf.NewEdit(open(t, b))
	if err != nil {
		t.Fatal(err)
	}
	var fe *regf.FormatError
	err = e.Set("Select", "Current", regf.RegDWORD, []byte{5, 0, 0, 0})
	if !errors.As(err, &fe) || fe.Struct != "hbin" || fe.Off != 0x1000 {
		t.Errorf("Set = %v, want damage of the hbin at 0x1000", err)
	}
}

func TestDiff(t *testing.T) {
	a, b := sample(), sample()
	b.Keys[0].Name = "SELECT"
	b.Keys[1].Values = b.Keys[1].Values[1:]
	b.Keys[2].Values[0].Type = 1
	b.Keys[3].Keys[1].Values = append(b.Keys[3].Keys[1].Values, regftest.DWORD("Tag", 2))
	got, err := regf.Diff(open(t, regftest.Build(a, regftest.Options{Minor: 3, List: "lf"})), open(t, regftest.Build(b, regftest.Options{})))
	want := []regf.Difference{
		{Change: regf.KeyOnlyInA, Key: "Select"},
		{Change: regf.KeyOnlyInB, Key: "SELECT"},
		{Change: regf.ValueOnlyInA, Key: "größe", Value: ""},
		{Change: regf.TypeDiffers, Key: "Ключ", Value: "имя"},
		{Change: regf.ValueOnlyInB, Key: `Services\Disk`, Value: "Tag"},
	}
	if err != nil || !sameSet(got, want) {
		t.Errorf("Diff = %v, %v, want %v", got, err, want)
	}
}

// TestDiffIgnoresLayout compares hives of the same content in all layouts.
func TestDiffIgnoresLayout(t *testing.T) {
	a := open(t, regftest.Build(sample(), regftest.Options{}))
	for name, opt := range layouts() {
		if diff, err := regf.Diff(a, open(t, regftest.Build(sample(), opt))); diff != nil || err != nil {
			t.Errorf("%s: %v, %v", name, diff, err)
		}
	}
}
