package bitlockertest

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestStartsNothingUnlocked: boot code reads sectors as they lie on the disk. The boot
// files do not go into an encrypted volume, also where it is unlocked, with a key or
// because its protection is suspended.
func TestStartsNothingUnlocked(t *testing.T) {
	const text = `disk size=420M table=mbr signature=5ac9e1d7
partition 1 type=07 start=2048 size=100M active fs=ntfs label=System
tree nt6-bios arch=x64 version=6.1.7601.17514
partition 2 type=07 start=206848 size=300M fs=ntfs label=Windows
tree nt6-windows arch=x64 version=6.1.7601.17514
tree nt60-ahci arch=x64 version=6.1.7601.17514
hive \Windows\System32\config\SYSTEM nt6-system HKEY_LOCAL_MACHINE\SYSTEM 1.5
mounted C
hive \Windows\System32\config\SOFTWARE win7-software HKEY_LOCAL_MACHINE\SOFTWARE 1.5
`
	for name, how := range map[string]func(image string, off, size int64) error{"key": Encrypt, "suspended": Suspended} {
		t.Run(name, func(t *testing.T) {
			g, err := guests.Parse("seven-"+name, text)
			if err != nil {
				t.Fatal(err)
			}
			image := g.Build(t)
			p := g.Partition(2)
			size := p.Size + Tail
			f, err := os.OpenFile(image, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			const slot2Sectors = 0x1BE + 16 + 12
			if _, err := f.WriteAt(binary.LittleEndian.AppendUint32(nil, uint32(size/sector)), slot2Sectors); err != nil {
				t.Fatal(err)
			}
			f.Close()
			if err := how(image, p.Start, size); err != nil {
				t.Fatal(err)
			}
			before := image + ".before"
			if err := sparse.CopyFile(before, image); err != nil {
				t.Fatal(err)
			}
			r := bootmend.Run(t, "repair", "--yes", "--action", "consolidate-system-partition", "--bitlocker-key", Password, image)
			if r.Code != command.ExitPerson || !strings.Contains(strings.Join(strings.Fields(r.Stdout+r.Stderr), " "), "manage-bde -off") {
				t.Errorf("want exit %d and a refusal: %v", command.ExitPerson, r)
			}
			same(t, image, before, "consolidate-system-partition")
		})
	}
}
