package engine

import (
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestFirstSectorsLost: MBR and primary GPT were written over together. The first
// repair lets the GPT be seen, the second mends it; where file systems do not prove
// the backup nothing is written.
func TestFirstSectorsLost(t *testing.T) {
	g := guests.MustLoad(t, "win10-x64")
	windows, _ := g.SystemHive()
	boot := g.Partition(windows).Start
	for name, tt := range map[string]struct {
		off     int64
		data    string
		refused bool
	}{
		"proved":                    {off: 0, data: "\x00"},
		"with an MBR of no table":   {off: 0x1FE, data: "\x55\xAA"},
		"no file system":            {off: boot, data: "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", refused: true},
		"a larger file system":      {off: boot + 0x2B, data: "\x01", refused: true},
		"an ESP of another size":    {off: g.Parts[0].Start + 0x22, data: "\xFF", refused: true},
		"a boot sector cut off":     {off: boot + 0x1FE, data: "\x00\x00", refused: true},
		"encrypted by BitLocker":    {off: boot + 3, data: "-FVE-FS-", refused: true},
		"sectors of another volume": {off: g.Parts[0].Start + 0x0B, data: "\x00\x10", refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := g.Build(t)
			patch(t, image, 0, make([]byte, 34*512))
			patch(t, image, tt.off, []byte(tt.data))
			before := hash(t, image)
			args := []string{"repair", "--yes", "--journal-on-disk", "--machine", "qemu-pc", image}
			if tt.refused {
				want(t, command.ExitPerson, args...)
				untouched(t, image, before, "a repair that refuses")
				return
			}
			want(t, command.ExitRepairable, args...)
			want(t, command.ExitOK, args...)
			judged(t, image, g)
			if after := want(t, command.ExitOK, "scan", "--machine", "qemu-pc", image); len(after.Findings) > 0 {
				t.Errorf("after the repair:\n%s", after.ids())
			}
		})
	}
}

// TestMemberOfARAID: mdadm makes a member of a disk that had a GPT without taking away the
// protective MBR and the backup. Its superblock lies among the entries of the primary,
// and what the backup says is no longer true: nothing is written, neither there nor into
// the old partitions.
func TestMemberOfARAID(t *testing.T) {
	g := guests.MustLoad(t, "win10-x64")
	machine := g.Broken[0].Machine // a driver is missing, too
	for name, mbr := range map[string]bool{"protective MBR": true, "no MBR": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := g.Build(t)
			patch(t, image, 0x1000, []byte("\xFC\x4E\x2B\xA9\x01\x00\x00\x00"))
			if !mbr {
				patch(t, image, 0x1BE, make([]byte, 66))
			}
			before := hash(t, image)
			doc := want(t, command.ExitPerson, "repair", "--yes", "--machine", machine, image)
			untouched(t, image, before, "repair of a member of a RAID")
			if found := doc.find("gpt-primary-damaged"); mbr && (len(found) != 1 || found[0].Fixable) {
				t.Errorf("%+v", found)
			}
		})
	}
}

// TestMemberByItsEnd: metadata of version 1.0 lies where the backup GPT would be.
func TestMemberByItsEnd(t *testing.T) {
	t.Parallel()
	g := guests.MustLoad(t, "win10-x64")
	image := g.Build(t)
	patch(t, image, g.Size-8192, []byte("\xFC\x4E\x2B\xA9\x01\x00\x00\x00"))
	before := hash(t, image)
	doc := want(t, command.ExitPerson, "repair", "--yes", "--machine", g.Broken[0].Machine, image)
	untouched(t, image, before, "repair of a member of a RAID")
	if found := doc.find("gpt-backup-damaged"); len(found) != 1 || found[0].Fixable {
		t.Errorf("%+v", found)
	}
}
