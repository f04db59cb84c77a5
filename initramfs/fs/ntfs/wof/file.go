package wof

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/drivers/lzx"
	"github.com/bootmend/bootmend/drivers/xpress"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// tableBlock is how much of the chunk table is read, and kept, at a time.
const tableBlock = 4 << 10

// File decodes the chunks of one file in any order. It keeps a piece of the
// table and one compressed chunk, whatever the size of the file. It is not safe
// for concurrent use.
type File struct {
	r         io.ReaderAt // the stream WofCompressedData
	stored    int64       // its size
	size      int64       // plain
	algorithm Algorithm
	chunks    int64
	entry     int64 // bytes of an entry of the table
	base      int64 // end of the table

	table   []byte // the block of the table that was used last
	tableAt int64
	buf     []byte
	xpress  xpress.Decoder
	lzx     lzx.ChunkDecoder
}

// Open checks the sizes: stored is that of r, the stream of StreamName, and
// size that of the plain file. Nothing is read yet.
func Open(r io.ReaderAt, stored, size int64, a Algorithm) (*File, error) {
	chunk := int64(a.ChunkSize())
	if chunk == 0 {
		return nil, fmt.Errorf("WOF %v: %w", a, fs.ErrUnsupported)
	}
	if size < 0 || stored < 0 || size > 1<<62 {
		return nil, damaged("sizes", "%d bytes stored for %d", stored, size)
	}
	f := &File{r: r, stored: stored, size: size, algorithm: a, chunks: (size + chunk - 1) / chunk, entry: 4, tableAt: -1}
	if size > 1<<32-1 {
		f.entry = 8
	}
	if f.chunks > 0 {
		f.base = (f.chunks - 1) * f.entry
	}
	// Each chunk takes at least one byte.
	if f.chunks > 0 && stored < f.base+f.chunks {
		return nil, damaged("chunk table", "%d bytes stored for %d chunks", stored, f.chunks)
	}
	return f, nil
}

// Algorithm is how the file is compressed.
func (f *File) Algorithm() Algorithm { return f.algorithm }

// Chunks is how many chunks there are.
func (f *File) Chunks() int64 { return f.chunks }

// Chunk decodes chunk i, counted from 0, into dst, which has exactly its plain
// size. Damaged data is an error that wraps fs.ErrDamaged; an error of the
// reader is passed on.
func (f *File) Chunk(i int64, dst []byte) error {
	size := int64(f.algorithm.ChunkSize())
	if i < 0 || i >= f.chunks || int64(len(dst)) != min(size, f.size-i*size) {
		return fmt.Errorf("WOF chunk %d of %d, %d bytes: no such chunk", i, f.chunks, len(dst))
	}
	from, err := f.offset(i)
	if err != nil {
		return err
	}
	to, err := f.offset(i + 1)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("chunk %d", i)
	if from < f.base || to <= from || to > f.stored || to-from > int64(len(dst)) {
		return damaged(what, "stored from %#x to %#x of %#x, %d plain bytes", from, to, f.stored, len(dst))
	}
	if to-from == int64(len(dst)) {
		return f.read(dst, from)
	}
	if f.buf == nil {
		f.buf = make([]byte, size)
	}
	src := f.buf[:to-from]
	if err := f.read(src, from); err != nil {
		return err
	}
	if f.algorithm == LZX {
		err = f.lzx.Decode(dst, src)
	} else {
		err = f.xpress.Decode(dst, src)
	}
	if err != nil {
		return damaged(what, "%v", err)
	}
	return nil
}

// offset is where chunk i starts in the stream; that of the chunk behind the
// last is the end.
func (f *File) offset(i int64) (int64, error) {
	switch i {
	case 0:
		return f.base, nil
	case f.chunks:
		return f.stored, nil
	}
	at := (i - 1) * f.entry
	block := at - at%tableBlock
	if f.tableAt != block {
		if f.table == nil {
			f.table = make([]byte, min(tableBlock, f.base))
		}
		f.tableAt = -1
		if err := f.read(f.table[:min(tableBlock, f.base-block)], block); err != nil {
			return 0, err
		}
		f.tableAt = block
	}
	p := f.table[at-block:]
	if f.entry == 4 {
		return f.base + int64(binary.LittleEndian.Uint32(p)), nil
	}
	off := binary.LittleEndian.Uint64(p)
	if off > uint64(f.stored) {
		return 0, damaged("chunk table", "chunk %d at %#x", i, off)
	}
	return f.base + int64(off), nil
}

// read fills p from the stream.
func (f *File) read(p []byte, off int64) error {
	n, err := f.r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		return damaged("stream", "ends at %#x", off+int64(n))
	}
	return err
}
