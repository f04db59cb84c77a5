package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// systemRows: the system partition is lost, or shall not be needed any longer (case
// D: a Windows 7 or 2008 R2 behind an active partition of 100 MB without a letter).
func systemRows() []row {
	const lost, action = "system-partition-missing", "consolidate-system-partition"
	consolidated := func(guest string) row {
		return row{guest: guest, ordinary: guest == "win7-x64", firmware: BIOS, args: "bootmend.action=" + action, says: []string{action}, end: done, system: 2, after: startsFrom(2), old: true}
	}
	named := func(name string, r row) row { r.name = name; return r }
	return []row{
		named("BIOS 7 case D", consolidated("win7-x64")),
		named("BIOS 8.1 case D", consolidated("win81-x64")),

		{name: "BIOS 7 system partition deleted", guest: "win7-x64", raw: deleteSystem, firmware: BIOS, finds: []string{lost}, system: 2, after: startsFrom(2)},
		{name: "BIOS 7 system partition formatted", guest: "win7-x64", raw: formatNTFS, firmware: BIOS,
			finds: []string{"vbr-code-missing", "bootmgr-missing", "bcd-missing"}, code: 2, after: startsFrom(1)},
		{name: "UEFI 10 ESP formatted", guest: "win10-x64", raw: formatESP, firmware: UEFI,
			finds: []string{"esp-loader-missing", "esp-fallback-missing", "bcd-missing"}, after: hasEFILoader(`\EFI\Boot\bootx64.efi`)},
		{name: "UEFI 10 ESP zeroed", guest: "win10-x64", raw: zeroSystem, firmware: UEFI, ordinary: true, finds: []string{lost}, after: hasEFILoader(`\EFI\Boot\bootx64.efi`)},
		{name: "UEFI 10 ESP deleted", guest: "win10-x64", raw: deleteSystem, firmware: UEFI, finds: []string{lost}, after: newESP},
	}
}

// startsFrom: that partition alone is active and has a bootmgr, which is Windows' own.
func startsFrom(number int) func(t *testing.T, image string, g *guests.Guest) {
	return func(t *testing.T, image string, g *guests.Guest) {
		t.Helper()
		lines, err := oracle.Partitions(image)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			var n int
			if _, err := fmt.Sscanf(l, "%d", &n); err != nil || strings.Contains(l, "bootable") != (n == number) {
				t.Errorf("sfdisk: %s; want partition %d to be the active one", l, number)
			}
		}
		copyOf(t, image, g, number, `\bootmgr`, `\Windows\Boot\PCAT\bootmgr`)
	}
}

// newESP: there is one EFI system partition, with the loaders; the guest gets to
// know it.
func newESP(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	lines, err := oracle.Partitions(image)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^(\d+) : start= *(\d+), size= *(\d+), type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=([0-9A-F-]+)`)
	p, found := &g.Parts[0], 0
	for _, l := range lines {
		m := line.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		found++
		p.FS = "vfat"
		p.GUID = strings.ToLower(m[4])
		fmt.Sscan(m[1], &p.Number)
		fmt.Sscan(m[2], &p.Start)
		fmt.Sscan(m[3], &p.Size)
		p.Start, p.Size = p.Start*guests.SectorSize, p.Size*guests.SectorSize
	}
	if found != 1 || p.Number != 1 {
		t.Fatalf("sfdisk: %q; want one EFI system partition, number 1", lines)
	}
	hasEFILoader(`\EFI\Boot\bootx64.efi`)(t, image, g)
	hasEFILoader(`\EFI\Microsoft\Boot\bootmgfw.efi`)(t, image, g)
}

func hasEFILoader(path string) func(t *testing.T, image string, g *guests.Guest) {
	return func(t *testing.T, image string, g *guests.Guest) {
		t.Helper()
		copyOf(t, image, g, 1, path, `\Windows\Boot\EFI\bootmgfw.efi`)
	}
}

// deleteSystem takes the first partition away, content and entry.
func deleteSystem(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	zeroSystem(t, image, g)
	tool.Must(t, "sfdisk", "--quiet", "--delete", image, "1")
	g.Parts[0].FS = ""
}

func zeroSystem(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	replaceFirst(t, image, g)
}

// formatESP leaves an EFI system partition with a new, empty file system, formatNTFS
// such an active partition.
func formatESP(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	replaceFirst(t, image, g, "mkfs.vfat", "-F", "32")
}

func formatNTFS(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	replaceFirst(t, image, g, "mkntfs", "-q", "-F", "-s", "512", "-p", fmt.Sprint(g.Parts[0].Start/guests.SectorSize), "-H", "16", "-S", "63")
}

// replaceFirst puts zeros in the place of the first partition, after a command that
// takes them as its last argument.
func replaceFirst(t *testing.T, image string, g *guests.Guest, command ...string) {
	t.Helper()
	volume := filepath.Join(t.TempDir(), "first")
	if err := os.WriteFile(volume, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(volume, g.Parts[0].Size); err != nil {
		t.Fatal(err)
	}
	if len(command) > 0 {
		tool.Must(t, command[0], append(command[1:], volume)...)
	}
	if err := sparse.Replace(image, g.Parts[0].Start, volume); err != nil {
		t.Fatal(err)
	}
}
