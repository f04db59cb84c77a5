package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

const (
	// A recovery partition of the manufacturer with a boot loader of its own.
	besideRecovery = `
disk size=1G table=mbr signature=5ac9e1c1
partition 1 type=27 start=2048 size=100M fs=ntfs label=Recovery
tree nt6-bios arch=x64 version=6.1.7601.17514
partition 2 type=07 start=206848 size=800M active fs=ntfs label=Windows
tree nt6-bios arch=x64 version=6.1.7601.17514
tree nt6-windows arch=x64 version=6.1.7601.17514
tree nt60-ahci arch=x64 version=6.1.7601.17514
hive \Windows\System32\config\SYSTEM nt6-system HKEY_LOCAL_MACHINE\SYSTEM 1.5
hive \Windows\System32\config\SOFTWARE win7-software HKEY_LOCAL_MACHINE\SOFTWARE 1.5
`
	// The same as Windows XP knew it: a hidden FAT partition that starts by NTLDR.
	besideHidden = `
disk size=1G table=mbr signature=5ac9e1c2
partition 1 type=1c start=63 size=100M fs=vfat label=HP_RECOVERY
tree nt5-loader version=5.1.2600.5512
partition 2 type=07 start=208845 size=800M active fs=ntfs label=XP
tree nt5-loader version=5.1.2600.5512
tree nt5-windows root=\WINDOWS arch=x86 version=5.1.2600.5512
text \boot.ini
| [boot loader]
| timeout=30
| default=multi(0)disk(0)rdisk(0)partition(2)\WINDOWS
| [operating systems]
| multi(0)disk(0)rdisk(0)partition(2)\WINDOWS="Microsoft Windows XP Professional" /noexecute=optin /fastdetect
hive \WINDOWS\system32\config\system nt5-system HKEY_LOCAL_MACHINE\SYSTEM 1.5
hive \WINDOWS\system32\config\software winxp-software HKEY_LOCAL_MACHINE\SOFTWARE 1.5
`
	gptData = `
disk size=300M table=gpt guid=6f1c2a10-93b4-4d07-8e55-c0de00000100
partition 1 type=ebd0a0a2-b9e5-4433-87c0-68b6b72699c7 guid=6f1c2a10-93b4-4d07-8e55-c0de00000101 name=Data start=2048 size=200M fs=ntfs label=Data
text \notes.txt
| no Windows here
`
)

// aboutStart are the findings that are no Windows' own: of tables, boot code, and
// the chain up to the loader.
func aboutStart(d document) (ids []string) {
	for _, f := range d.Findings {
		if !strings.HasPrefix(f.ID, "storage-driver") && !strings.HasPrefix(f.ID, "mounted-") && f.Severity != "info" {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// TestOrdinaryDisks: what looks odd and is as it should be gets neither a finding
// nor a write.
func TestOrdinaryDisks(t *testing.T) {
	build := func(name, text string) string {
		g, err := guests.Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		return g.Build(t)
	}
	floppy := filepath.Join(t.TempDir(), "whole-disk.img")
	if err := os.WriteFile(floppy, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(floppy, 64<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkntfs", "-Q", "-F", "-q", floppy).CombinedOutput(); err != nil {
		t.Fatalf("mkntfs: %v: %s", err, out)
	}
	windows := func() string { return guests.MustLoad(t, "win7-x64").Build(t) }
	for name, disks := range map[string][]string{
		"recovery partition":        {build("beside-recovery", besideRecovery)},
		"hidden recovery partition": {build("beside-hidden", besideHidden)},
		"GPT data disk":             {windows(), build("gpt-data", gptData)},
		"MBR data disk":             {windows(), guests.MustLoad(t, "data-disk").Build(t)},
		"disk without a table":      {windows(), floppy},
	} {
		t.Run(name, func(t *testing.T) {
			var before []string
			for _, d := range disks {
				before = append(before, hash(t, d))
			}
			machine := "qemu-pc"
			if name == "hidden recovery partition" {
				machine = "pci:1095:0640"
			}
			doc := decode(t, bootmend(t, append([]string{"repair", "--yes", "--json", "--machine", machine, "--except", "storage-driver-disabled"}, disks...)...))
			if ids := aboutStart(doc); len(ids) > 0 || len(doc.Windows) != 1 {
				t.Errorf("%d Windows, findings %v:\n%s", len(doc.Windows), ids, doc.ids())
			}
			for i, d := range disks {
				untouched(t, d, before[i], "repair")
			}
			if r := bootmend(t, append([]string{"part", "check"}, disks...)...); r.Code != command.ExitOK {
				t.Errorf("part check: %v", r)
			}
		})
	}
}
