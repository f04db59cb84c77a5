package bootsect

import (
	"encoding/binary"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Fields of NTFS that say where its records are. Source: layout.h of ntfs-3g.
const (
	offMFT    = 0x30 // u64, cluster
	offMirror = 0x38 // u64, cluster
)

// alive reports whether the file system that a boot sector describes is on the
// device: a boot sector that survived a former file system must not come back.
func alive(dev io.ReaderAt, b BPB) bool {
	bps := int64(b.SectorSize())
	if b.Kind == fs.FAT32 {
		fat := make([]byte, 4)
		_, err := dev.ReadAt(fat, int64(b.Get(ReservedSectors))*bps)
		return err == nil && fat[0] == byte(b.Get(Media)) && fat[1] == 0xFF && fat[2] == 0xFF && fat[3]&0x0F == 0x0F
	}
	spc := int64(b.Get(SectorsPerCluster))
	if spc > 0xF0 {
		spc = 1 << (256 - spc) // above 64 KiB: a negative power of two
	}
	for _, off := range []int{offMFT, offMirror} {
		lcn := binary.LittleEndian.Uint64(b.sector[off:])
		if lcn == 0 || lcn > 1<<40 {
			continue
		}
		magic := make([]byte, 4)
		if _, err := dev.ReadAt(magic, int64(lcn)*spc*bps); err == nil && string(magic) == "FILE" {
			return true
		}
	}
	return false
}

// otherContent names what lives on a volume that is neither NTFS nor FAT and
// must not get a boot sector over it.
// Source: the offsets of libblkid's probes.
func otherContent(dev block.Device, start []byte) string {
	if name := part.Occupant(dev); name != "" {
		return name
	}
	for _, o := range []struct {
		off   int64
		magic string
		name  string
	}{
		{3, "EXFAT   ", "exFAT"},
		{3, "ReFS\x00\x00\x00\x00", "ReFS"},
		{0x400, "H+", "HFS+"},
	} {
		if end := o.off + int64(len(o.magic)); end <= int64(len(start)) {
			if string(start[o.off:end]) == o.magic {
				return o.name
			}
			continue
		}
		b := make([]byte, len(o.magic))
		if n, _ := dev.ReadAt(b, o.off); n == len(b) && string(b) == o.magic {
			return o.name
		}
	}
	return ""
}

// remnant reports whether the start of a volume whose first sector is damaged
// still shows that it is the start of a Windows volume, or shows nothing at
// all. Random bytes may be the header of an encrypted volume.
func (v *Volume) remnant() bool {
	first := v.Start[:sectorSize]
	fsinfo := len(v.Start) >= 2*sectorSize && string(v.Start[sectorSize:sectorSize+4]) == "RRaA"
	return filled(first) || v.knownRest() || fsinfo && !plausible(first) || string(first[3:7]) == oemNTFS[:4]
}

// plausible reports whether a sector may be the boot sector of a file system that
// is not understood here: FAT with a number of sectors in 64 bits looks so.
func plausible(sector []byte) bool {
	bps := BytesPerSector.Get(sector)
	return (sector[0] == 0xEB || sector[0] == 0xE9) && HasMagic(sector) && bps >= 512 && bps <= 4096 && bps&(bps-1) == 0
}
