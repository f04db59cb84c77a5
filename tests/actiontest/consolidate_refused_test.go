package actiontest

import (
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// put writes bytes of the disk.
func (p patient) put(t *testing.T, off int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(p.image, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, off); err != nil {
		t.Fatal(err)
	}
}

// inNTFS runs a script in a partition.
func (p patient) inNTFS(t *testing.T, number int, script string) {
	t.Helper()
	part := p.guest.Partition(number)
	volume := oracle.Volume(t, p.image, part)
	defer os.Remove(volume)
	if err := guests.WithNTFS(volume, script); err != nil {
		t.Fatal(err)
	}
	if err := sparse.Replace(p.image, part.Start, volume); err != nil {
		t.Fatal(err)
	}
}

// clearCode takes the boot code out of an NTFS partition and out of the copy of its
// boot sector.
func (p patient) clearCode(t *testing.T, number int) {
	t.Helper()
	part := p.guest.Partition(number)
	for _, off := range []int64{part.Start, part.Start + part.Size - guests.SectorSize} {
		p.put(t, off+0x54, make([]byte, 0x1FE-0x54))
	}
	p.put(t, part.Start+512, make([]byte, 0x1C00))
}

// parsed is a guest of another description.
func parsed(t *testing.T, name, text string) *guests.Guest {
	t.Helper()
	g, err := guests.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

const seven = `
tree nt6-windows arch=x64 version=6.1.7601.17514
tree nt60-ahci arch=x64 version=6.1.7601.17514
hive \Windows\System32\config\SYSTEM nt6-system HKEY_LOCAL_MACHINE\SYSTEM 1.5
mounted C
hive \Windows\System32\config\SOFTWARE win7-software HKEY_LOCAL_MACHINE\SOFTWARE 1.5
`

// TestConsolidateRefused: what cannot be done is refused with what to do instead, and nothing
// is written.
func TestConsolidateRefused(t *testing.T) {
	tool.Need(t, "setfattr")
	const system = "partition 1 type=07 start=2048 size=100M active fs=ntfs label=System\ntree nt6-bios arch=x64 version=6.1.7601.17514\n"
	logical := "disk size=2G table=mbr signature=5ac9e1d0\n" + system +
		"partition 2 type=0f start=206848 size=1700M\npartition 5 type=07 start=208896 size=1600M fs=ntfs label=Windows" + seven
	narrow := "disk size=512M table=mbr signature=5ac9e1d1\n" + system + "partition 2 type=07 start=206848 size=16M fs=ntfs label=Windows" + seven
	encrypted := "disk size=2G table=mbr signature=5ac9e1d2\n" + system + "partition 2 type=07 start=206848 size=1500M fs=ntfs label=Windows" + seven +
		"partition 3 type=07 start=3280896 size=100M\n"
	for _, tt := range []struct {
		name, guest, text string
		damage            func(t *testing.T, p patient)
		more              []string
		says              string
	}{
		{name: "gpt", guest: "win10-x64", says: "UEFI starts from a FAT partition only"},
		{name: "logical", text: logical, says: "starts from primary partitions only"},
		{name: "narrow", text: narrow, says: "make room there first"},
		{name: "bitlocker", text: encrypted, says: "manage-bde -off", damage: func(t *testing.T, p patient) {
			p.put(t, p.guest.Partition(3).Start, []byte("\xEB\x58\x90-FVE-FS-"))
		}},
		{name: "compressed", guest: "win7-x64", says: "compact /u", damage: func(t *testing.T, p patient) {
			p.inNTFS(t, 2, "setfattr -n system.ntfs_attrib_be -v 0x00000810 .")
		}},
		{name: "no code", guest: "win2003-system-c", says: "boot code that does is not to be had", damage: func(t *testing.T, p patient) { p.clearCode(t, 2) }},
		{name: "grub", guest: "win7-x64", says: "GRUB", damage: func(t *testing.T, p patient) {
			p.put(t, 0, []byte("\xEB\x63\x90"))
			p.put(t, 0x180, []byte("GRUB \x00Geom\x00Hard Disk\x00Read\x00 Error\r\n"))
		}},
		{name: "several", guest: "dual-boot", says: "--windows"},
		{name: "no loader", guest: "win7-x64", says: "run bootmend repair first", damage: func(t *testing.T, p patient) { p.inNTFS(t, 1, "rm bootmgr") }},
		{name: "no store", guest: "win7-x64", says: "run bootmend repair first", damage: func(t *testing.T, p patient) { p.inNTFS(t, 1, "rm Boot/BCD") }},
		{name: "unreadable", guest: "win7-x64", says: "run bootmend repair", damage: func(t *testing.T, p patient) {
			p.put(t, p.guest.Partition(1).Start, []byte(strings.Repeat("lost", 2048)))
		}},
		{name: "hidden", guest: "win7-x64", says: "is hidden", damage: func(t *testing.T, p patient) { p.put(t, 0x1BE+16+4, []byte{0x17}) }},
		{name: "folder", guest: "win7-x64", says: "rename it first", damage: func(t *testing.T, p patient) { p.inNTFS(t, 2, "mkdir bootmgr") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := (*guests.Guest)(nil)
			if tt.guest != "" {
				g = guests.MustLoad(t, tt.guest)
			} else {
				g = parsed(t, tt.name, tt.text)
			}
			p := patient{g, g.Build(t)}
			if tt.damage != nil {
				tt.damage(t, p)
			}
			before := p.hash(t)
			r := built.Run(t, "repair", "--yes", "--action", consolidate, p.image)
			if r.Code != command.ExitPerson || !strings.Contains(strings.Join(strings.Fields(r.Stdout+r.Stderr), " "), tt.says) {
				t.Errorf("want exit %d and %q: %v", command.ExitPerson, tt.says, r)
			}
			if p.hash(t) != before {
				t.Error("it was written")
			}
		})
	}
}

// TestConsolidateFromAnotherDisk: a Windows that another disk starts is refused.
func TestConsolidateFromAnotherDisk(t *testing.T) {
	t.Parallel()
	starts := parsed(t, "starts", "disk size=200M table=mbr signature=5ac9e1d3\npartition 1 type=07 start=2048 size=100M active fs=ntfs label=System\ntree nt6-bios arch=x64 version=6.1.7601.17514\n")
	windows := parsed(t, "windows", "disk size=2G table=mbr signature=5ac9e1d4\npartition 1 type=07 start=2048 size=1800M fs=ntfs label=Windows"+seven)
	a, b := patient{starts, starts.Build(t)}, patient{windows, windows.Build(t)}
	before := a.hash(t) + b.hash(t)
	r := built.Run(t, "repair", "--yes", "--action", consolidate, a.image, b.image)
	if r.Code != command.ExitPerson || !strings.Contains(strings.Join(strings.Fields(r.Stdout+r.Stderr), " "), "started from another disk") {
		t.Errorf("%v", r)
	}
	if a.hash(t)+b.hash(t) != before {
		t.Error("it was written")
	}
}
