package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// Case C: Server 2003 with a small C: that holds only the boot files and \WINDOWS
// on the second partition, moved to an LSI Logic adapter.
func TestCaseC(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"win2003-lsi-fat16", "win2003-lsi-ntfs"} {
		for ini, number := range map[string]string{"boot.ini right": "2", "boot.ini wrong": "1"} {
			t.Run(name+", "+ini, func(t *testing.T) {
				t.Parallel()
				g := guests.MustLoad(t, name).With(2, guests.Entry{Kind: guests.Cab, Path: `\WINDOWS\Driver Cache\i386\sp2.cab`,
					Arg: "x86 symmpi.sys", Version: "5.2.3790.3959"})
				_, e := g.Find(1, `\boot.ini`)
				text := string(e.Data)
				g = g.With(1, guests.Entry{Kind: guests.Text, Path: `\boot.ini`, Data: []byte(strings.ReplaceAll(text, "partition(2)", "partition("+number+")"))})
				image := g.Build(t)
				args := []string{"--machine", "vmware-lsilogic", image}
				doc := want(t, command.ExitRepairable, append([]string{"plan"}, args...)...)
				if n := len(doc.find("bootini-wrong-partition")); n != map[string]int{"2": 0, "1": 1}[number] || len(doc.find("storage-driver-missing")) != 1 {
					t.Fatalf("findings:\n%s", doc.ids())
				}
				want(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
				sound(t, image, g)
				checkCaseC(t, image, g, text)
				want(t, command.ExitOK, append([]string{"scan"}, args...)...)
			})
		}
	}
}

// checkCaseC: boot.ini is what it was when the machine still started; the driver
// is there and is started from every control set.
func checkCaseC(t *testing.T, image string, g *guests.Guest, text string) {
	t.Helper()
	if data, err := readFile(t, image, g.Partition(1), `\boot.ini`); err != nil || string(data) != text {
		t.Errorf("boot.ini is %q, %v; want %q", data, err, text)
	}
	volume := oracle.Volume(t, image, g.Partition(2))
	if data, err := oracle.NTFSFile(volume, `\WINDOWS\system32\drivers\symmpi.sys`); err != nil || !strings.HasPrefix(string(data), "MZ") {
		t.Errorf("symmpi.sys: %d bytes, %v", len(data), err)
	}
	data, err := oracle.NTFSFile(volume, `\WINDOWS\system32\config\system`)
	if err != nil {
		t.Fatal(err)
	}
	hive := oracle.HiveFile(t, data)
	for _, set := range []string{"ControlSet001", "ControlSet003"} {
		if n, err := oracle.RegDWORD(hive, `\`+set+`\Services\symmpi`, "Start"); err != nil || n != 0 {
			t.Errorf("%s: Start of symmpi is %d, %v; want 0", set, n, err)
		}
	}
}
