package fat

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// memory is a Device in memory whose reads can be made to fail.
type memory struct {
	b      []byte
	fail   [2]int64 // a read that touches this range fails
	writes int      // that succeed before one fails; negative: all
	t      testing.TB
}

var errIO = errors.New("bad sector")

func (m *memory) Size() int64     { return int64(len(m.b)) }
func (m *memory) SectorSize() int { return 512 }
func (m *memory) Flush() error    { m.t.Error("Flush"); return nil }
func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	if off < m.fail[1] && off+int64(len(p)) > m.fail[0] {
		return 0, errIO
	}
	return bytes.NewReader(m.b).ReadAt(p, off)
}
func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > int64(len(m.b)) {
		m.t.Errorf("write of %d bytes at %d", len(p), off)
	}
	if m.writes--; m.writes == -1 {
		return 0, errIO
	}
	return copy(m.b[off:], p), nil
}

// image is a volume of 200 sectors with clusters of one sector.
type image struct {
	memory
	kind fs.Kind
	data int // sector of cluster 2
}

const sectors = 200

func newImage(t testing.TB, kind fs.Kind) *image {
	v := &image{memory: memory{b: make([]byte, sectors*512), writes: -1, t: t}, kind: kind}
	b := v.b
	copy(b, "\xeb\x3c\x90MSDOS5.0")
	le.PutUint16(b[0x0b:], 512)
	b[0x0d], b[0x10], b[0x15] = 1, 2, 0xf8
	b[510], b[511] = 0x55, 0xaa
	switch kind {
	case fs.FAT12:
		le.PutUint16(b[0x0e:], 1)
		le.PutUint16(b[0x11:], 32)
		le.PutUint16(b[0x13:], sectors)
		le.PutUint16(b[0x16:], 1)
		b[0x26] = 0x29
		v.data = 1 + 2 + 2
	case fs.FAT32:
		le.PutUint16(b[0x0e:], 8)
		le.PutUint32(b[0x20:], sectors)
		le.PutUint32(b[0x24:], 2)
		le.PutUint32(b[0x2c:], 2)
		le.PutUint16(b[0x30:], 1)
		b[0x42] = 0x29
		v.data = 8 + 2*2
		v.link(2, 0x0fffffff)
	}
	v.link(0, 0x0ffffff8)
	v.link(1, 0x0fffffff)
	return v
}

// table is a copy of FAT i, as bytes.
func (v *image) table(i int) []byte {
	first, n := 1, 512
	if v.kind == fs.FAT32 {
		first, n = 8, 1024
	}
	at := first*512 + i*n
	return v.b[at : at+n]
}

func (v *image) set(i int, n, to uint32) {
	t := v.table(i)
	if v.kind == fs.FAT32 {
		le.PutUint32(t[4*n:], to)
		return
	}
	w, keep := le.Uint16(t[n*3/2:]), uint16(0xf000)
	to &= 0xfff
	if n%2 == 1 {
		keep, to = 0xf, to<<4
	}
	le.PutUint16(t[n*3/2:], w&keep|uint16(to))
}

// link sets an entry in both FATs; FAT12 takes the low 12 bits.
func (v *image) link(n, to uint32) {
	v.set(0, n, to)
	v.set(1, n, to)
}

func (v *image) cluster(n uint32) []byte {
	at := (v.data + int(n) - 2) * 512
	return v.b[at : at+512]
}

// root is where root directory entries go.
func (v *image) root() []byte {
	if v.kind == fs.FAT32 {
		return v.cluster(2)
	}
	return v.b[3*512 : 5*512]
}

// put writes an 8.3 entry ("NAME    EXT") into a directory.
func put(dir []byte, slot int, name string, attr byte, cluster, size uint32) {
	e := dir[32*slot:]
	copy(e, name)
	e[11] = attr
	le.PutUint16(e[24:], 33) // 1980-01-01
	le.PutUint16(e[20:], uint16(cluster>>16))
	le.PutUint16(e[26:], uint16(cluster))
	le.PutUint32(e[28:], size)
}

func (v *image) fill() {
	put(v.root(), 0, "A LABEL    ", 0x08, 0, 0)
	put(v.root(), 1, "FILE    TXT", 0x21, 3, 1000)
	put(v.root(), 2, "DIR        ", 0x10, 10, 0)
	put(v.root(), 3, "EMPTY      ", 0x06, 0, 0)
	v.link(3, 7)
	v.link(7, 0x0fffffff)
	copy(v.cluster(3), bytes.Repeat([]byte{'3'}, 512))
	copy(v.cluster(7), bytes.Repeat([]byte{'7'}, 512))
	v.link(10, 0x0fffffff)
	put(v.cluster(10), 0, ".          ", 0x10, 10, 0)
	put(v.cluster(10), 1, "..         ", 0x10, 0, 0)
	put(v.cluster(10), 2, "INNER      ", 0x20, 12, 5)
	v.link(12, 0x0fffffff)
	copy(v.cluster(12), "inner")
}

var kinds = []fs.Kind{fs.FAT12, fs.FAT32}
