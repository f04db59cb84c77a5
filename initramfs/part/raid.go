package part

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// mark is what tells at a fixed place what a disk is used for as a whole.
type mark struct {
	off         int64
	magic, name string
}

const linuxRAID = "\xFC\x4E\x2B\xA9"

// raidMarks are those of arrays. Source: the offsets of libblkid's probes.
func raidMarks(size int64) []mark {
	const linux = "a member of a Linux RAID"
	return []mark{
		{0, linuxRAID, linux},                          // 1.1
		{0x1000, linuxRAID, linux},                     // 1.2
		{(size/512 - 16) &^ 7 * 512, linuxRAID, linux}, // 1.0
		{size&^0xFFFF - 0x10000, linuxRAID, linux},     // 0.90
		{size - 2*512, "Intel Raid ISM Cfg Sig. ", "a member of a RAID of Intel's firmware"},
		{size - 512, "\xDE\x11\xDE\x11", "a member of a RAID of a controller (DDF)"},
	}
}

// RAID names the array that a disk says to be a member of, and the byte at which it
// says so; "" for none. The disk may have left the array long ago.
func RAID(dev block.Device) (name string, off int64, err error) {
	return find(dev, raidMarks(dev.Size()))
}

// find is the first of the marks that is there.
func find(dev block.Device, marks []mark) (string, int64, error) {
	var first error
	for _, m := range marks {
		if m.off < 0 || m.off+int64(len(m.magic)) > dev.Size() {
			continue
		}
		b := make([]byte, len(m.magic))
		if n, err := dev.ReadAt(b, m.off); n < len(b) && first == nil {
			first = fmt.Errorf("at %#x: %w", m.off, err)
		} else if n == len(b) && string(b) == m.magic {
			return m.name, m.off, nil
		}
	}
	return "", 0, first
}
