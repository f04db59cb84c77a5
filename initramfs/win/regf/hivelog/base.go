package hivelog

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

const (
	baseSize  = 4096 // base block; file offset of the first hbin
	sector    = 512
	binUnit   = 4096 // hbins and the hbins size are multiples of it
	maxBins   = 2 << 30
	binHeader = 32
)

// Offsets in the base block. Those from RmId on are used since Windows Vista.
const (
	offSeq1      = 0x04
	offSeq2      = 0x08
	offTime      = 0x0c
	offMajor     = 0x14
	offType      = 0x1c
	offFormat    = 0x20
	offBins      = 0x28
	offCluster   = 0x2c
	offRmID      = 0x70
	offLogID     = 0x80
	offFlags     = 0x90
	offTmID      = 0x94
	offSignature = 0xa4 // "rmtm" where the fields around it are in use
	offChecksum  = 0x1fc

	flagLocked = 1 // in offFlags: the transaction manager has the hive
)

var le = binary.LittleEndian

// base is a view of a base block: of a hive 4096 bytes, of a log those that
// its first sector holds.
type base []byte

func (b base) u32(off int) uint32     { return le.Uint32(b[off:]) }
func (b base) set(off int, v uint32)  { le.PutUint32(b[off:], v) }
func (b base) seq1() uint32           { return b.u32(offSeq1) }
func (b base) seq2() uint32           { return b.u32(offSeq2) }
func (b base) time() uint64           { return le.Uint64(b[offTime:]) }
func (b base) fileType() uint32       { return b.u32(offType) }
func (b base) bins() int64            { return int64(b.u32(offBins)) }
func (b base) sumOK() bool            { return b.u32(offChecksum) == regf.Checksum(b) }
func (b base) seal()                  { b.set(offChecksum, regf.Checksum(b)) }
func (b base) setSeq(n uint32)        { b.set(offSeq1, n); b.set(offSeq2, n) }
func (b base) setLocked(flags uint32) { b.set(offFlags, b.u32(offFlags)&^flagLocked|flags&flagLocked) }
func (b base) sectorSize() int64      { return int64(b.u32(offCluster)) * sector }

// faults says why the block cannot be trusted, "" when it can: signature,
// checksum, type, and the numbers that a reader would follow.
func (b base) faults(types ...uint32) string {
	if len(b) < sector {
		return "it is too short for a base block"
	}
	switch known := false; {
	case string(b[:4]) != "regf":
		return fmt.Sprintf("it does not start with regf but with % x", []byte(b[:4]))
	case !b.sumOK():
		return fmt.Sprintf("the checksum of its base block is %#08x, the content gives %#08x", b.u32(offChecksum), regf.Checksum(b))
	default:
		for _, t := range types {
			known = known || b.fileType() == t
		}
		if !known {
			return fmt.Sprintf("the file type in its base block is %d", b.fileType())
		}
	}
	if n := b.bins(); n < binUnit || n%binUnit != 0 || n > maxBins {
		return fmt.Sprintf("its base block gives the hbins a size of %#x", n)
	}
	if b.u32(offMajor) != 1 || b.u32(offFormat) != 1 {
		return fmt.Sprintf("its base block has version %d, format %d; known is 1, 1", b.u32(offMajor), b.u32(offFormat))
	}
	return ""
}

// readUpTo reads at most n bytes at off of a file of size bytes; fewer come
// back only where the file ends.
func readUpTo(r io.ReaderAt, off int64, n int, size int64) ([]byte, error) {
	n = int(max(0, min(int64(n), size-off)))
	b := make([]byte, n)
	if err := readFull(r, b, off); err != nil {
		return nil, err
	}
	return b, nil
}

func readFull(r io.ReaderAt, b []byte, off int64) error {
	if len(b) == 0 {
		return nil
	}
	if n, err := r.ReadAt(b, off); n < len(b) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read at %#x: %w", off+int64(n), err)
	}
	return nil
}
