package txtsetup_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/txtsetup"
)

const sample = "# comment\r\n; another\r\n[Disks]\r\nd1 = \"Disk, one\" , \\tag.1, \\\r\nd2 = two, tag.2,\\x64\\sub\r\n" +
	"[Defaults]\nscsi = B\n[SCSI]\nA = \"First \", svca\nB=Second ; here\n" +
	"[Files.scsi.a]\ndriver = d1, a.sys, svca\ninf=d1,a.inf\n" +
	"[Files.scsi.B]\ndriver = d2, \\b.sys, svcb\ncatalog = d2, b.cat # none\ndll = d9, b.dll\n" +
	"[HardwareIds.scsi.A]\nid = \"PCI\\VEN_1&DEV_2\", \"svca\"\nid=\"PCI\\VEN_1&DEV_3\",\"svca\"\n" +
	"[Config.svcb]\nvalue = \"\", Tag, REG_DWORD, 1b\nvalue = Parameters\\PnpInterface,5,REG_DWORD,00000001\n" +
	"value = P, S, REG_SZ, \"SCSI Miniport\"\nvalue=P,M,REG_MULTI_SZ,a,b\nvalue=P,X,REG_BINARY,0,ff\nvalue=P,E,REG_EXPAND_SZ,%a%\n" +
	"[Config.B]\nvalue=,Extra,reg_dword,0xA\n[scsi]\nC=\n[keyboard]\nk=Keys\n\x1aend"

func parse(t *testing.T, text string) *txtsetup.File {
	t.Helper()
	f, err := txtsetup.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParse(t *testing.T) {
	f := parse(t, sample)
	var got []string
	for _, o := range f.Options {
		got = append(got, fmt.Sprintf("%s %s %q %q %t", o.Component, o.ID, o.Description, o.Service, o.Default))
		for _, s := range o.Files {
			got = append(got, fmt.Sprintf(" %s %s (%s) tag %s service %q", s.Type, s.Path(), s.Disk.Description, s.Disk.TagFile, s.Service))
		}
		for _, id := range o.IDs {
			got = append(got, " "+id.ID+" "+id.Service)
		}
		for _, v := range o.Values {
			got = append(got, fmt.Sprintf(" %s|%s|%s %d %x", v.Service, v.Key, v.Name, v.Type, v.Data))
		}
	}
	for _, n := range f.Notes {
		got = append(got, n.Error())
	}
	want := `scsi A "First " "svca" false
 driver a.sys (Disk, one) tag tag.1 service "svca"
 inf a.inf (Disk, one) tag tag.1 service ""
 PCI\VEN_1&DEV_2 svca
 PCI\VEN_1&DEV_3 svca
scsi B "Second" "" true
 driver x64\sub\b.sys (two) tag tag.2 service "svcb"
 catalog x64\sub\b.cat (two) tag tag.2 service ""
 dll b.dll () tag  service ""
 B||Extra 4 0a000000
 svcb||Tag 4 1b000000
 svcb|Parameters\PnpInterface|5 4 01000000
 svcb|P|S 1 53004300530049002000` + `4d0069006e00690070006f00720074000000
 svcb|P|M 7 61000000620000000000
 svcb|P|X 3 00ff
 svcb|P|E 2 25006100250000` + `00
scsi C "" "" false
keyboard k "Keys" "" true
txtsetup.oem, line 17: there is no disk "d9"
txtsetup.oem, line 31: there is no [Files.scsi.C]
txtsetup.oem, line 33: there is no [Files.keyboard.k]`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestRefuses(t *testing.T) {
	base := "[Disks]\nd=x,y,z\n[scsi]\na=A\n[Files.scsi.a]\n"
	for name, c := range map[string]struct {
		in, text string
		want     error
	}{
		"empty":       {"", "[Disks]", txtsetup.ErrNotTxtsetup},
		"INF":         {"[Version]\nSignature=x\n", "[Disks]", txtsetup.ErrNotTxtsetup},
		"text":        {"what\never", "[Disks]", txtsetup.ErrNotTxtsetup},
		"large":       {strings.Repeat("#", 2<<20), "1 MiB", txtsetup.ErrNotTxtsetup},
		"many lines":  {base + strings.Repeat("a=b\n", 1<<16), "lines", txtsetup.ErrSyntax},
		"no bracket":  {base + "[x\n", "line 6: a section's", txtsetup.ErrSyntax},
		"no equals":   {base + "what\n", `line 6: no = in "what"`, txtsetup.ErrSyntax},
		"no file":     {base + "driver=d\n", "line 6: a file without name", txtsetup.ErrSyntax},
		"number":      {base + "driver=d,a,s\n[Config.s]\nvalue=,T,REG_DWORD,xyz\n", `line 8: "xyz"`, txtsetup.ErrSyntax},
		"type":        {base + "driver=d,a,s\n[Config.s]\nvalue=,T,REG_WORD,1\n", `"REG_WORD"`, txtsetup.ErrSyntax},
		"byte":        {base + "driver=d,a,s\n[Config.s]\nvalue=,T,REG_BINARY,1,100\n", `"100"`, txtsetup.ErrSyntax},
		"many values": {base + "driver=d,a,s\n[Config.s]\n" + strings.Repeat("value=,T,REG_DWORD,1\n", 3000) + "[scsi]\n" + strings.Repeat("a=A\n", 3000), "more than", txtsetup.ErrSyntax},
	} {
		_, err := txtsetup.Parse(strings.NewReader(c.in))
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want %v with %q", name, err, c.want, c.text)
		}
	}
}

// FuzzParse: no panic, typed errors.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := txtsetup.Parse(strings.NewReader(string(b)))
		if err != nil && !errors.Is(err, txtsetup.ErrNotTxtsetup) && !errors.Is(err, txtsetup.ErrSyntax) {
			t.Fatal(err)
		}
	})
}
