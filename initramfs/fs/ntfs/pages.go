package ntfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// pageSize is the unit in which a change is kept: no cluster is smaller, so
// that file data, which goes to the device at once, never shares a page with
// metadata.
const pageSize = 512

// pages is the Device that a change works on: reads come from the volume,
// writes stay in memory until flush. What it holds is metadata only.
type pages struct {
	base  block.Device
	dirty map[int64]*[pageSize]byte // by offset / pageSize
	// seen holds what was read of the volume, by offset / seenSize: a change
	// looks at the same few blocks again and again.
	seen  map[int64][]byte
	spare *spare
	lent  [][]byte // blocks of spare that are in use
}

// Limits of what is kept: blocks of seenSize, of reads that are not longer
// than seenRead.
const (
	seenSize   = 4096
	seenRead   = 4 * seenSize
	seenBlocks = 512
)

func newPages(base block.Device, s *spare) *pages {
	return &pages{base: base, dirty: map[int64]*[pageSize]byte{}, seen: map[int64][]byte{}, spare: s}
}

// read is ReadAt of the volume as it was before the change.
func (d *pages) read(p []byte, off int64) (int, error) {
	if len(p) > seenRead || off < 0 {
		return d.base.ReadAt(p, off)
	}
	done := 0
	for done < len(p) {
		at := off + int64(done)
		b, err := d.seenBlock(at / seenSize)
		if err != nil || at%seenSize >= int64(len(b)) {
			n, err := d.base.ReadAt(p[done:], at)
			return done + n, err
		}
		done += copy(p[done:], b[at%seenSize:])
	}
	return done, nil
}

// seenBlock returns block i; it is short at the end of the volume.
func (d *pages) seenBlock(i int64) ([]byte, error) {
	if b, ok := d.seen[i]; ok {
		return b, nil
	}
	b := d.buffer(int(max(0, min(seenSize, d.base.Size()-i*seenSize))))
	if n, err := d.base.ReadAt(b, i*seenSize); n < len(b) {
		return nil, err
	}
	if len(d.seen) >= seenBlocks {
		clear(d.seen)
	}
	d.seen[i] = b
	return b, nil
}

func (d *pages) Size() int64     { return d.base.Size() }
func (d *pages) SectorSize() int { return d.base.SectorSize() }
func (d *pages) Flush() error    { return nil }

func (d *pages) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.read(p, off)
	if len(d.dirty) == 0 {
		return n, err
	}
	for i := off / pageSize; i*pageSize < off+int64(n); i++ {
		img := d.dirty[i]
		if img == nil {
			continue
		}
		if at := i*pageSize - off; at >= 0 {
			copy(p[at:n], img[:])
		} else {
			copy(p[:n], img[-at:])
		}
	}
	return n, err
}

func (d *pages) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > d.Size()/pageSize*pageSize {
		return 0, fmt.Errorf("write of %#x bytes at %#x of the volume: %w", len(p), off, block.ErrBounds)
	}
	done := 0
	for done < len(p) {
		at := off + int64(done)
		img, err := d.load(at/pageSize, at%pageSize == 0 && len(p)-done >= pageSize)
		if err != nil {
			return done, err
		}
		done += copy(img[at%pageSize:], p[done:])
	}
	return done, nil
}

// load returns page i for writing; its old bytes are read unless all of them
// will be replaced.
func (d *pages) load(i int64, whole bool) (*[pageSize]byte, error) {
	if img := d.dirty[i]; img != nil {
		return img, nil
	}
	img := d.spare.page()
	if !whole {
		if n, err := d.read(img[:], i*pageSize); n < pageSize {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("volume at %#x: %w", i*pageSize, err)
		}
	}
	d.dirty[i] = img
	return img, nil
}

// stretch is a run of neighbouring pages.
type stretch struct {
	off      int64
	old, new []byte
}

// maxStretch is the length of the longest write of a flush.
const maxStretch = 1 << 20

// stretches collects the pages that differ from the volume, in ascending
// order. All reading is done here, before the first write.
func (d *pages) stretches() ([]stretch, error) {
	keys := make([]int64, 0, len(d.dirty))
	for i := range d.dirty {
		keys = append(keys, i)
	}
	slices.Sort(keys)
	var list []stretch
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n] == keys[0]+int64(n) && n < maxStretch/pageSize {
			n++
		}
		s := stretch{off: keys[0] * pageSize, old: d.buffer(n * pageSize), new: d.buffer(n * pageSize)[:0]}
		if k, err := d.read(s.old, s.off); k < len(s.old) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("volume at %#x: %w", s.off, err)
		}
		for _, i := range keys[:n] {
			s.new = append(s.new, d.dirty[i][:]...)
		}
		if !bytes.Equal(s.old, s.new) {
			list = append(list, s)
		}
		keys = keys[n:]
	}
	return list, nil
}

// flush writes everything. When the device refuses a write, what was written
// before it gets its old bytes again, so that the volume is as it was.
func (d *pages) flush() error {
	list, err := d.stretches()
	if err != nil {
		return err
	}
	for i, s := range list {
		if _, err = d.base.WriteAt(s.new, s.off); err == nil {
			continue
		}
		err = fmt.Errorf("volume at %#x: %w", s.off, err)
		for ; i >= 0; i-- {
			if _, back := d.base.WriteAt(list[i].old, list[i].off); back != nil {
				err = errors.Join(err, fmt.Errorf("putting back the volume at %#x: %w", list[i].off, back))
			}
		}
		return err
	}
	return nil
}
