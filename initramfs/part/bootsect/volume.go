package bootsect

import (
	"bytes"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// Volume is the boot sector of a volume with what belongs to it.
type Volume struct {
	BPB          // of the first sector, or of a copy where the first has none
	Start []byte // the first 8 KiB of the volume, less on a smaller one
	Code  Code   // what the first sectors hold

	// Damage says why the first sector is not the boot sector of a file system
	// that is known here; nil when it is.
	Damage error
	// Copies are the boot sectors kept elsewhere that belong to this volume.
	Copies []Copy
	// NoCopy says why there is none where one should be; nil when there is.
	NoCopy error

	size  int64
	other string // what else the volume seems to be, where it has no boot sector
}

// Copy is a backup of the first sector.
type Copy struct {
	Off    int64  // from the start of the volume
	What   string // "copy in the last sector"
	Sector []byte // 512 bytes
	Equal  bool   // to the first sector
}

// Read reads the boot sector of a volume and looks for its copies. dev is the
// volume, its first byte at 0. The error is for a start that cannot be read;
// what is wrong with it is in the Volume.
func Read(dev block.Device) (*Volume, error) {
	v := &Volume{size: dev.Size(), Start: make([]byte, min(bootSize, max(dev.Size(), 0)))}
	if n, err := dev.ReadAt(v.Start, 0); n < len(v.Start) || n < sectorSize {
		if err == nil || err == io.EOF {
			err = fmt.Errorf("volume of %d bytes: %w", dev.Size(), io.ErrUnexpectedEOF)
		}
		return nil, fmt.Errorf("boot sector: %w", err)
	}
	var err error
	if v.Code, err = RecognizeVBR(v.Start); err != nil {
		return nil, err
	}
	if v.BPB, v.Damage = ParseBPB(v.Start); v.Damage != nil {
		v.BPB = BPB{}
		if v.Code.Owner == Encryption {
			return v, nil
		}
		v.other = otherContent(dev, v.Start)
	}
	v.findCopies(dev)
	return v, nil
}

// candidate is a place where a copy may be.
type candidate struct {
	off  int64
	what string
	kind fs.Kind
}

// candidates: NTFS keeps its copy in the last sector of the partition, which
// the BPB does not count; in the middle where the BPB counts all sectors of the
// partition. FAT32 names the sector, which is 6. Without a BPB all of them are
// tried. Source: ntfsfix.c; libfsntfs.
func (v *Volume) candidates() (all []candidate) {
	switch v.Kind {
	case fs.NTFS:
		bps := int64(v.SectorSize())
		total := int64(v.Get(TotalSectorsNTFS))
		if total < v.size/bps {
			all = append(all, candidate{total * bps, "copy in the last sector", fs.NTFS})
		}
		return append(all,
			candidate{(v.size/bps - 1) * bps, "copy at the end of the partition", fs.NTFS},
			candidate{total / 2 * bps, "copy in the middle", fs.NTFS})
	case fs.FAT32:
		n := int64(v.Get(BackupSector))
		if n == 0 || n >= int64(v.Get(ReservedSectors)) {
			return nil
		}
		return []candidate{{n * int64(v.SectorSize()), fmt.Sprintf("copy in sector %d", n), fs.FAT32}}
	case fs.FAT12, fs.FAT16:
		return nil
	}
	sectors := v.size / sectorSize
	return []candidate{
		{(sectors - 1) * sectorSize, "copy in the last sector", fs.NTFS},
		{sectors / 2 * sectorSize, "copy in the middle", fs.NTFS},
		{(sectors - 1) / 2 * sectorSize, "copy in the middle", fs.NTFS},
		{6 * sectorSize, "copy in sector 6", fs.FAT32},
	}
}

func (v *Volume) findCopies(dev block.Device) {
	all := v.candidates()
	seen := map[int64]bool{0: true}
	var first error
	for _, c := range all {
		if c.off < 0 || seen[c.off] {
			continue
		}
		seen[c.off] = true
		err := v.tryCopy(dev, c)
		if err != nil && first == nil {
			first = fmt.Errorf("%s, at byte %#x of the volume: %w", c.what, c.off, err)
		}
		if err == nil && v.Kind == fs.NTFS && v.Damage == nil {
			return // NTFS has one; further ones are leftovers
		}
	}
	if len(v.Copies) == 0 {
		v.NoCopy = first
	}
}

// tryCopy reads a candidate. It has to be a boot sector of the kind, made for
// this volume.
func (v *Volume) tryCopy(dev block.Device, c candidate) error {
	sector := make([]byte, sectorSize)
	if n, err := dev.ReadAt(sector, c.off); n < sectorSize {
		return fmt.Errorf("cannot be read: %w", err)
	}
	b, err := ParseBPB(sector)
	switch {
	case err != nil:
		return fmt.Errorf("holds no boot sector: %w", err)
	case b.Kind != c.kind:
		return fmt.Errorf("holds a boot sector of %s: %w", b.Kind, fs.ErrDamaged)
	case !v.fits(b, c.off):
		return fmt.Errorf("holds the boot sector of another volume: %w", fs.ErrDamaged)
	case v.Damage != nil && !alive(dev, b):
		return fmt.Errorf("holds the boot sector of a file system that is no longer there: %w", fs.ErrDamaged)
	}
	v.Copies = append(v.Copies, Copy{Off: c.off, What: c.what, Sector: sector, Equal: bytes.Equal(sector, v.Start[:sectorSize])})
	if v.Kind == fs.Unknown {
		v.BPB = b
	}
	return nil
}

// fits reports whether a boot sector that lies at off is a copy of this volume's
// first: the same volume where the first is known; otherwise one whose numbers
// agree with where it was found.
func (v *Volume) fits(b BPB, off int64) bool {
	if v.Damage == nil {
		if b.Kind == fs.NTFS {
			return b.Get(SerialNTFS) == v.Get(SerialNTFS) && b.SectorSize() == v.SectorSize()
		}
		return b.SectorSize() == v.SectorSize() && b.Get(ReservedSectors) == v.Get(ReservedSectors)
	}
	bps := int64(b.SectorSize())
	if b.Kind == fs.FAT32 {
		return int64(b.Get(BackupSector))*bps == off
	}
	total := int64(b.Get(TotalSectorsNTFS))
	return total*bps == off || off == v.size-bps && total <= v.size/bps || total/2*bps == off && total*bps == v.size
}
