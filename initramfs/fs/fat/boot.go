package fat

import (
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

var le = binary.LittleEndian

// BootSector holds the fields of the BPB that say where things are, with the
// offsets of Microsoft's FAT specification (fatgen103).
type BootSector struct {
	Kind              fs.Kind // by the number of clusters
	BytesPerSector    int     // u16 at 0B
	SectorsPerCluster int     // u8 at 0D
	ReservedSectors   int     // u16 at 0E
	FATs              int     // u8 at 10
	RootEntries       int     // u16 at 11; 0 on FAT32
	TotalSectors      int64   // u16 at 13, or u32 at 20
	SectorsPerFAT     int64   // u16 at 16, or on FAT32 u32 at 24
	HiddenSectors     uint32  // u32 at 1C
	Mirrored          bool    // all FATs are written; FAT32: bit 7 of the u16 at 28 is clear
	ActiveFAT         int     // FAT32: u16 at 28, low 4 bits when not mirrored
	RootCluster       Cluster // FAT32: u32 at 2C; 0 on FAT12/16
	Version           int     // FAT32: u16 at 2A; only 0 is known
	FSInfo            int     // FAT32: sector, u16 at 30; 0: none
	Dirty             bool    // bit 0 of the byte at 25 (FAT12/16) or 41 (FAT32), set by Windows NT
	HadError          bool    // bit 1 of it
	Serial            uint32  // u32 at 27 (FAT12/16) or 43 (FAT32)
	Clusters          int64   // of the data area
}

// Cluster is the number of a cluster; the data area starts with cluster 2.
type Cluster uint32

// Numbers of clusters from which a volume is FAT16, and FAT32.
const (
	minFAT16 = 4085
	minFAT32 = 65525
	// maxClusters of FAT32: above are the marks for bad clusters and ends.
	maxClusters = 0x0ffffff5
)

// damaged is an error about the structure what of a volume.
func damaged(what, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", what, fmt.Sprintf(format, args...), fs.ErrDamaged)
}

func unsupported(what, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", what, fmt.Sprintf(format, args...), fs.ErrUnsupported)
}

// ParseBoot checks the first 512 bytes of a volume of volSize bytes. The jump,
// the signature 55AA and the type text at 36 or 52 are not judged; Windows
// does not look at the text either. A volume whose BPB has no 16-bit FAT size
// is FAT32 whatever its number of clusters, as Windows takes it.
func ParseBoot(b []byte, volSize int64) (*BootSector, error) {
	const what = "FAT boot sector"
	if len(b) < 512 {
		return nil, damaged(what, "%d bytes", len(b))
	}
	s := &BootSector{
		BytesPerSector:    int(le.Uint16(b[0x0b:])),
		SectorsPerCluster: int(b[0x0d]),
		ReservedSectors:   int(le.Uint16(b[0x0e:])),
		FATs:              int(b[0x10]),
		RootEntries:       int(le.Uint16(b[0x11:])),
		TotalSectors:      int64(le.Uint16(b[0x13:])),
		SectorsPerFAT:     int64(le.Uint16(b[0x16:])),
		HiddenSectors:     le.Uint32(b[0x1c:]),
		Mirrored:          true,
	}
	if s.TotalSectors == 0 {
		s.TotalSectors = int64(le.Uint32(b[0x20:]))
	}
	wide := s.SectorsPerFAT == 0
	if wide {
		s.parseWide(b)
	}
	flags := b[s.dirtyByte()]
	s.Serial = le.Uint32(b[s.dirtyByte()+2:])
	s.Dirty, s.HadError = flags&1 != 0, flags&2 != 0
	switch n := s.BytesPerSector; n {
	case 512, 1024, 2048, 4096:
	default:
		return nil, damaged(what, "%d bytes per sector", n)
	}
	if n := s.SectorsPerCluster; n == 0 || n&(n-1) != 0 {
		return nil, damaged(what, "%d sectors per cluster", n)
	}
	if s.ReservedSectors == 0 || s.FATs == 0 || s.SectorsPerFAT == 0 || s.ActiveFAT >= s.FATs {
		return nil, damaged(what, "%d reserved sectors, %d FATs of %d sectors, active %d", s.ReservedSectors, s.FATs, s.SectorsPerFAT, s.ActiveFAT)
	}
	if m := b[0x15]; m != 0xf0 && m < 0xf8 {
		return nil, damaged(what, "media descriptor %#02x", m)
	}
	return s, s.setKind(wide, volSize)
}

// parseWide reads the fields that only FAT32 has.
func (s *BootSector) parseWide(b []byte) {
	s.Kind = fs.FAT32
	s.SectorsPerFAT = int64(le.Uint32(b[0x24:]))
	s.RootCluster = Cluster(le.Uint32(b[0x2c:]))
	s.Version = int(le.Uint16(b[0x2a:]))
	if flags := le.Uint16(b[0x28:]); flags&0x80 != 0 {
		s.Mirrored, s.ActiveFAT = false, int(flags&0x0f)
	}
	if n := int(le.Uint16(b[0x30:])); n < s.ReservedSectors {
		s.FSInfo = n
	}
}

// dirtyByte is where Windows NT keeps its flags in the boot sector, a byte that
// DOS called "current head".
func (s *BootSector) dirtyByte() int64 {
	if s.Kind == fs.FAT32 {
		return 0x41
	}
	return 0x25
}

func (s *BootSector) setKind(wide bool, volSize int64) error {
	const what = "FAT boot sector"
	data := s.TotalSectors - s.dataSector()
	if data < int64(s.SectorsPerCluster) {
		return damaged(what, "%d sectors, but the data area starts at %d", s.TotalSectors, s.dataSector())
	}
	s.Clusters = data / int64(s.SectorsPerCluster)
	entryBits := int64(12)
	switch {
	case wide:
		s.Kind, entryBits = fs.FAT32, 32
	case s.Clusters < minFAT16:
		s.Kind = fs.FAT12
	case s.Clusters < minFAT32:
		s.Kind, entryBits = fs.FAT16, 16
	default:
		return damaged(what, "%d clusters with a 16-bit FAT", s.Clusters)
	}
	if wide != (s.RootEntries == 0) {
		return damaged(what, "%d root directory entries", s.RootEntries)
	}
	if s.Clusters > maxClusters {
		return damaged(what, "%d clusters", s.Clusters)
	}
	if need := ((s.Clusters+2)*entryBits + 7) / 8; s.fatBytes() < need {
		return damaged(what, "FAT of %d bytes, %d clusters need %d", s.fatBytes(), s.Clusters, need)
	}
	if n := s.TotalSectors * int64(s.BytesPerSector); n > volSize {
		return damaged(what, "the volume is truncated: it has %d sectors of %d bytes = %d bytes, its section only %d",
			s.TotalSectors, s.BytesPerSector, n, volSize)
	}
	return nil
}

func (s *BootSector) fatBytes() int64 { return s.SectorsPerFAT * int64(s.BytesPerSector) }

// fatOffset is where FAT number i starts, in bytes from the volume's start.
func (s *BootSector) fatOffset(i int) int64 {
	return int64(s.ReservedSectors)*int64(s.BytesPerSector) + int64(i)*s.fatBytes()
}

// dataSector is the sector of cluster 2.
func (s *BootSector) dataSector() int64 {
	bps := int64(s.BytesPerSector)
	return int64(s.ReservedSectors) + int64(s.FATs)*s.SectorsPerFAT + (32*int64(s.RootEntries)+bps-1)/bps
}

// rootOffset is where the fixed root directory of FAT12/16 starts, in bytes.
func (s *BootSector) rootOffset() int64 { return s.fatOffset(s.FATs) }

// clusterSize is in bytes.
func (s *BootSector) clusterSize() int64 { return int64(s.SectorsPerCluster) * int64(s.BytesPerSector) }

// clusterOffset is where cluster c starts, in bytes from the volume's start.
func (s *BootSector) clusterOffset(c Cluster) int64 {
	return s.dataSector()*int64(s.BytesPerSector) + int64(c-2)*s.clusterSize()
}

// last is the highest cluster of the volume.
func (s *BootSector) last() Cluster { return Cluster(s.Clusters + 1) }

func (s *BootSector) valid(c Cluster) bool { return c >= 2 && c <= s.last() }
