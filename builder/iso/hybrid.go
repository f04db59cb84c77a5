package iso

import (
	"encoding/binary"
	"fmt"
)

// Layout of the MBR that isohdpfx.bin (of the isolinux package) expects.
const (
	mbrCodeMax    = 432 // length of isohdpfx.bin
	mbrLoaderLBA  = 432 // uint64: isolinux.bin in 512-byte sectors
	mbrDiskID     = 440 // uint32
	mbrEntries    = 446 // 4 entries of 16 bytes
	mbrEntrySize  = 16
	mbrSignature  = 510
	sectorSize    = 512
	isoSectorSize = 2048

	// Geometry that isohybrid assumes: a cylinder is then 1 MiB, and the image
	// is padded to whole ones because some BIOSes compute from it.
	heads, sectorsPerTrack = 64, 32
	cylinderSize           = heads * sectorsPerTrack * sectorSize

	typeESP = 0xEF
)

// hybrid is what the MBR of a hybrid image says. Lengths are in 512-byte
// sectors.
type hybrid struct {
	code     []byte // isohdpfx.bin
	loader   uint64 // first sector of isolinux.bin
	diskID   uint32
	size     uint32 // of the whole image
	espStart uint32
	espSize  uint32
}

// mbr returns the 512 bytes of the MBR. Entry 1 is active, covers the whole
// image and has type 0, "empty", so that nobody mounts it; entry 2 is the ESP.
func (h hybrid) mbr() ([]byte, error) {
	if len(h.code) == 0 || len(h.code) > mbrCodeMax {
		return nil, fmt.Errorf("isohybrid: MBR code of %d bytes; want 1 … %d", len(h.code), mbrCodeMax)
	}
	b := make([]byte, sectorSize)
	copy(b, h.code)
	binary.LittleEndian.PutUint64(b[mbrLoaderLBA:], h.loader)
	binary.LittleEndian.PutUint32(b[mbrDiskID:], h.diskID)
	putEntry(b[mbrEntries:], 0x80, 0x00, 0, h.size)
	putEntry(b[mbrEntries+mbrEntrySize:], 0x00, typeESP, h.espStart, h.espSize)
	b[mbrSignature], b[mbrSignature+1] = 0x55, 0xAA
	return b, nil
}

func putEntry(b []byte, active, kind byte, start, size uint32) {
	b[0] = active
	putCHS(b[1:4], start)
	b[4] = kind
	putCHS(b[5:8], start+size-1)
	binary.LittleEndian.PutUint32(b[8:], start)
	binary.LittleEndian.PutUint32(b[12:], size)
}

// putCHS writes an address as head, sector with the cylinder's bits 8–9 above
// it, cylinder; the highest possible one if it lies beyond 1,024 cylinders.
func putCHS(b []byte, lba uint32) {
	cylinder := lba / (heads * sectorsPerTrack)
	head := lba / sectorsPerTrack % heads
	sector := lba%sectorsPerTrack + 1
	if cylinder > 1023 {
		cylinder, head, sector = 1023, heads-1, sectorsPerTrack
	}
	b[0], b[1], b[2] = byte(head), byte(sector|cylinder>>8<<6), byte(cylinder)
}
