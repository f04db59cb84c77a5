package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// Windows and its loader on different disks: rdisk() counts them, the one that
// the BIOS starts from first.

// loaderDisk has the loader and a boot.ini of these paths, the first by default,
// and a Windows in the folder named, where it is not "".
func loaderDisk(t *testing.T, windows string, paths ...string) (string, *guests.Guest) {
	t.Helper()
	d := "disk size=600M table=mbr signature=5ac9e1e0\npartition 1 type=07 start=63 size=400M active fs=ntfs label=BOOT\n" +
		"tree nt5-loader version=5.1.2600.5512\ntext \\boot.ini\n| [boot loader]\n| timeout=5\n| default=" + paths[0] + "\n| [operating systems]\n"
	for i, p := range paths {
		d += fmt.Sprintf("| %s=\"Windows %d\" /fastdetect\n", p, i)
	}
	if windows != "" {
		d += windowsIn(windows, "5ac9e1e0")
	}
	g, err := guests.Parse("loader", d)
	if err != nil {
		t.Fatal(err)
	}
	return g.Build(t), g
}

// windowsDisk has a Windows on its first partition and no loader.
func windowsDisk(t *testing.T, root string) string {
	t.Helper()
	g, err := guests.Parse("windows", "disk size=600M table=mbr signature=5ac9e1e1\npartition 1 type=07 start=63 size=400M fs=ntfs label=XP\n"+windowsIn(root, "5ac9e1e1"))
	if err != nil {
		t.Fatal(err)
	}
	return g.Build(t)
}

func windowsIn(root, signature string) string {
	return "tree nt5-windows root=" + root + " arch=x86 version=5.1.2600.5512\n" +
		"hive " + root + "\\system32\\config\\system nt5-system HKEY_LOCAL_MACHINE\\SYSTEM 1.5\n" +
		"hive " + root + "\\system32\\config\\software winxp-software HKEY_LOCAL_MACHINE\\SOFTWARE 1.5\n" +
		map[bool]string{true: "mounted C\n"}[root == `\WINDOWS`]
}

const (
	first, second = `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS`, `multi(0)disk(0)rdisk(1)partition(1)\WINDOWS`
	onSilicon     = "pci:1095:0640"
)

// menuFindings are those about boot.ini.
func menuFindings(d document) (all []finding) {
	for _, f := range d.Findings {
		if strings.HasPrefix(f.ID, "bootini-") || strings.HasPrefix(f.ID, "ntldr-") || strings.HasPrefix(f.ID, "ntdetect-") {
			all = append(all, f)
		}
	}
	return all
}

func TestLoaderOnAnotherDisk(t *testing.T) {
	t.Parallel()
	scan := func(t *testing.T, disks ...string) document {
		return decode(t, bootmend(t, append([]string{"scan", "--json", "--machine", onSilicon}, disks...)...))
	}
	t.Run("one on each", func(t *testing.T) {
		t.Parallel()
		a, _ := loaderDisk(t, `\WINDOWS`, first, second)
		b := windowsDisk(t, `\WINDOWS`)
		for _, order := range [][]string{{a, b}, {b, a}} {
			if d := scan(t, order...); len(menuFindings(d)) > 0 {
				t.Errorf("findings:\n%s", d.ids())
			}
		}
	})
	t.Run("the other disk is not attached", func(t *testing.T) {
		t.Parallel()
		a, _ := loaderDisk(t, `\WINDOWS`, second, first)
		before := hash(t, a)
		d := decode(t, bootmend(t, "repair", "--yes", "--json", "--machine", onSilicon, a))
		if f := menuFindings(d); len(f) != 1 || f[0].ID != "bootini-wrong-partition" || f[0].Confidence != "low" {
			t.Errorf("findings:\n%s", d.ids())
		}
		untouched(t, a, before, "repair")
	})
	t.Run("Windows is on the second", func(t *testing.T) {
		t.Parallel()
		a, g := loaderDisk(t, "", first)
		b := windowsDisk(t, `\WINDOWS`)
		if f := menuFindings(scan(t, a, b)); len(f) != 1 || !f[0].Fixable || f[0].Confidence != "high" {
			t.Fatalf("findings: %+v", f)
		}
		bootmend(t, "repair", "--yes", "--only", "bootini-wrong-partition", "--machine", onSilicon, a, b)
		data, err := readFile(t, a, &g.Parts[0], `\boot.ini`)
		if err != nil || strings.Count(string(data), second) != 2 || strings.Contains(string(data), first) {
			t.Errorf("boot.ini is %q, %v", data, err)
		}
		if d := scan(t, a, b); len(menuFindings(d)) > 0 {
			t.Errorf("findings:\n%s", d.ids())
		}
	})
	t.Run("boot.ini is lost", func(t *testing.T) {
		t.Parallel()
		a, g := loaderDisk(t, "", first)
		image := g.Without(`\boot.ini`).Build(t)
		_ = a
		b := windowsDisk(t, `\WINNT.0`)
		bootmend(t, "repair", "--yes", "--only", "bootini-missing", "--machine", onSilicon, image, b)
		data, err := readFile(t, image, &g.Parts[0], `\boot.ini`)
		if want := `default=multi(0)disk(0)rdisk(1)partition(1)\WINNT.0` + "\r\n"; err != nil || !strings.Contains(string(data), want) {
			t.Errorf("boot.ini is %q, %v; want %q", data, err, want)
		}
	})
	t.Run("two could be meant", func(t *testing.T) {
		t.Parallel()
		a, _ := loaderDisk(t, `\WINDOWS`, `multi(0)disk(0)rdisk(0)partition(3)\WINDOWS`)
		b := windowsDisk(t, `\WINDOWS`)
		before := hash(t, a)
		f := menuFindings(scan(t, a, b))
		if len(f) != 1 || f[0].Fixable || !strings.Contains(f[0].Advice, second) {
			t.Errorf("findings: %+v", f)
		}
		command := bootmend(t, "repair", "--yes", "--only", "bootini-wrong-partition", "--machine", onSilicon, a, b)
		if command.Code == 0 {
			t.Errorf("%v", command)
		}
		untouched(t, a, before, "repair")
	})
}

// TestWindowsInAnyFolder: a folder below others, which only boot.ini names.
func TestWindowsInAnyFolder(t *testing.T) {
	t.Parallel()
	a, g := loaderDisk(t, `\OS\XP.1`, `multi(0)disk(0)rdisk(0)partition(2)\os\xp.1`)
	d := decode(t, bootmend(t, "scan", "--json", "--machine", onSilicon, a))
	if len(d.Windows) != 1 || !strings.EqualFold(d.Windows[0].SystemRoot, `\OS\XP.1`) {
		t.Fatalf("windows: %+v", d.Windows)
	}
	if f := menuFindings(d); len(f) != 1 || !f[0].Fixable {
		t.Fatalf("findings:\n%s", d.ids())
	}
	want(t, command.ExitOK, "repair", "--yes", "--only", "bootini-wrong-partition", "--machine", onSilicon, a)
	data, err := readFile(t, a, &g.Parts[0], `\boot.ini`)
	if err != nil || strings.Count(string(data), `partition(1)\os\xp.1`) != 2 {
		t.Errorf("boot.ini is %q, %v", data, err)
	}
}
