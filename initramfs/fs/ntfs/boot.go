package ntfs

import (
	"math/bits"
)

// LCN is a logical cluster number: an index of clusters of the volume.
type LCN int64

// VCN is a virtual cluster number: an index of clusters of a stream.
type VCN int64

// Limits of the geometry. Windows 10 1709 and later format clusters up to
// 2 MiB; records are 1 KiB, or 4 KiB on disks with 4 KiB sectors.
const (
	maxClusterSize = 2 << 20
	minRecordSize  = 512
	maxRecordSize  = 64 << 10
	bootSectorSize = 512
)

// BootSector holds the fields of an NTFS boot sector, the BPB among them.
// Offsets are those of layout.h of ntfs-3g.
type BootSector struct {
	BytesPerSector    int    // u16 at 0B: 256 ... 4096
	SectorsPerCluster int    // u8 at 0D, decoded: values above 128 are 2^(256-n)
	Media             uint8  // 15, F8
	SectorsPerTrack   uint16 // 18
	Heads             uint16 // 1A
	HiddenSectors     uint32 // 1C: the LBA at which the volume starts, as boot code wants it
	DriveNumber       uint8  // 24
	TotalSectors      uint64 // 28; the backup boot sector behind them is not counted
	MFT               LCN    // 30
	MFTMirr           LCN    // 38
	RecordSize        int    // s8 at 40, decoded, bytes
	IndexSize         int    // s8 at 44, decoded, bytes
	Serial            uint64 // 48

	// Raw is the whole sector of 512 bytes as read.
	Raw []byte
}

// ClusterSize is the size of a cluster in bytes.
func (b *BootSector) ClusterSize() int64 {
	return int64(b.BytesPerSector) * int64(b.SectorsPerCluster)
}

// Clusters is the number of whole clusters of the volume.
func (b *BootSector) Clusters() int64 {
	return int64(b.TotalSectors) / int64(b.SectorsPerCluster)
}

// ParseBoot checks the 512 bytes at the start of a volume of volSize bytes.
// A volume that is longer than volSize is damaged (truncated), not readable in
// part. The signature 55AA and the boot code are not judged here: a volume can
// be read without them.
func ParseBoot(sector []byte, volSize int64) (*BootSector, error) {
	const what = "boot sector"
	if len(sector) < bootSectorSize {
		return nil, damaged(what, 0, "%d bytes, need %d", len(sector), bootSectorSize)
	}
	raw := append([]byte(nil), sector[:bootSectorSize]...)
	if string(raw[3:11]) != "NTFS    " {
		return nil, damaged(what, 3, "want \"NTFS    \", got %q", raw[3:11])
	}
	b := &BootSector{
		BytesPerSector:  int(le.Uint16(raw[0x0b:])),
		Media:           raw[0x15],
		SectorsPerTrack: le.Uint16(raw[0x18:]),
		Heads:           le.Uint16(raw[0x1a:]),
		HiddenSectors:   le.Uint32(raw[0x1c:]),
		DriveNumber:     raw[0x24],
		TotalSectors:    le.Uint64(raw[0x28:]),
		MFT:             LCN(le.Uint64(raw[0x30:])),
		MFTMirr:         LCN(le.Uint64(raw[0x38:])),
		Serial:          le.Uint64(raw[0x48:]),
		Raw:             raw,
	}
	if err := b.checkGeometry(); err != nil {
		return nil, err
	}
	return b, b.checkExtent(volSize)
}

func (b *BootSector) checkGeometry() error {
	const what = "boot sector"
	if n := b.BytesPerSector; n < 256 || n > 4096 || !powerOfTwo(n) {
		return damaged(what, 0x0b, "%d bytes per sector", n)
	}
	// Formatters that make clusters of more than 128 sectors store the
	// negative exponent, like the two sizes below.
	switch n := b.Raw[0x0d]; {
	case n <= 128:
		b.SectorsPerCluster = int(n)
	case n >= 0xe0:
		b.SectorsPerCluster = 1 << (256 - int(n))
	}
	if !powerOfTwo(b.SectorsPerCluster) || b.ClusterSize() > maxClusterSize {
		return damaged(what, 0x0d, "%#02x sectors of %d bytes per cluster", b.Raw[0x0d], b.BytesPerSector)
	}
	b.RecordSize = b.decodeSize(int8(b.Raw[0x40]))
	if n := b.RecordSize; n < minRecordSize || n > maxRecordSize || !powerOfTwo(n) {
		return damaged(what, 0x40, "MFT records of %d bytes (%#02x)", n, b.Raw[0x40])
	}
	b.IndexSize = b.decodeSize(int8(b.Raw[0x44]))
	if n := b.IndexSize; n < minRecordSize || n > maxRecordSize || !powerOfTwo(n) {
		return damaged(what, 0x44, "index blocks of %d bytes (%#02x)", n, b.Raw[0x44])
	}
	return nil
}

// decodeSize reads a size that is a count of clusters, or, when negative, an
// exponent of two in bytes. 0 means that it cannot be right.
func (b *BootSector) decodeSize(n int8) int {
	switch {
	case n > 0 && int64(n)*b.ClusterSize() <= maxRecordSize:
		return int(int64(n) * b.ClusterSize())
	case n < 0 && n > -31:
		return 1 << -n
	}
	return 0
}

func (b *BootSector) checkExtent(volSize int64) error {
	const what = "boot sector"
	if b.TotalSectors == 0 || b.TotalSectors>>1 > uint64(1)<<61/uint64(b.BytesPerSector) {
		return damaged(what, 0x28, "%d sectors", b.TotalSectors)
	}
	if n := int64(b.TotalSectors) * int64(b.BytesPerSector); n > volSize {
		return damaged(what, 0x28, "the volume is truncated: it has %d sectors of %d bytes = %d bytes, its section only %d",
			b.TotalSectors, b.BytesPerSector, n, volSize)
	}
	if n := b.Clusters(); b.MFT <= 0 || int64(b.MFT) >= n {
		return damaged(what, 0x30, "$MFT at cluster %d of %d", b.MFT, n)
	}
	if n := b.Clusters(); b.MFTMirr < 0 || int64(b.MFTMirr) >= n {
		return damaged(what, 0x38, "$MFTMirr at cluster %d of %d", b.MFTMirr, n)
	}
	return nil
}

func powerOfTwo(n int) bool { return n > 0 && bits.OnesCount(uint(n)) == 1 }
