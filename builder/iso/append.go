package iso

import (
	"fmt"
	"os"
)

// TypeFAT32 is the partition type of FAT32 with LBA.
const TypeFAT32 = 0x0C

// AppendPartition adds a partition of size bytes behind the hybrid image, in the
// third entry of the MBR. content is told how many sectors precede it.
func AppendPartition(name string, kind byte, size int64, content func(hidden uint32) ([]byte, error)) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	mbr := make([]byte, sectorSize)
	if _, err := f.ReadAt(mbr, 0); err != nil {
		return err
	}
	entry := mbr[mbrEntries+2*mbrEntrySize:][:mbrEntrySize]
	start := (info.Size() + cylinderSize - 1) / cylinderSize * cylinderSize
	if entry[4] != 0 || mbr[mbrSignature] != 0x55 || (start+size)/sectorSize > 1<<32-1 {
		return fmt.Errorf("%s: no hybrid image, or its third partition is there", name)
	}
	b, err := content(uint32(start / sectorSize))
	if err != nil {
		return err
	}
	putEntry(entry, 0, kind, uint32(start/sectorSize), uint32(size/sectorSize))
	if err := f.Truncate(start + size); err != nil {
		return err
	}
	for _, w := range []struct {
		b   []byte
		off int64
	}{{b, start}, {mbr, 0}} {
		if _, err := f.WriteAt(w.b, w.off); err != nil {
			return err
		}
	}
	return f.Close()
}
