package regtext_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func seeds() []string {
	body := "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\a]\r\n@=\"x\\\\\"\r\n\"b\"=dword:1\r\n\"c\"=hex(7):61,00,\\\r\n  00,00\r\n\"d\"=-\r\n" +
		"; comment\r\n[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\b] ; c\r\n[HKLM\\server1\\system\\Select]\r\n\"s\"=str(2):\"y\"\r\n"
	return []string{five + body, four + body + "\"e\"=hex(2):e4,00\r\n\x1a", "\xef\xbb\xbf" + five + body, utf16(unicode.LittleEndian, unicode.UseBOM, five+body),
		utf16(unicode.BigEndian, unicode.UseBOM, five+body), utf16(unicode.LittleEndian, unicode.IgnoreBOM, five+body)}
}

// FuzzRead: every input ends in entries or an error that says where, and what
// was read means the same when it is written and read again.
func FuzzRead(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := readAll(string(b), regtext.ReadOptions{})
		var syntax *regtext.SyntaxError
		if err != nil && (!errors.As(err, &syntax) || syntax.Line < 1 || syntax.Line > 1+bytes.Count(b, []byte("\n"))+bytes.Count(b, []byte("\r"))) {
			t.Fatalf("%v", err)
		}
		var out bytes.Buffer
		w := regtext.NewWriter(&out, regtext.WriteOptions{})
		kept := entries[:0:0]
		for _, e := range entries {
			var err error
			switch e.Kind {
			case regtext.CreateKey:
				err = w.Key(e.Key)
			case regtext.DeleteKey:
				err = w.DeleteKey(e.Key)
			case regtext.SetValue:
				err = w.Value(e.Name, e.Type, e.Data)
			case regtext.DeleteValue:
				err = w.DeleteValue(e.Name)
			}
			if err != nil {
				t.Fatalf("%+v was read and cannot be written: %v", e, err)
			}
			e.Line = 0
			kept = append(kept, e)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := readAll(out.String(), regtext.ReadOptions{})
		for i := range again {
			again[i].Line = 0
		}
		if err != nil || !cmp.Equal(again, kept) {
			t.Fatalf("%v %s", err, cmp.Diff(kept, again))
		}
	})
}

// FuzzApply: no input makes an import panic, whatever code page it is said to
// be in, and what an import leaves is a hive without damage.
func FuzzApply(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s), `HKLM\server1=ControlSet003`)
	}
	f.Fuzz(func(t *testing.T, b []byte, mapping string) {
		var maps []regtext.Mapping
		if m, err := regtext.ParseMapping(mapping); err == nil {
			maps = append(maps, m)
		}
		e, err := regf.NewEditor(open(t, system()), regf.EditorOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := regtext.NewMount(e.Hive(), maps)
		if err != nil {
			return
		}
		r, err := regtext.NewReader(bytes.NewReader(b), regtext.ReadOptions{ANSI: charmap.Windows1251})
		if err != nil {
			return
		}
		_, err = regtext.Apply(r, m, e, regtext.ApplyOptions{SkipOtherHives: true})
		if err == io.EOF {
			t.Fatal("the end is no error")
		}
		// After an error, too: what an editor refuses must not leave anything
		// half done.
		if _, err := e.Finish(); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Hive().Check(); err != nil {
			t.Fatal(err)
		}
	})
}
