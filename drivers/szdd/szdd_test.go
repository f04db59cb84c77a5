package szdd_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bootmend/bootmend/drivers/szdd"
)

func file(magic string, size uint32, data string) string {
	return magic + string(binary.LittleEndian.AppendUint32(nil, size)) + data
}

// kwaj is a header with the given fields; the data starts right behind it.
func kwaj(method byte, flags byte, fields, data string) string {
	n := 14 + len(fields)
	return "KWAJ\x88\xf0\x27\xd1" + string([]byte{method, 0, byte(n), byte(n >> 8), flags, 0}) + fields + data
}

const (
	szddMagic = "SZDD\x88\xf0\x27\x33AS"
	// "ab" twice literally, then 6 from the start: window position 4080.
	items = "\x0fabab\xf0\xf3"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct{ in, packed, name, want string }{
		"SZDD":            {file(szddMagic, 10, items), "atapi.sy_", "atapi.sys", "ababababab"},
		"upper case":      {file(szddMagic, 10, items), "ATAPI.SY_", "ATAPI.SYS", "ababababab"},
		"no underscore":   {file(szddMagic, 10, items), "atapi.sys", "atapi.sys", "ababababab"},
		"no letter":       {file("SZDD\x88\xf0\x27\x33A\x00", 10, items), "readme_", "readme", "ababababab"},
		"blanks":          {file(szddMagic, 3, "\x00\x00\x00"), "a._", "a.s", "   "},
		"over the end":    {file(szddMagic, 19, "\x01Z\xff\xff"), "a._", "a.s", "Z" + strings.Repeat(" ", 18)},
		"empty":           {file(szddMagic, 0, ""), "a._", "a.s", ""},
		"unused flags":    {file(szddMagic, 8, "\xffabcdefgh\x00"), "a._", "a.s", "abcdefgh"},
		"QuickBASIC":      {file("SZ \x88\xf0\x27\x33\xd1", 9, "\x07abc\xee\xf3"), "a.ba_", "a.ba", "abcabcabc"},
		"KWAJ stored":     {kwaj(0, 0, "", "text"), "a._", "a.", "text"},
		"KWAJ inverted":   {kwaj(1, 0, "", "\x8b\x9a\x87\x8b"), "a._", "a.", "text"},
		"KWAJ LZSS":       {kwaj(2, 1, "\x0a\x00\x00\x00", items), "a._", "a.", "ababababab"},
		"KWAJ name":       {kwaj(0, 0x18, "NAME\x00SYS\x00", "x"), "a._", "NAME.SYS", "x"},
		"KWAJ extension":  {kwaj(0, 0x10, "SYS\x00", "x"), "a.sy_", "a.SYS", "x"},
		"KWAJ directory":  {kwaj(0, 0x18, "..\\..\\a\x00SYS\x00", "x"), "a._", "a.SYS", "x"},
		"KWAJ everything": {kwaj(0, 0x3f, "\x01\x00\x00\x00??\x02\x00##N\x00E\x00\x03\x00txt", "x"), "a._", "N.E", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in))} {
				f, err := szdd.Open(in)
				if err != nil {
					t.Fatal(err)
				}
				if got := f.Name(c.packed); got != c.name {
					t.Errorf("name %q, want %q", got, c.name)
				}
				if err := iotest.TestReader(f, []byte(c.want)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"empty": {"", szdd.ErrNotPacked}, "program": {"MZ" + strings.Repeat("\x00", 60), szdd.ErrNotPacked},
		"header cut": {szddMagic, szdd.ErrNotPacked}, "mode": {file("SZDD\x88\xf0\x27\x33BS", 1, items), szdd.ErrMethod},
		"too short": {file(szddMagic, 11, items), szdd.ErrDamaged}, "too long": {file(szddMagic, 9, items), szdd.ErrDamaged},
		"more items":     {file(szddMagic, 4, items), szdd.ErrDamaged},
		"match cut":      {file(szddMagic, 10, items[:6]), szdd.ErrDamaged},
		"LZH":            {kwaj(3, 0, "", "x"), szdd.ErrMethod},
		"MSZIP":          {kwaj(4, 0, "", "x"), szdd.ErrMethod},
		"method 9":       {kwaj(9, 0, "", "x"), szdd.ErrMethod},
		"long name":      {kwaj(0, 8, "123456789\x00", "x"), szdd.ErrDamaged},
		"long extension": {kwaj(0, 16, "1234\x00", "x"), szdd.ErrDamaged},
		"name cut":       {kwaj(0, 8, "1234", ""), szdd.ErrDamaged},
		"start":          {strings.Replace(kwaj(0, 0, "", "x"), "\x0e", "\x0d", 1), szdd.ErrDamaged},
		"data behind":    {kwaj(0, 1, "\x01\x00\x00\x00", "xy"), szdd.ErrDamaged},
		"nothing behind": {strings.Replace(kwaj(0, 0, "", "x"), "\x0e", "\x7f", 1), szdd.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := szdd.Open(strings.NewReader(c.in))
			if err == nil {
				_, err = io.Copy(io.Discard, f)
			}
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// FuzzOpen: no panic, typed errors, no more bytes than the header says.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(file(szddMagic, 10, items)))
	f.Add([]byte(file("SZ \x88\xf0\x27\x33\xd1", 9, "\x07abc\xee\xf3")))
	f.Add([]byte(kwaj(2, 0x3f, "\x0a\x00\x00\x00??\x02\x00##N\x00E\x00\x03\x00txt", items)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := szdd.Open(bytes.NewReader(b))
		if err == nil {
			if name := r.Name("atapi.sy_"); strings.ContainsAny(name, `/\:`) {
				t.Fatalf("name %q", name)
			}
			var n int64
			if n, err = io.Copy(io.Discard, r); err == nil && r.Size >= 0 && n != r.Size || n > 18*int64(len(b)) {
				t.Fatalf("%d bytes, header says %d", n, r.Size)
			}
		}
		if err != nil && !errors.Is(err, szdd.ErrDamaged) && !errors.Is(err, szdd.ErrNotPacked) && !errors.Is(err, szdd.ErrMethod) {
			t.Fatal(err)
		}
	})
}
