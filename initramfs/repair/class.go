package repair

import (
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// class is Boot for the MBR, the partition table and boot sectors, Data for
// what lies in a file that a step touched, that of the bitmap or FAT for what says
// what is in use, Metadata for everything else.
func (p *Plan) class(d *inspect.Disk, allocation []allocated, sector block.Range) journal.Class {
	for _, a := range allocation {
		if sector.Off < a.End() && a.Off < sector.End() {
			return a.class
		}
	}
	inVolume := false
	for _, v := range d.Volumes {
		if v.IsDisc() || !v.Partition.Range.Contains(sector) {
			continue
		}
		inVolume = v.Partition.Number != 0 || d.Table.Scheme == part.None
		if sector.Off < v.Partition.Range.Off+bootSize {
			return journal.Boot
		}
	}
	if !inVolume {
		return journal.Boot
	}
	if insideAny(d.Path, sector, p.data) {
		return journal.Data
	}
	return journal.Metadata
}

// bootSize is what belongs to a boot sector with its loader: 16 sectors.
const bootSize = 8 << 10

// allocated is where on a disk a volume keeps what is in use.
type allocated struct {
	block.Range
	class journal.Class
}

// allocationOf lists those of the volumes that change. FAT12 packs its entries across
// sectors and has none: such a FAT goes with the rest of the metadata.
func allocationOf(d DiskChanges) []allocated {
	var all []allocated
	for _, v := range d.Disk.Volumes {
		if v.FS == nil || !touches(d.Changes, v.Partition.Range) {
			continue
		}
		var ranges []block.Range
		class := journal.Bitmap
		switch volume := v.FS.(type) {
		case *ntfs.Volume:
			// Where that is what is being mended, it is metadata like the rest.
			ranges, _ = volume.Allocation()
		case *fat.Volume:
			switch v.Kind {
			case fs.FAT16:
				ranges, class = volume.Allocation(), journal.FAT16
			case fs.FAT32:
				ranges, class = volume.Allocation(), journal.FAT32
			}
		}
		for _, r := range ranges {
			all = append(all, allocated{block.Range{Off: v.Partition.Range.Off + r.Off, Len: r.Len}, class})
		}
	}
	return all
}
