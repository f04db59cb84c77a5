package regtext_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

const (
	five = "Windows Registry Editor Version 5.00\r\n\r\n"
	four = "REGEDIT4\r\n\r\n"
)

// readAll parses a whole file.
func readAll(text string, opt regtext.ReadOptions) ([]regtext.Entry, error) {
	r, err := regtext.NewReader(strings.NewReader(text), opt)
	if err != nil {
		return nil, err
	}
	var all []regtext.Entry
	for {
		e, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, e)
	}
}

func create(line int, key string) regtext.Entry {
	return regtext.Entry{Line: line, Kind: regtext.CreateKey, Key: key}
}

func set(line int, key, name string, typ regf.Type, data []byte) regtext.Entry {
	return regtext.Entry{Line: line, Kind: regtext.SetValue, Key: key, Name: name, Type: typ, Data: data}
}

func utf16(order unicode.Endianness, bom unicode.BOMPolicy, text string) string {
	s, err := unicode.UTF16(order, bom).NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return s
}

func TestRead(t *testing.T) {
	const k = `HKEY_LOCAL_MACHINE\SYSTEM\Test`
	for name, tt := range map[string]struct {
		text string
		want []regtext.Entry
	}{
		"all kinds": {five + "[" + k + "]\r\n" +
			"@=\"default\"\r\n\"s\"=\"a\\\\b\\\"c\"\r\n\"d\"=dword:0000001f\r\n\"q\"=hex(b):01,02,03,04,05,06,07,08\r\n" +
			"\"b\"=hex:00,FF\r\n\"gone\"=-\r\n@=-\r\n\r\n[-" + k + `\Old]` + "\r\n",
			[]regtext.Entry{create(3, k), set(4, k, "", 1, registry.SZ("default")), set(5, k, "s", 1, registry.SZ(`a\b"c`)),
				set(6, k, "d", 4, []byte{0x1f, 0, 0, 0}), set(7, k, "q", 11, []byte{1, 2, 3, 4, 5, 6, 7, 8}), set(8, k, "b", 3, []byte{0, 0xff}),
				{Line: 9, Kind: regtext.DeleteValue, Key: k, Name: "gone"}, {Line: 10, Kind: regtext.DeleteValue, Key: k},
				{Line: 12, Kind: regtext.DeleteKey, Key: k + `\Old`}}},
		"white space": {"\n\t \nWindows Registry Editor Version 5.00  \n ; comment\n  [" + k + "]  ; comment\n\t\"d\" = dword:1 ; comment\n\"h\"\t=hex(7): 61,0 , 0,\t00 \n",
			[]regtext.Entry{create(5, k), set(6, k, "d", 4, []byte{1, 0, 0, 0}), set(7, k, "h", 7, []byte{0x61, 0, 0, 0})}},
		"folded": {five + "[" + k + "]\r\n\"h\"=hex:01,\\\r\n  02,03,\\ \r\n\r\n  ; comment\r\n  04\r\n\"n\"=hex:\r\n",
			[]regtext.Entry{create(3, k), set(4, k, "h", 3, []byte{1, 2, 3, 4}), set(9, k, "n", 3, []byte{})}},
		"line break in string": {five + "[" + k + "]\r\n\"s\"=\"one\r\ntwo\"\r\n\"t\"=dword:2",
			[]regtext.Entry{create(3, k), set(4, k, "s", 1, registry.SZ("one\r\ntwo")), set(6, k, "t", 4, []byte{2, 0, 0, 0})}},
		"odd keys": {five + "[" + k + "\\]\r\n[a]b]\r\n[c;d]\r\n[e] ;f\r\n",
			[]regtext.Entry{create(3, k), create(4, "a]b"), create(5, "c;d"), create(6, "e")}},
		"types": {five + "[" + k + "]\n\"n\"=hex(0):\n\"x\"=hex(ffff0012):01\n\"w\"=str(2):\"%a%\"\n\"DW\"=DWORD:a",
			[]regtext.Entry{create(3, k), set(4, k, "n", 0, []byte{}), set(5, k, "x", 0xffff0012, []byte{1}), set(6, k, "w", 2, registry.SZ("%a%")), set(7, k, "DW", 4, []byte{10, 0, 0, 0})}},
		"ansi": {four + "[" + k + "]\r\n\"\xe4\"=\"\x80\"\r\n\"e\"=hex(2):25,e4,25,00\r\n\"m\"=hex(7):61,00,62,00,00\r\n\"b\"=hex:e4\r\n\x1a",
			[]regtext.Entry{create(3, k), set(4, k, "ä", 1, registry.SZ("€")), set(5, k, "e", 2, registry.SZ("%ä%")),
				set(6, k, "m", 7, registry.MultiSZ("a", "b")), set(7, k, "b", 3, []byte{0xe4})}},
		"utf-8":                   {"\xef\xbb\xbf" + five + "[" + k + "]\r\n\"ä\"=\"€😀\"", []regtext.Entry{create(3, k), set(4, k, "ä", 1, registry.SZ("€😀"))}},
		"utf-16le":                {utf16(unicode.LittleEndian, unicode.UseBOM, five+"["+k+"]\r\n\"ä\"=\"€😀\""), []regtext.Entry{create(3, k), set(4, k, "ä", 1, registry.SZ("€😀"))}},
		"utf-16be":                {utf16(unicode.BigEndian, unicode.UseBOM, five+"["+k+"]\r\n\"ä\"=\"€😀\""), []regtext.Entry{create(3, k), set(4, k, "ä", 1, registry.SZ("€😀"))}},
		"utf-16le without a mark": {utf16(unicode.LittleEndian, unicode.IgnoreBOM, five+"["+k+"]\r\n\"ä\"=dword:1"), []regtext.Entry{create(3, k), set(4, k, "ä", 4, []byte{1, 0, 0, 0})}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readAll(tt.text, regtext.ReadOptions{})
			if err != nil || !cmp.Equal(got, tt.want) {
				t.Errorf("%v %s", err, cmp.Diff(tt.want, got))
			}
		})
	}
}

func TestCodePages(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		opt  regtext.ReadOptions
		want string
	}{
		"1251":                 {four + "[k]\n\"v\"=\"\xcf\"", regtext.ReadOptions{ANSI: charmap.Windows1251}, "П"},
		"932":                  {four + "[k]\n\"v\"=\"\x8a\xbf\"", regtext.ReadOptions{ANSI: japanese.ShiftJIS}, "漢"},
		"932 in hex":           {four + "[k]\n\"v\"=hex(1):8a,bf,00", regtext.ReadOptions{ANSI: japanese.ShiftJIS}, "漢"},
		"version 5 as UTF-8":   {five + "[k]\n\"v\"=\"П\"", regtext.ReadOptions{ANSI: unicode.UTF8}, "П"},
		"a mark wins":          {"\xef\xbb\xbf" + five + "[k]\n\"v\"=\"П\"", regtext.ReadOptions{ANSI: charmap.Windows1252}, "П"},
		"code page, version 5": {five + "[k]\n\"v\"=\"\xe4\"", regtext.ReadOptions{ANSI: charmap.Windows1252}, "ä"},
	} {
		got, err := readAll(tt.text, tt.opt)
		if err != nil || len(got) != 2 || string(got[1].Data) != string(registry.SZ(tt.want)) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for _, tt := range []struct {
		text string
		line int
		want string // part of the reason
	}{
		{"", 1, "starts with"},
		{"REGEDIT\n", 1, "Windows 3.1"},
		{"[HKEY_LOCAL_MACHINE\\a]\n", 1, "starts with"},
		{five + "\"a\"=dword:1\n", 3, "before the first key"},
		{five + "[k\n", 3, "not closed"},
		{five + "[]\n", 3, "no key"},
		{five + "[k] x\n", 3, "not closed"},
		{five + "[a] ; see [b]\n", 3, "not certain"},
		{five + "[k]\nfoo\n", 4, "starts with 'f'"},
		{five + "[k]\n\"a\" dword:1\n", 4, "want ="},
		{five + "[k]\n\"a\"=\n", 4, "want data"},
		{five + "[k]\n\"a\"=qword:1\n", 4, "not known"},
		{five + "[k]\n\"a\"=dword:123456789\n", 4, "1 to 8"},
		{five + "[k]\n\"a\"=dword:\n", 4, "1 to 8"},
		{five + "[k]\n\"a\"=dword:0x1\n", 4, "1 to 8"},
		{five + "[k]\n\"a\"=hex:1,,2\n", 4, "before a comma"},
		{five + "[k]\n\"a\"=hex:1,2,\n", 4, "missing"},
		{five + "[k]\n\"a\"=hex:1 2\n", 4, "want a comma"},
		{five + "[k]\n\"a\"=hex:123\n", 4, "two digits"},
		{five + "[k]\n\"a\"=hex:0g\n", 4, "behind the data"},
		{five + "[k]\n\"a\"=hex(z):00\n", 4, "want a type"},
		{five + "[k]\n\"a\"=hex:00,\\\n", 4, "ends in the middle"},
		{five + "[k]\n\"a\"=hex:00,\\\n\"b\"=dword:1\n", 5, "ends with a backslash"},
		{five + "[k]\n\"a\"=hex:00,\\ x\n", 4, "behind the backslash"},
		{five + "[k]\n\"p\"=\"C:\\Windows\"\n", 4, "single backslash"},
		{five + "[k]\n\"a\"=\"b\n\"c\"=\"d\"\n", 5, "behind the string"},
		{five + "[k]\n\"a\"=\"b\n", 4, "no closing quote"},
		{five + "[k]\n\"a\"=\"b\"c\n", 4, "behind the string"},
		{five + "[k]\n\"a\"=-x\n", 4, "behind the -"},
		{five + "[-k]\n\"a\"=dword:1\n", 4, "is deleted"},
		{five + "[k]\n\"a\"=\"\xe4\"\n", 4, "code page"},
		{five + "[k\x00]\n", 3, "NUL"},
		{five + "\x1a[k]\n", 3, "end-of-file"},
		{four + "[k]\n\"a\"=\"\x80\"\n\"h\"=hex(2):41,00,42,00,00,00\n", 5, "looks like UTF-16"},
		{four + "[k]\n\"a\"=\"\x81\"\n", 4, "does not have"},
		{"\xef\xbb\xbf" + five + "[k]\n\"\xe4\"=dword:1\n", 4, "encoding"},
		{"\xff\xfe" + strings.Repeat("a\x00", 3) + "b", 1, "encoding"},
	} {
		_, err := readAll(tt.text, regtext.ReadOptions{})
		var syntax *regtext.SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != tt.line || !strings.Contains(syntax.Reason, tt.want) || !errors.Is(err, regtext.ErrSyntax) {
			t.Errorf("%q: %v; want line %d, %q", tt.text, err, tt.line, tt.want)
		}
	}
}

// failing gives an error after some bytes.
type failing struct{ io.Reader }

var errDisk = errors.New("disk fell over")

func (f failing) Read(b []byte) (int, error) {
	n, err := f.Reader.Read(b)
	if err == io.EOF {
		err = errDisk
	}
	return n, err
}

// TestInputErrors: what the disk did is not blamed on the text, wherever it ends.
func TestInputErrors(t *testing.T) {
	text := five + "[k] ; c\r\n\"a\"=hex:01,\\\r\n  02\r\n\"s\"=\"x\\\\y\"\r\n\"d\"=dword:1 ; c\r\n[-k]\r\n"
	for n := range len(text) {
		r, err := regtext.NewReader(failing{strings.NewReader(text[:n])}, regtext.ReadOptions{})
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("%d bytes, %q: %v", n, text[:n], err)
		}
	}
}
