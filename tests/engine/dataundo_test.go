package engine

import (
	"slices"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestUndoOnDataDisk: what was on a disk without a Windows is kept on that disk where
// there is no other place, and the disk with the Windows is left alone.
func TestUndoOnDataDisk(t *testing.T) {
	t.Parallel()
	windows, g := guests.MustLoad(t, "win7-x64").Build(t), guests.MustLoad(t, "data-disk")
	data := g.Build(t)
	tool.Must(t, "sfdisk", "--quiet", "--disk-id", data, "0x5ac9e1b2")
	was := hash(t, windows)
	flags := []string{"--yes", "--journal-on-disk", windows, data}
	d := want(t, command.ExitOK, append([]string{"repair", "--machine", "qemu-pc", "--only", "disk-signature-collision"}, flags...)...)
	untouched(t, windows, was, "repair of the data disk")
	if err := oracle.MBR(data); err != nil {
		t.Error(err)
	}
	if now := bytesAt(t, data, 0x1B8, 4); slices.Equal(now, []byte{0xB2, 0xE1, 0xC9, 0x5A}) {
		t.Error("the data disk has the same signature")
	}
	for i := range g.Parts {
		check := oracle.FATStructure
		if g.Parts[i].FS == "ntfs" {
			check = oracle.NTFSStructure
		}
		if err := check(oracle.Volume(t, data, &g.Parts[i])); err != nil {
			t.Errorf("partition %d: %v", g.Parts[i].Number, err)
		}
	}
	want(t, command.ExitOK, append([]string{"undo", d.Result.UndoID}, flags...)...)
	untouched(t, windows, was, "undo")
	if now := bytesAt(t, data, 0x1B8, 4); !slices.Equal(now, []byte{0xB2, 0xE1, 0xC9, 0x5A}) {
		t.Errorf("taken back, the signature is % x", now)
	}
	if left := undoList(t, data); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
