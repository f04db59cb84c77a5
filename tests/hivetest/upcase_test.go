package hivetest

import (
	"encoding/binary"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestUpperCase compares names of one character with the table that Windows
// put on a volume it formatted.
func TestUpperCase(t *testing.T) {
	tool.Need(t, "ntfscat")
	volume := realdata.File(t, "disks/win-ntfs-8MiB-volume.raw.xz")
	table, err := perl.Run("ntfscat", "-i", "10", volume)
	if err != nil || len(table) != 2<<16 {
		t.Fatalf("$UpCase has %d bytes, %v", len(table), err)
	}
	pairs := 0
	for r := rune(1); r < 0x10000; r++ {
		if 0xd800 <= r && r < 0xe000 {
			continue
		}
		u := rune(binary.LittleEndian.Uint16(table[2*r:]))
		if u != r {
			pairs++
		}
		if !regf.EqualFold(string(r), string(u)) {
			t.Errorf("%U and %U differ, the table makes them equal", r, u)
		}
		// The table's images are fixed points: nothing else may meet one.
		if next := rune(binary.LittleEndian.Uint16(table[2*u:])); next != u {
			t.Errorf("%U: image %U is no fixed point", r, u)
		}
	}
	for r := rune(1); r < 0x10000; r++ {
		if 0xd800 <= r && r < 0xe000 {
			continue
		}
		if up := regf.Upper(r); up != rune(binary.LittleEndian.Uint16(table[2*r:])) {
			t.Errorf("%U: upper case %U, the table has %#x", r, up, table[2*r:2*r+2])
		}
	}
	t.Logf("%d characters have an upper case", pairs)
}
