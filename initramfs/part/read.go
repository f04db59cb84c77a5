package part

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

const (
	mbrSize         = 512
	offSignature    = 0x1B8
	offEntries      = 0x1BE
	offBootMagic    = 0x1FE
	bootMagic       = 0xAA55
	gptHeaderMagic  = "EFI PART"
	sectorSizeSmall = 512
	sectorSizeLarge = 4096
)

// SectorSize tells the logical sector size that the partition table of an
// image was written for: the GPT header is in LBA 1. Without a GPT it returns
// what the device says. What a former table left behind must not mislead, so
// another size than the device's needs a protective MBR and a valid header.
func SectorSize(dev block.Device) int {
	mbr := make([]byte, mbrSize)
	if n, _ := dev.ReadAt(mbr, 0); n < mbrSize || !isProtective(mbr) || validHeader(dev, int64(dev.SectorSize())) {
		return dev.SectorSize()
	}
	for _, size := range []int{sectorSizeSmall, sectorSizeLarge} {
		if validHeader(dev, int64(size)) {
			return size
		}
	}
	return dev.SectorSize()
}

// Read reads the partition table of a disk. Damage is in the table; the error
// is for a disk whose first sector cannot be read at all.
func Read(dev block.Device) (*Table, error) {
	sector := make([]byte, mbrSize)
	if n, err := dev.ReadAt(sector, 0); n < mbrSize {
		if err == nil || err == io.EOF {
			err = fmt.Errorf("disk of %d bytes: %w", dev.Size(), io.ErrUnexpectedEOF)
		}
		return nil, fmt.Errorf("sector 0: %w", err)
	}
	var t *Table
	switch {
	case holdsGPT(dev, sector):
		t = readGPT(dev)
	case isVolume(sector):
		t = &Table{Scheme: None, Partitions: []Partition{{Range: block.Range{Len: dev.Size()}}}}
	case binary.LittleEndian.Uint16(sector[offBootMagic:]) != bootMagic:
		t = &Table{Scheme: None}
		t.damage(offBootMagic, "boot signature of the MBR", "55 AA", fmt.Sprintf("% X", sector[offBootMagic:]))
	default:
		t = readMBR(dev, sector)
	}
	t.checkEnds(dev)
	t.checkOverlaps()
	return t, nil
}

func (t *Table) damage(off int64, what, expected, actual string) {
	t.damageOf("", off, what, expected, actual)
}

func (t *Table) damageOf(kind DamageKind, off int64, what, expected, actual string) {
	t.Damage = append(t.Damage, Damage{kind, off, what, expected, actual})
}

// checkEnds lists partitions that reach past the end of the disk: the sign of
// a truncated image or of a disk copied to a smaller one.
func (t *Table) checkEnds(dev block.Device) {
	for _, p := range t.Partitions {
		if p.Range.End() > dev.Size() {
			t.damage(p.Range.Off, fmt.Sprintf("end of partition %d", p.Number),
				fmt.Sprintf("at most %d (size of the disk)", dev.Size()), fmt.Sprint(p.Range.End()))
		}
	}
}

// checkOverlaps lists partitions that share bytes with another.
func (t *Table) checkOverlaps() {
	sorted := slices.Clone(t.Partitions)
	slices.SortStableFunc(sorted, func(a, b Partition) int { return cmp.Compare(a.Range.Off, b.Range.Off) })
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; a.Range.End() > b.Range.Off {
			t.damageOf(Overlap, b.Range.Off, fmt.Sprintf("start of partition %d", b.Number),
				fmt.Sprintf("at least %d (end of partition %d)", a.Range.End(), a.Number), fmt.Sprint(b.Range.Off))
		}
	}
}

// isVolume tells a boot sector of a file system from an MBR: both end in 55AA,
// but only the former has a BPB, and a name at a fixed place.
func isVolume(sector []byte) bool {
	oem := sector[3:11]
	switch {
	case bytes.Equal(oem, []byte("NTFS    ")), bytes.Equal(oem, []byte("-FVE-FS-")), bytes.Equal(oem, []byte("EXFAT   ")):
		return true
	case bytes.HasPrefix(oem, []byte("ReFS\x00\x00\x00\x00")):
		return true
	}
	bps := binary.LittleEndian.Uint16(sector[0x0B:])
	sane := bps >= 512 && bps <= 4096 && bps&(bps-1) == 0
	return sane && (bytes.HasPrefix(sector[0x36:], []byte("FAT")) || bytes.HasPrefix(sector[0x52:], []byte("FAT32")))
}
