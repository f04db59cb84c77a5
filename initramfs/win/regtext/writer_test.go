package regtext_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
)

// written is the text of a file without its mark and header, in UTF-8.
func written(t *testing.T, do func(w *regtext.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	w := regtext.NewWriter(&out, regtext.WriteOptions{Encoding: regtext.UTF8})
	if err := do(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(out.String(), "\xef\xbb\xbfWindows Registry Editor Version 5.00\r\n")
	if !ok {
		t.Fatalf("%q", out.String())
	}
	return text
}

// TestFolding: the first lines are as files that regedit of several versions
// wrote have them; the rule was read out of those.
func TestFolding(t *testing.T) {
	data := registry.SZ("%SystemRoot%\\resources\\themes")
	for name, bytesInFirst := range map[string]int{
		"":                    23,
		"Icon":                21,
		"DllName":             20,
		"MessageFileName":     18,
		"ResourceFileName":    17,
		"ApplicationIdentity": 16,
	} {
		text := written(t, func(w *regtext.Writer) error { return w.Value(name, regf.RegExpandSZ, data) })
		lines := strings.Split(text, "\r\n")
		if got := strings.Count(lines[0], ","); got != bytesInFirst || !strings.HasSuffix(lines[0], `,\`) {
			t.Errorf("%q: %d bytes in %q; want %d", name, got, lines[0], bytesInFirst)
		}
		if got := strings.Count(lines[1], ","); got != 25 || !strings.HasPrefix(lines[1], "  ") || strings.HasPrefix(lines[1], "   ") {
			t.Errorf("%q: %d bytes in the second line %q; want 25", name, got, lines[1])
		}
	}
}

func TestWrittenForms(t *testing.T) {
	for _, tt := range []struct {
		typ  regf.Type
		data []byte
		want string
	}{
		{regf.RegSZ, registry.SZ(`C:\"x"`), `"n"="C:\\\"x\""`},
		{regf.RegSZ, registry.SZ(""), `"n"=""`},
		{regf.RegSZ, nil, `"n"=hex(1):`},
		{regf.RegSZ, registry.Units("a"), `"n"=hex(1):61,00`},
		{regf.RegSZ, registry.SZ("a\x00"), `"n"=hex(1):61,00,00,00,00,00`},
		{regf.RegSZ, registry.SZ("a\n"), `"n"=hex(1):61,00,0a,00,00,00`},
		{regf.RegSZ, []byte{0x61, 0, 0}, `"n"=hex(1):61,00,00`},
		{regf.RegSZ, []byte{0, 0xd8, 0, 0}, `"n"=hex(1):00,d8,00,00`}, // no UTF-8 for it
		{regf.RegDWORD, registry.DWORD(0x1234abcd), `"n"=dword:1234abcd`},
		{regf.RegDWORD, []byte{1}, `"n"=hex(4):01`},
		{regf.RegQWORD, registry.QWORD(1), `"n"=hex(b):01,00,00,00,00,00,00,00`},
		{regf.RegNone, nil, `"n"=hex(0):`},
		{regf.RegBinary, []byte{0xff}, `"n"=hex:ff`},
		{0xffff0012, []byte{1}, `"n"=hex(ffff0012):01`},
	} {
		got := written(t, func(w *regtext.Writer) error { return w.Value("n", tt.typ, tt.data) })
		if strings.TrimSpace(got) != tt.want {
			t.Errorf("%v % x: %q; want %q", tt.typ, tt.data, got, tt.want)
		}
	}
	got := written(t, func(w *regtext.Writer) error {
		return errors.Join(w.Key("k"), w.DeleteValue(""), w.DeleteValue("ä\\"), w.Comment("a\nb"), w.DeleteKey("d"))
	})
	if want := "\r\n[k]\r\n@=-\r\n\"ä\\\\\"=-\r\n; a b\r\n\r\n[-d]\r\n\r\n"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
}

func TestInexpressible(t *testing.T) {
	for name, enc := range map[string]regtext.Encoding{"utf-16": regtext.UTF16LE, "utf-8": regtext.UTF8, "ansi": regtext.ANSI} {
		var out bytes.Buffer
		w := regtext.NewWriter(&out, regtext.WriteOptions{Encoding: enc})
		bad := []error{w.Key("a\nb"), w.Key("a\x00"), w.Key("a];b"), w.Value("a\x00", 4, registry.DWORD(1))}
		if enc != regtext.UTF16LE {
			bad = append(bad, w.Key("\xed\xa0\x80"), w.Value("\xed\xa0\x80", 1, registry.SZ("")))
		}
		if enc == regtext.ANSI {
			bad = append(bad, w.Key("漢"), w.Value("x", 7, registry.MultiSZ("漢")))
		}
		for i, err := range bad {
			if !errors.Is(err, regtext.ErrInexpressible) {
				t.Errorf("%s, %d: %v", name, i, err)
			}
		}
		if err := errors.Join(w.Comment("漢"), w.Close()); err != nil {
			t.Error(err)
		}
		if _, err := readAll(out.String(), regtext.ReadOptions{}); err != nil {
			t.Errorf("%s: %v in %q", name, err, out.String())
		}
	}
}

func open(t testing.TB, root regftest.Key) *regf.Hive {
	t.Helper()
	b := regftest.Build(root, regftest.Options{})
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func strange() regftest.Key {
	long := make([]byte, 300)
	for i := range long {
		long[i] = byte(i)
	}
	return regftest.Key{Name: "root", Keys: []regftest.Key{
		{Name: "a]b;c", Values: []regftest.Value{regftest.SZ("", "x"), regftest.SZ(`"q"\`, "ü€漢😀"), regftest.SZ("nl\r\n", "a\nb"),
			regftest.Binary("long name that is longer than the line may become in regedit, and then a bit", long...),
			regftest.MultiSZ("m", "a", "b"), regftest.DWORD("d", 7), {Name: "odd", Type: 1, Data: []byte{1}}, {Name: "sur", Type: 1, Data: []byte{0, 0xdc, 0, 0}}}},
		{Name: "ключ", Keys: []regftest.Key{{Name: "deep", Values: []regftest.Value{regftest.ExpandSZ("e", "%x%")}}}},
	}}
}

// TestExportRoundTrip: what is exported is read back as the same values, in the
// same order, and gives the same text again.
func TestExportRoundTrip(t *testing.T) {
	h := open(t, strange())
	for name, enc := range map[string]regtext.Encoding{"utf-16": regtext.UTF16LE, "utf-8": regtext.UTF8} {
		var out bytes.Buffer
		w := regtext.NewWriter(&out, regtext.WriteOptions{Encoding: enc})
		done, err := regtext.Export(w, h, "", `HKEY_LOCAL_MACHINE\X`)
		if err != nil || w.Close() != nil || done.Keys != 4 || done.Values != 9 || done.Missing != nil {
			t.Fatalf("%s: %+v, %v", name, done, err)
		}
		entries, err := readAll(out.String(), regtext.ReadOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var again bytes.Buffer
		w = regtext.NewWriter(&again, regtext.WriteOptions{Encoding: enc})
		for _, e := range entries {
			if e.Kind == regtext.CreateKey {
				err = w.Key(e.Key)
			} else {
				err = w.Value(e.Name, e.Type, e.Data)
				k, _ := h.Key(strings.TrimPrefix(e.Key, `HKEY_LOCAL_MACHINE\X`))
				v, verr := k.Value(e.Name)
				if verr != nil {
					t.Fatal(verr)
				}
				if data, derr := v.Data(); derr != nil || !bytes.Equal(data, e.Data) || v.Type() != e.Type {
					t.Errorf("%s: %q is %v % x, was %v % x", name, e.Name, e.Type, e.Data, v.Type(), data)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if w.Close() != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
			t.Errorf("%s: another text the second time", name)
		}
	}
}

func TestExportOfAKey(t *testing.T) {
	h := open(t, strange())
	var out bytes.Buffer
	w := regtext.NewWriter(&out, regtext.WriteOptions{})
	done, err := regtext.Export(w, h, `КЛЮЧ`, `HKEY_LOCAL_MACHINE\X`)
	if err != nil || w.Close() != nil || done.Keys != 2 || done.Values != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if _, err := regtext.Export(w, h, `none`, "x"); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("absent key: %v", err)
	}
	entries, _ := readAll(out.String(), regtext.ReadOptions{})
	if len(entries) != 3 || entries[1].Key != `HKEY_LOCAL_MACHINE\X\ключ\deep` {
		t.Errorf("%+v", entries)
	}
}

// TestExportLeavesOut: what the format cannot carry is said.
func TestExportLeavesOut(t *testing.T) {
	h := open(t, regftest.Key{Keys: []regftest.Key{
		{Name: "bad\nname", Keys: []regftest.Key{{Name: "below"}}}, {Name: `back\slash`},
		{Name: "good", Values: []regftest.Value{regftest.DWORD("nul\x00", 1), regftest.DWORD("fine", 1)}}}})
	var out bytes.Buffer
	w := regtext.NewWriter(&out, regtext.WriteOptions{Encoding: regtext.UTF8})
	done, err := regtext.Export(w, h, "", "HKEY_LOCAL_MACHINE\\X")
	if err != nil || w.Close() != nil || len(done.Missing) != 3 || done.Keys != 2 || done.Values != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if n := strings.Count(out.String(), "; bootmend: left out"); n != 3 {
		t.Errorf("%d comments in %q", n, out.String())
	}
	if _, err := readAll(out.String(), regtext.ReadOptions{}); err != nil {
		t.Error(err)
	}
}
