package fat

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// FormatOptions is what a new FAT32 volume gets.
type FormatOptions struct {
	Size    int64  // of the volume, bytes
	Hidden  uint32 // sectors of the disk before it
	Heads   uint16
	Sectors uint16 // per track
	Serial  uint32
	Label   string // up to 11 characters of ASCII, in capitals
}

// Area is what a part of a new volume consists of.
type Area struct {
	What string
	Off  int64 // bytes from the start of the volume
	Data []byte
}

// What a new volume is made of. Source: Microsoft's FAT specification, sections 3.1 to 3.5 and
// the table for FAT32; set-up of Windows leaves 32 reserved sectors and more.
const (
	formatSector   = 512
	formatReserved = 32
	formatBackup   = 6
	formatFATs     = 2
	formatRoot     = 2        // first cluster of the root directory
	maxFormat      = 32 << 30 // more no Windows formats as FAT32
)

// Format32 lays out an empty FAT32 volume with sectors of 512 bytes: everything that
// reading depends on, zeros included. What is behind the root directory may stay as it is.
// Errors wrap fs.ErrUnsupported: too small or too large for FAT32.
func Format32(o FormatOptions) ([]Area, error) {
	total := o.Size / formatSector
	per := sectorsPerCluster(total)
	// As the specification computes it, which is a few sectors more than are needed.
	perFAT := (total - formatReserved + (256*per+formatFATs)/2 - 1) / ((256*per + formatFATs) / 2)
	clusters := (total - formatReserved - formatFATs*perFAT) / per
	if o.Size > maxFormat || clusters < minFAT32 {
		return nil, fmt.Errorf("%d bytes are too few or too many for FAT32: %w", o.Size, fs.ErrUnsupported)
	}
	boot := formatBoot(o, uint32(total), byte(per), uint32(perFAT))
	info := formatInfo(uint32(clusters - 1))
	reserved := make([]byte, formatReserved*formatSector)
	for _, at := range []int{0, formatBackup} {
		copy(reserved[at*formatSector:], boot)
		copy(reserved[(at+1)*formatSector:], info)
		copy(reserved[(at+3)*formatSector-2:], "\x55\xAA")
	}
	table := make([]byte, perFAT*formatSector)
	for i, entry := range []uint32{0x0FFFFFF8, 0x0FFFFFFF, 0x0FFFFFFF} { // media, clean and without errors, end of the root
		le.PutUint32(table[4*i:], entry)
	}
	root := make([]byte, per*formatSector)
	copy(root, formatLabel(o.Label))
	root[11] = 0x08 // an entry that is the label
	const first = formatReserved * formatSector
	return []Area{
		{"boot sector and reserved sectors of a new FAT32", 0, reserved},
		{"table of a new FAT32", first, table},
		{"second table of a new FAT32", first + int64(len(table)), table},
		{"root directory of a new FAT32", first + formatFATs*int64(len(table)), root},
	}, nil
}

func sectorsPerCluster(total int64) int64 {
	for _, row := range []struct{ sectors, per int64 }{{532480, 1}, {16777216, 8}, {33554432, 16}} {
		if total <= row.sectors {
			return row.per
		}
	}
	return 32
}

func formatLabel(label string) []byte {
	b := []byte("           ")
	copy(b, label)
	return b
}

// formatBoot is the boot sector. Its code only stops: nothing is started from here
// by a BIOS.
func formatBoot(o FormatOptions, total uint32, per byte, perFAT uint32) []byte {
	b := make([]byte, formatSector)
	copy(b, "\xEB\x58\x90MSDOS5.0")
	le.PutUint16(b[11:], formatSector)
	b[13] = per
	le.PutUint16(b[14:], formatReserved)
	b[16] = formatFATs
	b[21] = 0xF8 // a hard disk
	le.PutUint16(b[24:], o.Sectors)
	le.PutUint16(b[26:], o.Heads)
	le.PutUint32(b[28:], o.Hidden)
	le.PutUint32(b[32:], total)
	le.PutUint32(b[36:], perFAT)
	le.PutUint32(b[44:], formatRoot)
	le.PutUint16(b[48:], 1) // FSInfo
	le.PutUint16(b[50:], formatBackup)
	b[64] = 0x80 // drive
	b[66] = 0x29 // serial, label and name follow
	le.PutUint32(b[67:], o.Serial)
	copy(b[71:], formatLabel(o.Label))
	copy(b[82:], "FAT32   ")
	copy(b[90:], "\xFA\xF4\xEB\xFD") // cli; hlt; jmp hlt
	copy(b[510:], "\x55\xAA")
	return b
}

func formatInfo(free uint32) []byte {
	b := make([]byte, formatSector)
	copy(b, "RRaA")
	copy(b[484:], "rrAa")
	le.PutUint32(b[488:], free)
	le.PutUint32(b[492:], formatRoot+1)
	copy(b[510:], "\x55\xAA")
	return b
}
