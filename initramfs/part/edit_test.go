package part

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// apply carries out patches that must fit what is there.
func apply(t *testing.T, m mem, all []Patch) {
	t.Helper()
	for _, p := range all {
		at := m.data[p.Off : p.Off+int64(len(p.Old))]
		if !bytes.Equal(at, p.Old) || len(p.Old) != len(p.New) || len(p.New) == 0 {
			t.Fatalf("%v does not fit: % X", p, at)
		}
		copy(at, p.New)
	}
}

// edited is a disk with a hidden, an active and two logical partitions.
func edited() mem {
	m := newMem(4096)
	m.entry(0, 0, 0, 0x17, 64, 100)
	m.entry(0, 1, 0x80, 0x07, 200, 100)
	m.entry(0, 2, 0, 0x0F, 1000, 1000)
	m.entry(0, 3, 0x80, 0, 0, 0) // empty, and yet flagged
	m.entry(1000, 0, 0, 0x0B, 63, 100)
	m.entry(1000, 1, 0, 0x05, 200, 300)
	m.entry(1200, 0, 0, 0x07, 63, 50)
	return m
}

func TestEdits(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*Editor) ([]Patch, error)
		want map[int64]byte // offset: byte afterwards; nil: refused
	}{
		{"active", func(e *Editor) ([]Patch, error) { return e.SetActive(1) }, map[int64]byte{0x1BE: 0x80, 0x1CE: 0, 0x1EE: 0}},
		{"active again", func(e *Editor) ([]Patch, error) { return e.SetActive(2) }, map[int64]byte{0x1EE: 0}},
		{"active logical", func(e *Editor) ([]Patch, error) { return e.SetActive(5) }, nil},
		{"active container", func(e *Editor) ([]Patch, error) { return e.SetActive(3) }, nil},
		{"active nothing", func(e *Editor) ([]Patch, error) { return e.SetActive(4) }, nil},
		{"none active", func(e *Editor) ([]Patch, error) { return e.ClearActive(), nil }, map[int64]byte{0x1CE: 0, 0x1EE: 0}},
		{"unhide", func(e *Editor) ([]Patch, error) { return e.Unhide(1) }, map[int64]byte{0x1C2: 0x07}},
		{"unhide plain", func(e *Editor) ([]Patch, error) { return e.Unhide(2) }, map[int64]byte{}},
		{"hide", func(e *Editor) ([]Patch, error) { return e.Hide(2) }, map[int64]byte{0x1D2: 0x17}},
		{"hide logical", func(e *Editor) ([]Patch, error) { return e.Hide(6) }, map[int64]byte{1200*512 + 0x1C2: 0x17}},
		{"type logical", func(e *Editor) ([]Patch, error) { return e.SetType(5, 0x0C) }, map[int64]byte{1000*512 + 0x1C2: 0x0C}},
		{"type same", func(e *Editor) ([]Patch, error) { return e.SetType(5, 0x0B) }, map[int64]byte{}},
		{"type none", func(e *Editor) ([]Patch, error) { return e.SetType(2, 0) }, nil},
		{"type container", func(e *Editor) ([]Patch, error) { return e.SetType(2, 5) }, nil},
		{"type protective", func(e *Editor) ([]Patch, error) { return e.SetType(2, 0xEE) }, nil},
		{"type dynamic", func(e *Editor) ([]Patch, error) { return e.SetType(2, 0x42) }, nil},
		{"signature", func(e *Editor) ([]Patch, error) { return e.SetSignature(0x01000002) }, map[int64]byte{0x1B8: 2, 0x1BB: 1}},
		{"signature 0", func(e *Editor) ([]Patch, error) { return e.SetSignature(0) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := edited()
			e, err := Edit(m)
			if err != nil {
				t.Fatal(err)
			}
			all, err := tt.edit(e)
			if tt.want == nil {
				if !errors.Is(err, ErrRefused) || len(all) > 0 {
					t.Fatalf("not refused: %v, %v", all, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(m.data)
			for off, b := range tt.want {
				want[off] = b
			}
			apply(t, m, all)
			if !bytes.Equal(want, m.data) {
				t.Errorf("%v: other bytes than expected", all)
			}
			if len(tt.want) == 0 && len(all) > 0 {
				t.Errorf("%v: nothing was to be changed", all)
			}
		})
	}
}

func TestEditRefusesOtherDisks(t *testing.T) {
	for name, spoil := range map[string]func(mem){
		"gpt":       func(m mem) { m.entry(0, 0, 0, TypeProtective, 1, 4095); copy(m.data[512:], gptHeaderMagic) },
		"dynamic":   func(m mem) { m.entry(0, 0, 0, TypeDynamic, 63, 4000) },
		"signature": func(m mem) { m.data[0x1FE] = 0 },
		"volume":    func(m mem) { copy(m.data, "\xEB\x52\x90NTFS    ") },
	} {
		m := edited()
		spoil(m)
		if _, err := Edit(m); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMendMagic(t *testing.T) {
	m := edited()
	before := slices.Clone(m.data)
	if all, table, err := MendMagic(m); err != nil || len(all) > 0 || len(table.Partitions) != 4 {
		t.Errorf("a sound disk: %v, %v", all, err)
	}
	m.data[0x1FF] = 0
	all, table, err := MendMagic(m)
	if err != nil || len(all) != 1 || len(table.Partitions) != 4 {
		t.Fatalf("%v, %v", all, err)
	}
	apply(t, m, all)
	if !bytes.Equal(m.data, before) {
		t.Error("not what it was")
	}
	for name, spoil := range map[string]func(mem){
		"empty table":  func(m mem) { clear(m.data[:512]) },
		"beyond":       func(m mem) { m.entry(0, 1, 0, 7, 200, 1<<20) },
		"overlap":      func(m mem) { m.entry(0, 1, 0, 7, 100, 1000) },
		"boot sector":  func(m mem) { copy(m.data, "\xEB\x52\x90NTFS    ") },
		"GPT":          func(m mem) { copy(m.data[512:], gptHeaderMagic) },
		"boot flag 13": func(m mem) { m.data[0x1BE] = 0x13 },
	} {
		m := edited()
		spoil(m)
		m.data[0x1FE] = 0
		if all, _, err := MendMagic(m); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
	m = edited()
	m.data[0x1BE+4], m.data[0x1FE] = 0x42, 0
	if all, table, err := MendMagic(m); !errors.Is(err, ErrRefused) || len(all) > 0 || table == nil {
		t.Errorf("a dynamic disk: %v, %v, %v", all, table, err)
	}
}

// TestOddFlag: a table with one odd flag is still a table, so that it can be
// mended; garbage is not.
func TestOddFlag(t *testing.T) {
	m := edited()
	m.data[0x1BE] = 0x13
	e, err := Edit(m)
	if err != nil || len(e.Table().Partitions) != 4 || len(e.Table().Damage) != 1 {
		t.Fatalf("%v, %+v", err, e)
	}
	all, err := e.SetActive(2)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, m, all)
	if got, _ := Read(m); len(got.Damage) > 0 {
		t.Errorf("%v", got.Damage)
	}
	m.entry(0, 2, 0x13, 0x77, 1<<30, 1<<30)
	if got, _ := Read(m); len(got.Partitions) > 0 || len(got.Damage) == 0 {
		t.Errorf("garbage is a table: %+v", got)
	}
}

func TestDiff(t *testing.T) {
	p, ok := Diff("x", 100, []byte("abcdef"), []byte("abXdYf"))
	if !ok || p.Off != 102 || string(p.Old) != "cde" || string(p.New) != "XdY" || p.At(1000).Off != 1102 {
		t.Errorf("%v %v", p, ok)
	}
	if _, ok := Diff("x", 0, []byte("same"), []byte("same")); ok {
		t.Error("equal bytes differ")
	}
}
