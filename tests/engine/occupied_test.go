package engine

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

// occupant is what something else than Windows leaves in a partition: at is an
// offset from its start, from its end where it is negative.
type occupant struct {
	name  string
	at    int64
	magic string
}

// occupants: the offsets are those of libblkid's probes. The partition of the guest
// is a multiple of 64 KiB long, so that the places from the end are as written.
var occupants = []occupant{
	{"Linux RAID 1.1", 0, "\xFC\x4E\x2B\xA9"},
	{"Linux RAID 1.2", 0x1000, "\xFC\x4E\x2B\xA9"},
	{"Linux RAID 1.0", -16 * 512, "\xFC\x4E\x2B\xA9"},
	{"Linux RAID 0.90", -0x10000, "\xFC\x4E\x2B\xA9"},
	{"LVM in sector 0", 0, "LABELONE"},
	{"LVM in sector 1", 0x200, "LABELONE"},
	{"LVM in sector 2", 0x400, "LABELONE"},
	{"LVM in sector 3", 0x600, "LABELONE"},
	{"btrfs", 0x10040, "_BHRfS_M"},
	{"ext4", 0x438, "\x53\xEF"},
	{"XFS", 0, "XFSB"},
	{"LUKS", 0, "LUKS\xBA\xBE"},
	{"swap", 0xFF6, "SWAPSPACE2"},
}

// TestOccupiedPartition: where something of Linux took the place of an NTFS whose
// $MFT and copy of the boot sector are all there, the NTFS does not come back, and
// nobody is told that it is damaged. Without the signature it would come back.
func TestOccupiedPartition(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	number, _ := g.SystemHive()
	p := g.Partition(number)
	if p.Size%0x10000 != 0 {
		t.Fatalf("partition of %d bytes", p.Size)
	}
	image := g.Build(t)
	start, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	boot := strings.Clone(string(start[p.Start : p.Start+512]))
	mftAt := p.Start + int64(binary.LittleEndian.Uint64([]byte(boot)[0x30:]))*int64(boot[0x0D])*512
	for name, first := range map[string]string{"empty": strings.Repeat("\x00", 512), "left": boot} {
		for _, o := range append(occupants, occupant{name: "none"}) {
			t.Run(name+"/"+o.name, func(t *testing.T) {
				patch(t, image, p.Start, []byte(first))
				at := p.Start + o.at
				if o.at < 0 {
					at += p.Size
				}
				patch(t, image, at, []byte(o.magic))
				if name == "left" {
					patch(t, image, mftAt, make([]byte, 4)) // written over by the new owner
				}
				defer func() {
					patch(t, image, at, start[at:at+int64(len(o.magic))])
					patch(t, image, p.Start, []byte(boot))
					patch(t, image, mftAt, start[mftAt:mftAt+4])
				}()
				if o.magic == "" {
					d := decode(t, bootmend(t, "plan", "--json", "--machine", g.Broken[0].Machine, image))
					if f := d.find("ntfs-damaged"); len(f) != 1 || !f[0].Fixable {
						t.Errorf("nothing took its place: want ntfs-damaged, which can be mended:\n%s", d.ids())
					}
					return
				}
				if name == "left" && o.name == "btrfs" {
					return // an NTFS made over btrfs keeps its signature: not told apart
				}
				before := hash(t, image)
				d := decode(t, bootmend(t, "repair", "--yes", "--json", "--rounds=3", "--machine", g.Broken[0].Machine, image))
				if f := d.find("ntfs-damaged"); len(f) > 0 {
					t.Errorf("%+v", f[0])
				}
				bootmend(t, "repair", "--yes", "--only", "ntfs-damaged", "--machine", g.Broken[0].Machine, image)
				untouched(t, image, before, "repair")
			})
		}
	}
	t.Logf("%d occupants", len(occupants))
}

// TestOnceNTFS: where only the copy of the boot sector is left, the partition may be
// somebody else's.
func TestOnceNTFS(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	number, _ := g.SystemHive()
	p := g.Partition(number)
	image := g.Build(t)
	patch(t, image, p.Start, make([]byte, p.Size-512))
	before := hash(t, image)
	d := decode(t, bootmend(t, "repair", "--yes", "--json", "--machine", g.Broken[0].Machine, image))
	f := d.find("ntfs-damaged")
	if len(f) != 1 || f[0].Severity != "warning" || f[0].Confidence != "low" || f[0].Fixable || !strings.Contains(f[0].Summary, "was NTFS once") {
		t.Errorf("%+v\n%s", f, d.ids())
	}
	untouched(t, image, before, "repair")
}
