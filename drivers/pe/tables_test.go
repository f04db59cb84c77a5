package pe_test

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
)

// Offsets in the file that tables makes.
const (
	importAt = 0x600 // file offset of the section of the imports
	importVA = 0x3000
	delayAt  = importAt + 0x60
	certAt   = 0x800
)

// tables is image with imports, one of them delayed, texts in the version
// resource and a certificate.
func tables(plus bool) []byte {
	b := append(image(pe.X86, plus), make([]byte, 0x210)...)
	dirs := optAt + 96
	if plus {
		dirs = optAt + 112
	}
	le.PutUint16(b[peAt+6:], 3)
	for i, d := range map[int][2]uint32{1: {importVA, 0x50}, 4: {certAt, 0x10}, 13: {importVA + 0x60, 0x60}} {
		le.PutUint32(b[dirs+8*i:], d[0])
		le.PutUint32(b[dirs+8*i+4:], d[1])
	}
	section := b[dirs+16*8+80:]
	le.PutUint32(section[12:], importVA)
	le.PutUint32(section[16:], 0x200)
	le.PutUint32(section[20:], importAt)
	le.PutUint32(b[optAt+64:], 0xabcd)
	le.PutUint16(b[optAt+68:], uint16(pe.Native))
	if plus {
		le.PutUint64(b[optAt+24:], 0x140000000)
	} else {
		le.PutUint32(b[optAt+28:], 0x400000)
	}
	for i, name := range []string{"ntoskrnl.exe", "storport.sys"} {
		le.PutUint32(b[importAt+20*i+12:], uint32(importVA+0x100+0x20*i))
		copy(b[importAt+0x100+0x20*i:], name)
	}
	copy(b[importAt+0x140:], "delayed.dll")
	le.PutUint32(b[delayAt:], 1)
	le.PutUint32(b[delayAt+4:], importVA+0x140)
	// As an old compiler wrote it, by the address in memory.
	le.PutUint32(b[delayAt+32+4:], 0x400000+importVA+0x160)
	copy(b[importAt+0x160:], "old.dll")
	if plus {
		le.PutUint32(b[delayAt+32:], 1)
		le.PutUint32(b[delayAt+32+4:], importVA+0x160)
	}
	le.PutUint32(b[certAt:], 0x10)
	le.PutUint16(b[certAt+6:], pe.PKCS7)
	copy(b[versionAt+92:], texts())
	size := uint16(92 + len(texts()))
	le.PutUint16(b[versionAt:], size)
	le.PutUint32(b[rsrcAt+0x54:], uint32(size))
	return b
}

// part is a node of the version resource; the content is padded.
func part(key string, value string, children ...[]byte) []byte {
	b := make([]byte, 6)
	add := func(s string) {
		for _, c := range s + "\x00" {
			b = le.AppendUint16(b, uint16(c))
		}
	}
	add(key)
	for len(b)%4 > 0 {
		b = append(b, 0)
	}
	if value != "" {
		add(value)
		le.PutUint16(b[2:], uint16(len(value)+1))
		le.PutUint16(b[4:], 1)
	}
	for _, c := range children {
		for len(b)%4 > 0 {
			b = append(b, 0)
		}
		b = append(b, c...)
	}
	le.PutUint16(b, uint16(len(b)))
	return b
}

// texts say another version than the numbers do.
func texts() []byte {
	return slices.Concat(
		part("StringFileInfo", "", part("040904b0", "", part("FileVersion", "5.1.2600.9999 (odd) "), part("Empty", ""))),
		part("VarFileInfo", ""))
}

func TestImports(t *testing.T) {
	for _, plus := range []bool{false, true} {
		f, err := open(tables(plus))
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Imports()
		want := []pe.Import{{Name: "ntoskrnl.exe"}, {Name: "storport.sys"}, {Name: "delayed.dll", Delayed: true}, {Name: "old.dll", Delayed: true}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, want %v, %v", got, want, err)
		}
		if s := f.Subsystem(); s != pe.Native {
			t.Errorf("subsystem %d", s)
		}
		if s, err := f.Signature(); err != nil || s != (pe.Signature{Present: true, Offset: certAt, Size: 0x10, Type: pe.PKCS7}) {
			t.Errorf("%+v, %v", s, err)
		}
		if err := f.Check(); err != nil {
			t.Error(err)
		}
	}
	f, err := open(image(pe.X86, false))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Imports(); err != nil || got != nil {
		t.Errorf("without table: %v, %v", got, err)
	}
	if s, err := f.Signature(); err != nil || s.Present {
		t.Errorf("without table: %v, %v", s, err)
	}
}

func TestStrings(t *testing.T) {
	f, err := open(tables(false))
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.Version()
	if err != nil || v.File.String() != "5.1.2600.5512" {
		t.Errorf("%v, %v", v, err)
	}
	got, err := f.Strings()
	if err != nil || len(got) != 1 || got[0].Language != "040904b0" || got[0].Values["FileVersion"] != "5.1.2600.9999 (odd)" || got[0].Values["Empty"] != "" || len(got[0].Values) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	if f, err = open(image(pe.X86, false)); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Strings(); err != nil || got != nil {
		t.Errorf("without texts: %v, %v", got, err)
	}
}

func TestChecksum(t *testing.T) {
	b := append(tables(false), 0x12) // an odd length
	f, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	stored, computed, err := f.Checksum()
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		if i == optAt+64 || i == optAt+66 {
			continue
		}
		sum += uint32(b[i])
		if i+1 < len(b) {
			sum += uint32(b[i+1]) << 8
		}
		sum = sum&0xffff + sum>>16
	}
	if err != nil || stored != 0xabcd || computed != sum+uint32(len(b)) {
		t.Errorf("%#x, %#x, want %#x, %v", stored, computed, sum+uint32(len(b)), err)
	}
}

func TestTablesDamaged(t *testing.T) {
	dir := func(i int) int { return optAt + 96 + 8*i }
	for name, c := range map[string]struct {
		at   int
		n    uint32
		ask  func(*pe.File) error
		text string
	}{
		"imports nowhere":   {dir(1), 0x9000, imports, "no section"},
		"name nowhere":      {importAt + 12, 0x9000, imports, "no section"},
		"empty name":        {importAt + 12, importVA + 0x1f0, imports, "empty"},
		"delay nowhere":     {dir(13), 0x9000, imports, "no section"},
		"old delay nowhere": {delayAt + 32 + 4, 5, imports, "no section"},
		"cert behind end":   {dir(4), 0x900, signature, "certificate table at 0x900"},
		"cert too short":    {dir(4) + 4, 4, signature, "4 bytes"},
		"cert size":         {certAt, 0x11, signature, "17 bytes"},
		"section cut":       {optAt + 96 + 16*8 + 80 + 16, 0x10000, (*pe.File).Check, "number 3"},
		"cert, by Check":    {dir(4), 0x900, (*pe.File).Check, "certificate"},
		"part too long":     {versionAt + 92, 0xffff, texting, "part of 65535"},
		"part too short":    {versionAt + 92, 2, texting, "part of 2"},
		"no end of key":     {versionAt + 92, 8, texting, "without end"},
		"texts cut":         {rsrcAt + 0x54, 0x1000, texting, "no section"},
	} {
		b := tables(false)
		le.PutUint32(b[c.at:], c.n)
		f, err := open(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.ask(f); !errors.Is(err, pe.ErrDamaged) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want %q", name, err, c.text)
		}
	}
	// A table without end.
	b := append(tables(false), bytes.Repeat([]byte{1, 0x30, 0, 0}, 0x4000)...)
	le.PutUint32(b[optAt+96+16*8+80+16:], uint32(len(b)-importAt))
	le.PutUint32(b[dir(1):], importVA+0x210)
	f, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Imports(); !errors.Is(err, pe.ErrDamaged) {
		t.Errorf("a table without end: %v", err)
	}
}

// TestImportCut: a name in a section that claims more than the file has.
func TestImportCut(t *testing.T) {
	b := tables(false)[:certAt]
	le.PutUint32(b[optAt+96+16*8+80+16:], 0x1000)
	le.PutUint32(b[importAt+12:], importVA+0x800)
	f, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := imports(f); !errors.Is(err, pe.ErrDamaged) || !strings.Contains(err.Error(), "past the end") {
		t.Error(err)
	}
}

func imports(f *pe.File) error   { _, err := f.Imports(); return err }
func signature(f *pe.File) error { _, err := f.Signature(); return err }
func texting(f *pe.File) error   { _, err := f.Strings(); return err }

// FuzzTables: no panic, typed errors, bounded answers.
func FuzzTables(f *testing.F) {
	f.Add(tables(false))
	f.Add(tables(true))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := open(b)
		if err != nil {
			return
		}
		for _, ask := range []func(*pe.File) error{imports, signature, texting, (*pe.File).Check, symbols, digest} {
			if err := ask(file); err != nil && !errors.Is(err, pe.ErrDamaged) && !errors.Is(err, pe.ErrNoVersion) {
				t.Fatal(err)
			}
		}
		if _, _, err := file.Checksum(); err != nil {
			t.Fatal(err)
		}
	})
}

// symbols asks for all functions.
func symbols(f *pe.File) error {
	if _, err := f.Exports(); err != nil {
		return err
	}
	all, err := f.Imports()
	if err != nil {
		return err
	}
	for _, i := range all {
		if _, err := f.ImportsFrom(i.Name); err != nil {
			return err
		}
	}
	return nil
}

// digest hashes the file in both ways and reads its certificate.
func digest(f *pe.File) error {
	for _, padded := range []bool{false, true} {
		if err := f.Digest(sha1.New(), padded); err != nil {
			return err
		}
	}
	_, err := f.Certificate(1 << 20)
	return err
}
