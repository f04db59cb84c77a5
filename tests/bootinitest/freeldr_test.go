package bootinitest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// freeldr is laid out as ReactOS' installer leaves it.
const freeldr = "[FREELOADER]\r\nDefaultOS=ReactOS\r\nTimeOut=10\r\n\r\n[Display]\r\nTitleText=ReactOS Boot Manager\r\n\r\n" +
	"[Operating Systems]\r\nReactOS=\"ReactOS\"\r\nReactOS_Debug = \"ReactOS (Debug)\"\r\n; gone: X=\"Y\"\r\n\r\n" +
	"[ReactOS]\r\nBootType=Windows2003\r\nSystemPath=multi(0)disk(0)rdisk(0)partition(1)\\ReactOS\r\nOptions=\r\n\r\n" +
	"[ReactOS_Debug]\r\nBootType=Windows2003\r\nSystemPath = \"multi(0)disk(0)rdisk(0)partition(1)\\ReactOS\" \nOptions=/DEBUG /DEBUGPORT=COM1\r\n"

func TestFreeLdr(t *testing.T) {
	f := bootini.ParseFreeLdr([]byte(freeldr))
	want := []bootini.System{
		{Name: "ReactOS", Title: "ReactOS", BootType: "Windows2003", SystemPath: `multi(0)disk(0)rdisk(0)partition(1)\ReactOS`},
		{Name: "ReactOS_Debug", Title: "ReactOS (Debug)", BootType: "Windows2003", SystemPath: `multi(0)disk(0)rdisk(0)partition(1)\ReactOS`, Options: "/DEBUG /DEBUGPORT=COM1"},
	}
	if diff := cmp.Diff(want, f.Systems()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d, _ := f.Default(); d != "ReactOS" {
		t.Errorf("default %q", d)
	}
	if n, ok := f.Timeout(); !ok || n != 10 {
		t.Errorf("timeout %d", n)
	}
	if string(f.Bytes()) != freeldr {
		t.Error("it does not come back")
	}
}

func TestFreeLdrEdits(t *testing.T) {
	to := bootini.OnBIOSDisk(0, 2, `\REACTOS`)
	for _, tt := range []struct {
		name     string
		edit     func(*bootini.FreeLdr) error
		old, new string
	}{
		{"path", func(f *bootini.FreeLdr) error { return f.SetSystemPath("reactos", to) }, "partition(1)\\ReactOS\r\n", "partition(2)\\ReactOS\r\n"},
		{"quoted path", func(f *bootini.FreeLdr) error { return f.SetSystemPath("ReactOS_Debug", to) }, "partition(1)\\ReactOS\" ", "partition(2)\\ReactOS\" "},
		{"default", func(f *bootini.FreeLdr) error { f.SetDefault("ReactOS_Debug"); return nil }, "OS=ReactOS\r\nTime", "OS=ReactOS_Debug\r\nTime"},
		{"options", func(f *bootini.FreeLdr) error { f.SetOptions("ReactOS", "/SOS"); return nil }, "Options=\r\n", "Options=/SOS\r\n"},
		{"new key", func(f *bootini.FreeLdr) error { f.Set("ReactOS", "Hal", "x"); return nil }, "Options=\r\n", "Options=\r\nHal=x\r\n"},
		{"new section", func(f *bootini.FreeLdr) error { f.Set("New", "a", "b"); return nil }, "[FREELOADER]", "[New]\r\na=b\r\n[FREELOADER]"},
	} {
		f := bootini.ParseFreeLdr([]byte(freeldr))
		if err := tt.edit(f); err != nil {
			t.Fatal(err)
		}
		if want := strings.Replace(freeldr, tt.old, tt.new, 1); string(f.Bytes()) != want || !strings.Contains(freeldr, tt.old) {
			t.Errorf("%s: got  %q\nwant %q", tt.name, f.Bytes(), want)
		}
	}
}
