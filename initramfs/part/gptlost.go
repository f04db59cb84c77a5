package part

import (
	"bytes"
	"encoding/binary"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Offsets in boot sectors: how large the volume is. Source: the BPB of FAT and NTFS.
const (
	offFATSectors16   = 0x13
	offFATSectors32   = 0x20
	offNTFSSectors    = 0x28
	offBytesPerSector = 0x0B
)

// proved reports whether one copy of the GPT was written over besides the MBR, and the
// other is still what is true: the MBR names no partition, so nobody divided the disk
// anew, and each partition of that copy that has to hold a file system of Windows
// holds one that fits into it.
func (e *GPTEditor) proved() bool {
	sound := e.backup
	if e.primary.err == nil {
		sound = e.primary
	}
	if (e.primary.err == nil) == (e.backup.err == nil) || len(sound.entries) == 0 || e.Foreign() != "" {
		return false
	}
	for _, s := range slots(e.sector[:], 0) {
		if s.typ() != 0 && s.typ() != TypeProtective {
			return false
		}
	}
	volumes, all := 0, true
	sound.used(func(_ int, entry []byte) {
		typ := entry[:guidSize]
		if !isGUID(typ, GUIDBasicData) && !isGUID(typ, GUIDESP) {
			return
		}
		volumes++
		first, last := binary.LittleEndian.Uint64(entry[offEntryFirst:]), binary.LittleEndian.Uint64(entry[offEntryLast:])
		all = all && first <= last && holdsVolume(e.dev, first, last-first+1)
	})
	return volumes > 0 && all
}

// isGUID compares the 16 bytes of an entry with a GUID as text.
func isGUID(b []byte, text string) bool {
	want, err := guidBytes(text)
	return err == nil && bytes.Equal(b, want)
}

// holdsVolume reports whether a file system begins at that LBA that has as many
// sectors or fewer. What BitLocker encrypted says nothing of its size.
func holdsVolume(dev block.Device, lba, sectors uint64) bool {
	ss := uint64(dev.SectorSize())
	b := make([]byte, mbrSize)
	if lba > uint64(dev.Size())/ss {
		return false
	}
	if n, _ := dev.ReadAt(b, int64(lba*ss)); n < mbrSize || !isVolume(b) || binary.LittleEndian.Uint16(b[offBootMagic:]) != bootMagic {
		return false
	}
	switch string(b[3:11]) {
	case "-FVE-FS-":
		return false
	case "NTFS    ":
		n := binary.LittleEndian.Uint64(b[offNTFSSectors:])
		return n > 0 && n <= sectors
	}
	n := uint64(binary.LittleEndian.Uint16(b[offFATSectors16:]))
	if n == 0 {
		n = uint64(binary.LittleEndian.Uint32(b[offFATSectors32:]))
	}
	return n > 0 && n <= sectors && uint64(binary.LittleEndian.Uint16(b[offBytesPerSector:])) == ss
}
