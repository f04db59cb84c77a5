package pe_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
)

var le = binary.LittleEndian

// Offsets in the file that image makes.
const (
	peAt      = 0x80
	optAt     = peAt + 24
	rsrcAt    = 0x400 // file offset of the resources
	rsrcRVA   = 0x2000
	versionAt = rsrcAt + 0x60
	fixedAt   = versionAt + 40
)

// image makes the smallest PE file with a version resource, byte by byte.
func image(machine pe.Machine, plus bool) []byte {
	b := make([]byte, 0x600)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], peAt)
	copy(b[peAt:], "PE\x00\x00")
	le.PutUint16(b[peAt+4:], uint16(machine))
	le.PutUint16(b[peAt+6:], 2)
	magic, dirs := uint16(0x10b), 96
	if plus {
		magic, dirs = 0x20b, 112
	}
	le.PutUint16(b[peAt+20:], uint16(dirs+16*8))
	le.PutUint16(b[optAt:], magic)
	le.PutUint32(b[optAt+dirs-4:], 16)
	le.PutUint32(b[optAt+dirs+16:], rsrcRVA)
	le.PutUint32(b[optAt+dirs+20:], 0x200)
	sections := b[optAt+dirs+16*8:]
	for i, s := range [][3]uint32{{0x1000, 0, 0x400}, {rsrcRVA, 0x200, rsrcAt}} { // rva, size, offset
		le.PutUint32(sections[40*i+12:], s[0])
		le.PutUint32(sections[40*i+16:], s[1])
		le.PutUint32(sections[40*i+20:], s[2])
	}
	r := b[rsrcAt:]
	le.PutUint16(r[14:], 2) // two types, the second is the version
	le.PutUint32(r[16:], 3)
	le.PutUint32(r[24:], 16)
	le.PutUint32(r[28:], 1<<31|0x20)
	le.PutUint16(r[0x20+14:], 1)
	le.PutUint32(r[0x20+16:], 1)
	le.PutUint32(r[0x20+20:], 1<<31|0x38)
	le.PutUint16(r[0x38+14:], 1)
	le.PutUint32(r[0x38+16:], 0x409)
	le.PutUint32(r[0x38+20:], 0x50)
	le.PutUint32(r[0x50:], rsrcRVA+0x60)
	le.PutUint32(r[0x54:], 92)
	le.PutUint16(b[versionAt:], 92)
	le.PutUint16(b[versionAt+2:], 52)
	for i, c := range "VS_VERSION_INFO" {
		b[versionAt+6+2*i] = byte(c)
	}
	for i, n := range []uint32{0xfeef04bd, 0x10000, 5<<16 | 1, 2600<<16 | 5512, 5<<16 | 2, 3790<<16 | 7, 0x3f, 0x1c1} {
		le.PutUint32(b[fixedAt+4*i:], n)
	}
	return b
}

func open(b []byte) (*pe.File, error) { return pe.Open(bytes.NewReader(b), int64(len(b))) }

func TestVersion(t *testing.T) {
	for _, tc := range []struct {
		machine pe.Machine
		plus    bool
		name    string
	}{{pe.X86, false, "x86"}, {pe.AMD64, true, "amd64"}, {pe.ARM64, true, "arm64"}, {pe.IA64, true, "ia64"}, {0x1c4, false, "machine 0x01c4"}} {
		f, err := open(image(tc.machine, tc.plus))
		if err != nil {
			t.Fatal(err)
		}
		if f.Machine() != tc.machine || f.Machine().String() != tc.name {
			t.Errorf("machine %v, want %s", f.Machine(), tc.name)
		}
		v, err := f.Version()
		if err != nil || v.File.String() != "5.1.2600.5512" || v.Product.String() != "5.2.3790.7" || v.Flags != 1 {
			t.Errorf("%s: version %+v, %v", tc.name, v, err)
		}
	}
}

func TestCompare(t *testing.T) {
	v1, v2 := pe.Version{5, 0, 2195, 7017}, pe.Version{5, 0, 2195, 7059}
	if v1.Compare(v2) >= 0 || v2.Compare(v1) <= 0 || v1.Compare(v1) != 0 {
		t.Error("7017 is older than 7059")
	}
	if (pe.Version{10}).Compare(pe.Version{9, 9}) <= 0 {
		t.Error("10 is newer than 9.9")
	}
}

func TestRefuses(t *testing.T) {
	put16 := func(off int, n uint16) func([]byte) []byte {
		return func(b []byte) []byte { le.PutUint16(b[off:], n); return b }
	}
	put32 := func(off int, n uint32) func([]byte) []byte {
		return func(b []byte) []byte { le.PutUint32(b[off:], n); return b }
	}
	for name, tc := range map[string]struct {
		damage func([]byte) []byte
		want   error
		text   string
	}{
		"empty":            {func([]byte) []byte { return nil }, pe.ErrNotPE, "0 bytes"},
		"zeros":            {func(b []byte) []byte { return make([]byte, 512) }, pe.ErrNotPE, "00 00"},
		"text":             {func(b []byte) []byte { return bytes.Repeat([]byte("SZDD"), 100) }, pe.ErrNotPE, "53 5a 44 44"},
		"DOS program":      {put32(0x3c, 0xfffffff0), pe.ErrNotPE, "DOS program"},
		"16-bit":           {func(b []byte) []byte { copy(b[peAt:], "NE\x05\x0c"); return b }, pe.ErrNotPE, "16-bit"},
		"magic":            {put16(optAt, 0x107), pe.ErrDamaged, "magic"},
		"no optional":      {put16(peAt+20, 0), pe.ErrDamaged, "missing"},
		"short optional":   {put16(peAt+20, 40), pe.ErrDamaged, "40 bytes"},
		"long optional":    {put16(peAt+20, 0xffff), pe.ErrDamaged, "past the end"},
		"many sections":    {put16(peAt+6, 97), pe.ErrDamaged, "97 sections"},
		"cut off":          {func(b []byte) []byte { return b[:rsrcAt+0x40] }, pe.ErrDamaged, "past the end"},
		"no resources":     {put32(optAt+96+16, 0), pe.ErrNoVersion, ""},
		"no version":       {put32(rsrcAt+24, 9), pe.ErrNoVersion, ""},
		"resource nowhere": {put32(optAt+96+16, 0x9000), pe.ErrDamaged, "no section"},
		"many entries":     {put16(rsrcAt+12, 0xffff), pe.ErrDamaged, "entries"},
		"data as type":     {put32(rsrcAt+28, 0x20), pe.ErrDamaged, "where a directory"},
		"directory loop":   {put32(rsrcAt+0x38+20, 1<<31), pe.ErrDamaged, "where data"},
		"data nowhere":     {put32(rsrcAt+0x50, 0xfffffff0), pe.ErrDamaged, "no section"},
		"short data":       {put32(rsrcAt+0x54, 40), pe.ErrDamaged, "40 bytes"},
		"key":              {put16(versionAt+6, 'W'), pe.ErrDamaged, "VS_VERSION_INFO"},
		"signature":        {put32(fixedAt, 0), pe.ErrDamaged, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := open(tc.damage(image(pe.X86, false)))
			if err == nil {
				_, err = f.Version()
			}
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want %v with %q", err, tc.want, tc.text)
			}
		})
	}
}

// FuzzPE reads arbitrary bytes: no panic, little work, and no answer that was
// not there: the version's bytes must occur in the file.
func FuzzPE(f *testing.F) {
	f.Add(image(pe.X86, false))
	f.Add(image(pe.AMD64, true))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := open(b)
		if err != nil {
			return
		}
		v, err := file.Version()
		if err != nil {
			return
		}
		var raw [8]byte
		for i, at := range []int{2, 0, 6, 4} {
			le.PutUint16(raw[at:], v.File[i])
		}
		if !bytes.Contains(b, raw[:]) {
			t.Fatalf("version %v is not in the file", v.File)
		}
	})
}
