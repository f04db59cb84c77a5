package media

import (
	"encoding/binary"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/part"
)

// Where a rescue medium has what it is known by: the entries of the MBR, those of the
// GPT (UEFI 2.10, 5.3), and the primary volume descriptor of ISO 9660 in sector 16 of
// 2,048 bytes (ECMA-119, 8.4).
const (
	mbrEntries    = 0x1BE
	mbrEntrySize  = 16
	gptEntries    = 2 * 512
	gptEntrySize  = 128
	gptEntryCount = 128
	descriptor    = 16 * 2048
	volumeName    = 40
)

// IsRescue recognises a disk that holds the rescue image: by the volume descriptor, and
// by the MBR of a hybrid image, which has an active entry of type 0 that starts at LBA 0,
// as no partition of a hard disk does. The descriptor alone may be left over from a time
// when the disk held the image. Where there is a GPT, too, it must have an entry from the
// descriptor on, which is the image's: who makes a new GPT may leave the MBR as it is.
func IsRescue(dev io.ReaderAt) bool {
	b := make([]byte, volumeName+len(Label)+1)
	if n, _ := dev.ReadAt(b, descriptor); n < len(b) || b[0] != 1 || string(b[1:6]) != "CD001" {
		return false
	}
	// The standard fills up with spaces, go-diskfs with zeros.
	if strings.TrimRight(string(b[volumeName:]), " \x00") != Label {
		return false
	}
	table := make([]byte, 4*mbrEntrySize)
	if n, _ := dev.ReadAt(table, mbrEntries); n < len(table) {
		return false
	}
	hybrid, protective := false, false
	for ; len(table) > 0; table = table[mbrEntrySize:] {
		first, sectors := binary.LittleEndian.Uint32(table[8:]), binary.LittleEndian.Uint32(table[12:])
		hybrid = hybrid || table[0] == 0x80 && table[4] == 0 && first == 0 && sectors != 0
		protective = protective || table[4] == part.TypeProtective
	}
	return hybrid && (!protective || listsImage(dev))
}

// listsImage reports whether the GPT has an entry that starts at the descriptor.
func listsImage(dev io.ReaderAt) bool {
	b := make([]byte, gptEntryCount*gptEntrySize)
	if n, _ := dev.ReadAt(b, gptEntries); n < len(b) {
		return false
	}
	for ; len(b) > 0; b = b[gptEntrySize:] {
		if binary.LittleEndian.Uint64(b[32:]) == descriptor/512 {
			return true
		}
	}
	return false
}

// OfImage reports whether a partition of a rescue medium belongs to the image: it begins
// with it, is the one for UEFI, or one that Windows takes for nothing of its own. The
// others are for what people put there.
func OfImage(p part.Partition) bool {
	return p.Range.Off == 0 || p.IsESP() || p.TypeGUID != "" && p.TypeGUID != part.GUIDBasicData
}
