package bootini

import (
	"bytes"
	"errors"
	"testing"
)

func seeds(f *testing.F) {
	f.Add([]byte("[boot loader]\r\ntimeout=30\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\WINNT\r\n[operating systems]\r\n" +
		"multi(0)disk(0)rdisk(0)partition(1)\\WINNT=\"Windows\" /fastdetect /hal=x.dll\r\nC:\\BOOTSECT.DOS=\"DOS\"\r\n\x1Arest"))
	f.Add([]byte("; c\n[Operating Systems]\n signature(c0ffee)disk(3)rdisk(0)partition(2)\\W = NT\x84 /sos\n\r[boot loader\n"))
	f.Add([]byte("\xEF\xBB\xBF[FREELOADER]\nDefaultOS=A\n[Operating Systems]\nA=\"B\"\n[A]\nSystemPath=multi(0)disk(0)rdisk(0)partition(1)\\ReactOS"))
	f.Add([]byte("[operating systems]\n=x\na=\n/=\"/\"/\n"))
}

// FuzzBootIni: what is not edited comes back; an edit can be read again and
// leaves all other lines.
func FuzzBootIni(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := Parse(data)
		if !bytes.Equal(b.Bytes(), data) {
			t.Fatalf("%q comes back as %q", data, b.Bytes())
		}
		b.Problems()
		for i, e := range b.Entries() {
			before := len(b.Entries())
			if err := e.AddSwitch("/sos"); err == nil {
				if _, ok := e.Switch("/sos"); !ok {
					t.Fatalf("no /sos in %q", e.line.text)
				}
			} else if !errors.Is(err, ErrOpenTitle) {
				t.Fatal(err)
			}
			e.RemoveSwitch("/sos")
			if a, err := e.ARC(); err == nil {
				if err := e.SetPartition(a.Partition + 1); err != nil {
					t.Fatal(err)
				}
				if err := b.Retarget(e, a); err != nil {
					t.Fatal(err)
				}
				if again, err := e.ARC(); err != nil || !again.Equal(a) {
					t.Fatalf("%v became %v, %v", a, again, err)
				}
			}
			e.SetTitle("T\x84 \"x\"")
			if e.Title() != "T\x84 'x'" {
				t.Fatalf("title %q of %q", e.Title(), e.line.text)
			}
			again := Parse(b.Bytes())
			if n := len(again.Entries()); n != before || again.Entries()[i].Title() != e.Title() {
				t.Fatalf("%d entries, %d before: %q", n, before, b.Bytes())
			}
		}
		n := len(b.Entries())
		e := b.Add(`multi(0)disk(0)rdisk(0)partition(1)\W`, "new", "/fastdetect")
		b.SetDefault(e)
		again := Parse(b.Bytes())
		if d := again.DefaultEntry(); d == nil || d.Path() != e.Path() || len(again.Entries()) != n+1 {
			t.Fatalf("%d entries, want %d, default %v: %q", len(again.Entries()), n+1, d, b.Bytes())
		}
	})
}

func FuzzFreeLdr(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := ParseFreeLdr(data)
		if !bytes.Equal(b.Bytes(), data) {
			t.Fatalf("%q comes back as %q", data, b.Bytes())
		}
		for _, s := range b.Systems() {
			if a, err := s.ARC(); err == nil {
				a.Partition++
				if err := b.SetSystemPath(s.Name, a); err != nil {
					t.Fatal(err)
				}
			}
		}
		b.SetDefault("X")
		if d, ok := ParseFreeLdr(b.Bytes()).Default(); !ok || d != "X" {
			t.Fatalf("default %q: %q", d, b.Bytes())
		}
	})
}

func FuzzARC(f *testing.F) {
	f.Add(`multi(0)disk(0)rdisk(0)partition(1)\WINNT`)
	f.Add(`signature(f55cf55c)disk(2)rdisk(0)partition(1)\WINDOWS.0`)
	f.Add(`SCSI()DISK(33)RDISK(1)PARTITION(007)`)
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseARC(s)
		if err != nil {
			return
		}
		again, err := ParseARC(a.String())
		if err != nil || again != a {
			t.Fatalf("%q: %+v becomes %+v, %v", s, a, again, err)
		}
	})
}
