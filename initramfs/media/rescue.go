package media

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"

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
	gptName       = 56
	gptEntryCount = 128
	descriptor    = 16 * 2048
	volumeName    = 40
)

// ImagePartition is the name that the image's partition has in the GPT of a stick.
const ImagePartition = "rescue image"

// IsRescue recognises a disk that holds the rescue image: by the volume descriptor, which
// alone may be left over from a time when the disk held the image, and by its partition
// table. That is the MBR of a hybrid image, whose first entry is active, of type 0 and
// starts at LBA 0, as no partition of a hard disk does; or a GPT with an entry for the
// image that starts at the descriptor. Who makes a new table writes over the first entry,
// or over the GPT; tools that mend the GPT clear what else the MBR has.
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
	first, sectors := binary.LittleEndian.Uint32(table[8:]), binary.LittleEndian.Uint32(table[12:])
	for i := range 4 {
		if table[i*mbrEntrySize+4] == part.TypeProtective {
			return i == 0 && listsImage(dev)
		}
	}
	return table[0] == 0x80 && table[4] == 0 && first == 0 && sectors != 0
}

// listsImage reports whether the GPT has an entry of the image's name that starts at the
// descriptor.
func listsImage(dev io.ReaderAt) bool {
	b := make([]byte, gptEntries+gptEntryCount*gptEntrySize)
	if n, _ := dev.ReadAt(b, 0); n < len(b) || string(b[512:520]) != "EFI PART" {
		return false
	}
	name := make([]byte, gptEntrySize-gptName)
	for i, c := range utf16.Encode([]rune(ImagePartition)) {
		binary.LittleEndian.PutUint16(name[2*i:], c)
	}
	for b = b[gptEntries:]; len(b) > 0; b = b[gptEntrySize:] {
		if binary.LittleEndian.Uint64(b[32:]) == descriptor/512 && bytes.Equal(b[gptName:gptEntrySize], name) {
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
