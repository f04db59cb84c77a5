package journal

import (
	"bytes"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
)

// BlockSize is the size of one copy of the record and the unit of the images:
// the physical sector of today's disks, which write nothing smaller and can
// lose all of it in a power cut.
const BlockSize = 4096

// SearchEnd bounds where records are: a disk is asked for an open journal by
// reading this much of its start, whatever its partition table says by then.
const SearchEnd = 1 << 20

// TableFacts is what FindRecordSpace has to know of the partition table.
type TableFacts struct {
	GPT bool
	// EntriesEnd (GPT): the first byte behind the primary entry array, as
	// computed from the header.
	EntriesEnd int64
	// FirstUsable (GPT): the byte of the first usable LBA.
	FirstUsable int64
	// FirstPartition: the first byte of the first partition; 0 for none.
	FirstPartition int64
}

// gap are the bytes between table and first partition.
func (f TableFacts) gap(dev block.Device) block.Range {
	start, end := int64(dev.SectorSize()), f.FirstPartition
	if f.GPT {
		start = max(f.EntriesEnd, 2*start)
		if end == 0 {
			end = f.FirstUsable
		}
	}
	end = min(end, SearchEnd, dev.Size())
	return block.Range{Off: start, Len: max(0, end-start)}
}

// reserved are the LBAs that others use without asking: 0 to 7 (boot code,
// tables, the PRIVHEAD of dynamic disks in 6), 32, 62 and 63 (licence managers,
// disk managers, the traditional first VBR).
func reserved(lba int64) bool { return lba < 8 || lba == 32 || lba == 62 || lba == 63 }

// FindRecordSpace finds two places for the record in the gap before the first
// partition: aligned blocks of BlockSize that are all zero and have nothing but
// zeros within BlockSize on both sides, as far as the gap goes. What is not
// zero is somebody's, a boot loader's core image for example. The error is a
// *NoPlaceError, or that of a failing read.
func FindRecordSpace(dev block.Device, f TableFacts) ([2]int64, error) {
	gap := f.gap(dev)
	none := &NoPlaceError{Gap: gap, Reason: "there is no gap before the first partition"}
	if gap.Len < 2*BlockSize {
		return [2]int64{}, none
	}
	p := make([]byte, gap.Len)
	if n, err := dev.ReadAt(p, gap.Off); n < len(p) {
		return [2]int64{}, fmt.Errorf("read of the gap %v: %w", gap, err)
	}
	zero := func(from, to int64) bool {
		from, to = max(from, gap.Off), min(to, gap.End())
		return isZero(p[from-gap.Off : to-gap.Off])
	}
	var free []int64
	ss := int64(dev.SectorSize())
	for off := (gap.Off + BlockSize - 1) / BlockSize * BlockSize; off+BlockSize <= gap.End(); off += BlockSize {
		if !zero(off, off+BlockSize) {
			none.Occupied++
			continue
		}
		ok := zero(off-BlockSize, off+2*BlockSize)
		for at := off; at < off+BlockSize; at += ss {
			ok = ok && !reserved(at/ss)
		}
		if ok {
			free = append(free, off)
		}
	}
	if len(free) < 2 {
		none.Reason = fmt.Sprintf("%d of 2 aligned blocks are empty and have empty neighbours", len(free))
		return [2]int64{}, none
	}
	return [2]int64{free[0], free[len(free)-1]}, nil
}

func isZero(p []byte) bool {
	for len(p) > 0 {
		n := min(len(p), len(zeros))
		if !bytes.Equal(p[:n], zeros[:n]) {
			return false
		}
		p = p[n:]
	}
	return true
}

// zeros is never written to.
var zeros [64 << 10]byte

// AllZero reports whether a range holds nothing but zeros.
func AllZero(dev io.ReaderAt, r block.Range) (bool, error) {
	buf := make([]byte, min(r.Len, 1<<20))
	for off := r.Off; off < r.End(); off += int64(len(buf)) {
		p := buf[:min(int64(len(buf)), r.End()-off)]
		if n, err := dev.ReadAt(p, off); n < len(p) {
			return false, fmt.Errorf("read at %#x: %w", off, err)
		}
		if !isZero(p) {
			return false, nil
		}
	}
	return true, nil
}

// Usable is how many bytes of payload the extents take: the whole physical
// blocks in them, so that a cut while the journal is written harms nobody else.
func Usable(extents []block.Range) int64 {
	n := int64(0)
	for _, e := range extents {
		n += trim(e).Len
	}
	return n
}

// trim is the part of r that consists of whole blocks.
func trim(r block.Range) block.Range {
	start := (r.Off + BlockSize - 1) / BlockSize * BlockSize
	end := r.End() / BlockSize * BlockSize
	return block.Range{Off: start, Len: max(0, end-start)}
}
