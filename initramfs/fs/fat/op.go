package fat

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// op is one call of the file system. It looks at the volume anew (no page of
// the FAT outlives it) and it puts back what it has written when a later write
// fails.
type op struct {
	v     *Volume
	pages map[int64]*page // by offset in the FAT

	undo  []beforeImage // of structures, in the order of writing
	delta int64         // change of the number of free clusters
	next  Cluster       // where the next search for one starts; 0: as before
}

// beforeImage is what was on the volume before.
type beforeImage struct {
	off int64
	b   []byte
}

func (v *Volume) begin() *op { return &op{v: v, pages: map[int64]*page{}} }

// beginChange is begin for what changes structures. It knows the number of
// free clusters afterwards, so that a lack of space is found before anything is
// written.
func (v *Volume) beginChange() (*op, error) {
	if err := v.checkClean(); err != nil {
		return nil, err
	}
	if b := v.boot; b.RootEntries > 0 && (b.Clusters == minFAT16 || b.Clusters == minFAT16+1) {
		// fastfat.sys takes these for FAT12, the specification for FAT16.
		return nil, unsupported("FAT volume", "changes of a volume with %d clusters, on whose kind drivers disagree", b.Clusters)
	}
	o := v.begin()
	return o, o.countFree()
}

func (v *Volume) checkClean() error {
	if (v.state.Dirty || v.state.HadError) && !v.allowDirty {
		return fmt.Errorf("FAT volume: %w", ErrDirty)
	}
	return nil
}

// end finishes an op: with an error everything that was written is put back.
// free and next of the Volume change only here.
func (o *op) end(err error) error {
	if err == nil {
		err = o.flushFAT()
	}
	if err == nil {
		o.v.free += o.delta
		if err = o.writeFSInfo(); err != nil {
			o.v.free -= o.delta
		}
	}
	o.v.generation.Add(1)
	if err == nil {
		return nil
	}
	for _, im := range slices.Backward(o.undo) {
		if _, back := o.v.dev.WriteAt(im.b, im.off); back != nil {
			return errors.Join(err, fmt.Errorf("putting back %d bytes at %#x: %w", len(im.b), im.off, back))
		}
	}
	return err
}

// write changes a structure; before is what the volume holds there.
func (o *op) write(p, before []byte, off int64) error {
	o.undo = append(o.undo, beforeImage{off, before})
	if _, err := o.v.dev.WriteAt(p, off); err != nil {
		return fmt.Errorf("volume at %#x: %w", off, err)
	}
	return nil
}

// flushFAT writes the changed pages, from the first to the last changed byte,
// to every FAT that is in use.
func (o *op) flushFAT() error {
	offs := make([]int64, 0, len(o.pages))
	for off, p := range o.pages {
		if p.disk != nil {
			offs = append(offs, off)
		}
	}
	slices.Sort(offs)
	for k := range o.v.boot.FATs {
		if !o.v.boot.Mirrored && k != o.v.boot.ActiveFAT {
			continue
		}
		for _, off := range offs {
			p := o.pages[off]
			for _, d := range differences(p.disk, p.b, 512) {
				if err := o.write(p.b[d[0]:d[1]], p.disk[d[0]:d[1]], o.v.boot.fatOffset(k)+off+int64(d[0])); err != nil {
					return fmt.Errorf("FAT %d: %w", k, err)
				}
			}
		}
	}
	for _, off := range offs {
		o.pages[off].disk = nil
	}
	return nil
}

// differences are the ranges [from, to) in which blocks of a and b differ.
func differences(a, b []byte, block int) (list [][2]int) {
	for i := 0; i < len(a); i += block {
		to := min(i+block, len(a))
		if string(a[i:to]) == string(b[i:to]) {
			continue
		}
		if k := len(list) - 1; k >= 0 && list[k][1] == i {
			list[k][1] = to
		} else {
			list = append(list, [2]int{i, to})
		}
	}
	return list
}

// read fills p from the volume.
func (v *Volume) read(p []byte, off int64) error {
	n, err := v.dev.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("volume at %#x: %w", off, err)
}
