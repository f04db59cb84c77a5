package bootsect

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
)

const (
	oemNTFS  = "NTFS    "
	magicLow = 0x55
	magicHi  = 0xAA
)

// Field is a number in a BPB: little endian, unsigned.
type Field int

// The fields. Sources: layout.h of ntfs-3g; Microsoft's FAT specification.
const (
	BytesPerSector    Field = iota // u16 at 0B
	SectorsPerCluster              // u8 at 0D
	ReservedSectors                // u16 at 0E; FAT
	Media                          // u8 at 15
	SectorsPerTrack                // u16 at 18
	Heads                          // u16 at 1A
	HiddenSectors                  // u32 at 1C: the LBA of the volume's first sector
	DriveNumber                    // u8 at 24; NTFS, FAT12, FAT16
	DriveNumberFAT32               // u8 at 40
	TotalSectorsNTFS               // u64 at 28
	SerialNTFS                     // u64 at 48
	FSInfoSector                   // u16 at 30; FAT32
	BackupSector                   // u16 at 32; FAT32
)

type place struct {
	name      string
	off, size int
}

func (f Field) place() place {
	return [...]place{
		BytesPerSector:    {"bytes per sector", 0x0B, 2},
		SectorsPerCluster: {"sectors per cluster", 0x0D, 1},
		ReservedSectors:   {"reserved sectors", 0x0E, 2},
		Media:             {"media descriptor", 0x15, 1},
		SectorsPerTrack:   {"sectors per track", 0x18, 2},
		Heads:             {"heads", 0x1A, 2},
		HiddenSectors:     {"hidden sectors", 0x1C, 4},
		DriveNumber:       {"drive number", 0x24, 1},
		DriveNumberFAT32:  {"drive number", 0x40, 1},
		TotalSectorsNTFS:  {"number of sectors", 0x28, 8},
		SerialNTFS:        {"serial number", 0x48, 8},
		FSInfoSector:      {"sector of FSInfo", 0x30, 2},
		BackupSector:      {"sector of the copy", 0x32, 2},
	}[f]
}

// String is the field's name.
func (f Field) String() string { return f.place().name }

// Offset is where the field begins in the boot sector.
func (f Field) Offset() int { return f.place().off }

// Size is the field's length in bytes.
func (f Field) Size() int { return f.place().size }

// Get reads the field from a boot sector.
func (f Field) Get(sector []byte) uint64 {
	var b [8]byte
	copy(b[:f.Size()], sector[f.Offset():])
	return binary.LittleEndian.Uint64(b[:])
}

// bytes is n as the field holds it.
func (f Field) bytes(n uint64) []byte {
	return binary.LittleEndian.AppendUint64(nil, n)[:f.Size()]
}

// BPB is the parameter block of a boot sector, as a view of its bytes.
type BPB struct {
	Kind   fs.Kind // NTFS, FAT12, FAT16, FAT32
	sector []byte
}

// ParseBPB judges the first sector of a volume. Heads, sectors per track,
// hidden sectors, the jump and the signature 55AA are not judged: they are what
// gets repaired.
func ParseBPB(sector []byte) (BPB, error) {
	if len(sector) < sectorSize {
		return BPB{}, fmt.Errorf("boot sector of %d bytes, want %d", len(sector), sectorSize)
	}
	b := BPB{sector: bytes.Clone(sector[:sectorSize])}
	switch oem := string(sector[3:11]); oem {
	case oemNTFS:
		b.Kind = fs.NTFS
		return b, b.checkNTFS()
	case "-FVE-FS-", "EXFAT   ":
		return BPB{}, fmt.Errorf("boot sector with the name %q: %w", oem, fs.ErrUnsupported)
	}
	boot, err := fat.ParseBoot(sector, 1<<62)
	if err != nil {
		return BPB{}, err
	}
	b.Kind = boot.Kind
	return b, nil
}

func (b BPB) checkNTFS() error {
	bps, spc := b.Get(BytesPerSector), b.Get(SectorsPerCluster)
	sane := bps >= 256 && bps <= 4096 && bps&(bps-1) == 0 && spc != 0 &&
		(spc > 0xF0 || spc&(spc-1) == 0) && b.Get(TotalSectorsNTFS) != 0 && b.Get(TotalSectorsNTFS) < 1<<54
	if !sane {
		return fmt.Errorf("NTFS boot sector with %d bytes per sector, %d sectors per cluster, %d sectors: %w",
			bps, spc, b.Get(TotalSectorsNTFS), fs.ErrDamaged)
	}
	return nil
}

// Get reads a field.
func (b BPB) Get(f Field) uint64 { return f.Get(b.sector) }

// SectorSize is the sector of the volume in bytes.
func (b BPB) SectorSize() int { return int(b.Get(BytesPerSector)) }

// DriveNumberField is where this BPB keeps the drive number of the BIOS.
func (b BPB) DriveNumberField() Field {
	if b.Kind == fs.FAT32 {
		return DriveNumberFAT32
	}
	return DriveNumber
}

// HasMagic reports whether the sector ends in 55AA, without which neither BIOS
// nor boot code starts it.
func HasMagic(sector []byte) bool {
	return len(sector) >= sectorSize && sector[offMagic] == magicLow && sector[offMagic+1] == magicHi
}

// codeRanges are the bytes of the first sectors that are code, not data of the
// volume. second is that of Code.
func codeRanges(kind fs.Kind, second int) [][2]int {
	switch kind {
	case fs.NTFS:
		// Not the last sector of $Boot: see shadowArea.
		return [][2]int{{0, 3}, {codeNTFS, sectorSize}, {sectorSize, shadowArea}}
	case fs.FAT12, fs.FAT16:
		return [][2]int{{0, 3}, {codeFAT16, sectorSize}}
	case fs.FAT32:
		all := [][2]int{{0, 3}, {codeFAT32, sectorSize}}
		if second > 0 {
			all = append(all, [2]int{second * sectorSize, (second + 1) * sectorSize})
		}
		return all
	}
	return nil
}
