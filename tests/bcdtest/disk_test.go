package bcdtest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/winver"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"

	"github.com/bootmend/bootmend/tests/command"
)

// onDisk reads the store of a system partition by foreign tools, which judge the
// volume as well.
func onDisk(t *testing.T, image string, p *guests.Partition, path string) []string {
	t.Helper()
	volume := oracle.Volume(t, image, p)
	defer os.Remove(volume)
	file, structure := oracle.NTFSFile, oracle.NTFSStructure
	if p.FS == "vfat" {
		file, structure = oracle.FATFile, oracle.FATStructure
	}
	if err := structure(volume); err != nil {
		t.Error(err)
	}
	data, err := file(volume, path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestStoreOnDisk puts a new store onto the disk of a guest, finds it by its Windows,
// changes it in a transaction and takes the change back, by MBR and NTFS and by GPT
// and FAT, with journals on the disk and beside the image.
func TestStoreOnDisk(t *testing.T) {
	for _, tt := range []struct {
		guest, path, home string
		system, os        int // partitions
	}{
		{"win7-x64", `\Boot\BCD`, "--journal-on-disk=false", 1, 2},
		{"win7-x64", `\Boot\BCD`, "--journal-on-disk", 1, 2},
		{"win10-x64", `\EFI\Microsoft\Boot\BCD`, "--journal-on-disk", 1, 3},
	} {
		t.Run(tt.guest+tt.home, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, tt.guest)
			image := g.Build(t)
			p := g.Partition(tt.system)
			want(t, command.ExitOK, "Windows Boot Manager", "ls", fmt.Sprintf("%s:%d:", image, tt.system))

			b, err := bcd.Build(storeFor(t, g, tt.system, tt.os))
			if err != nil {
				t.Fatal(err)
			}
			place := fmt.Sprintf("%s:%d:%s", image, tt.system, tt.path)
			if r := bootmend(t, "fs", "put", "--yes", tt.home, oracle.HiveFile(t, b.Hive), place); r.Code != command.ExitOK {
				t.Fatal(r)
			}
			before := onDisk(t, image, p, tt.path)
			var d objects
			document(t, command.ExitOK, &d, "ls", "--disk", image, "w1:", "default")
			if len(d.Objects) != 1 || d.Objects[0].ID != b.Loader.String() {
				t.Fatalf("%+v", d)
			}
			var undo []string // the newest first
			change := func(args ...string) {
				t.Helper()
				var d objects
				document(t, command.ExitOK, &d, append(args, "--yes", tt.home)...)
				id, ok := strings.CutPrefix(d.Change.Backup, "bootmend undo ")
				if !d.Change.Written || !ok {
					t.Fatalf("%v: %+v", args, d.Change)
				}
				undo = append([]string{id}, undo...)
			}
			change("set", "--disk", image, "w1:", "default", "safeboot", "Minimal")
			gone, added := oracle.RegChanges(before, onDisk(t, image, p, tt.path))
			if len(gone) != 0 || len(added) != 2 || !strings.Contains(added[1], `\25000080\"Element"=hex(3):00,00`) {
				t.Errorf("gone %.300q, added %.300q", gone, added)
			}
			change("rm", place, "{memdiag}")
			want(t, command.ExitOK, "nothing to change", "set", "--yes", tt.home, place, "default", "safeboot", "Minimal")
			for _, id := range undo {
				if r := bootmend(t, "undo", "--yes", tt.home, id, image); r.Code != command.ExitOK {
					t.Fatal(r)
				}
			}
			if gone, added := oracle.RegChanges(before, onDisk(t, image, p, tt.path)); len(gone)+len(added) > 0 {
				t.Errorf("taken back: gone %.300q, added %.300q", gone, added)
			}
			want(t, command.ExitError, "no Windows w7", "ls", "--disk", image, "w7:")
			want(t, command.ExitError, "neither", "ls", fmt.Sprintf("%s:%d:", image, tt.os))
		})
	}
}

// storeFor are the options of a store for a guest.
func storeFor(t *testing.T, g *guests.Guest, system, os int) bcd.BuildOptions {
	id := func(n int) bcd.Identity {
		p := g.Partition(n)
		if p.GUID != "" {
			return bcd.GPTIdentity(guid(p.GUID), guid("6f1c2a10-93b4-4d07-8e55-c0de00000000"))
		}
		return bcd.MBRIdentity(0x5ac9e1b2, uint64(p.Start))
	}
	o := bcd.BuildOptions{Firmware: bcd.BIOS, Version: winver.Version{Major: 6, Minor: 1, Build: 7601}, System: id(system), OS: id(os)}
	if g.Partition(os).GUID != "" {
		o.Firmware, o.Version = bcd.UEFI, winver.Version{Major: 10, Build: 16299}
	}
	return o
}
