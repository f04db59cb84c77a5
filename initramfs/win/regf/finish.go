package regf

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Result is what an edit wants to be written.
type Result struct {
	// Patches in ascending order except that the base block's is the last.
	// Each is a run of 512-byte sectors that change. A patch behind the old
	// end of the file has no Old; together they cover all that the file grows by.
	Patches []Patch
	Size    int64 // of the file afterwards; never less than before
}

// Finish ends the edit and returns what has to be written; no patches when
// nothing changes. Before it does, it reads the result anew and proves three
// things. Each key that an operation named has the values, subkeys, class and
// security that were announced, and what was not announced as it was. The
// cells of each bin that changed fill it without a gap, and what the keys of
// the edit refer to is among them, each cell once. And of all other keys of the
// hive, asked one by one, no byte of any of their cells changes, nor of an
// allocated cell that no key has; and no cell is used twice.
//
// The last proof goes through the nodes of the whole hive, not through its
// data: in a hive with cells that two keys share, an edit of one would destroy
// the other, and nothing else notices that. It costs about as much as Check,
// a fifth of a Diff, and one bit for each 8 bytes of hive for as long as it
// takes. A hive that is damaged anywhere is refused thereby, with an error that
// wraps ErrDamaged; errors that wrap ErrUnproved are faults of this package,
// found in time. After an error the edit goes on as if Finish had not been called.
func (e *Editor) Finish() (Result, error) {
	var r Result
	err := e.do(func() (err error) {
		r, err = e.finish()
		return err
	})
	e.done = e.done || err == nil
	return r, err
}

func (e *Editor) finish() (Result, error) {
	changed, err := e.patches()
	if err != nil || len(changed) == 0 {
		return Result{nil, e.was.size}, err
	}
	if err := e.seal(); err != nil {
		return Result{}, err
	}
	if err := e.verify(); err != nil {
		return Result{}, err
	}
	patches, err := e.patches()
	if err != nil {
		return Result{}, err
	}
	return Result{append(patches[1:], patches[0]), e.h.size}, nil
}

// seal brings sequence numbers, time and checksum of the base block up to date.
// The first bin has a copy of the time, which Windows compares with its logs
// when the base block is damaged.
func (e *Editor) seal() error {
	b := make([]byte, sector)
	if err := e.h.read(b, 0); err != nil {
		return err
	}
	le := binary.LittleEndian
	seq := max(e.h.base.Seq1, e.opt.MinSeq) + 1
	le.PutUint32(b[baseSeq1:], seq)
	le.PutUint32(b[baseSeq2:], seq)
	if !e.opt.Now.IsZero() {
		le.PutUint64(b[baseTime:], toFileTime(e.opt.Now))
		if err := e.write(baseSize+binTime, b[baseTime:baseTime+8]); err != nil {
			return err
		}
	}
	le.PutUint32(b[baseChecksum:], Checksum(b))
	if err := e.write(0, b); err != nil {
		return err
	}
	base, err := parseBase(b)
	e.h.base = base
	return err
}

// patches compares the blocks that were copied with the file.
func (e *Editor) patches() ([]Patch, error) {
	var all []Patch
	old := make([]byte, blockSize)
	for _, no := range e.changedBlocks() {
		page, pos := e.h.over[no], no*blockSize
		page = page[:min(blockSize, e.h.size-pos)]
		had := int(max(0, min(blockSize, e.was.size-pos)))
		if err := e.was.read(old[:had], pos); err != nil {
			return nil, err
		}
		for in := 0; in < len(page); in += sector {
			end := min(in+sector, len(page))
			if in < had { // the last sector of the file may be a short one
				if cut := min(end, had); !bytes.Equal(old[in:cut], page[in:cut]) {
					all = addRun(all, pos+int64(in), old[in:cut], page[in:cut])
				}
			}
			if end > had {
				from := max(in, had)
				all = addRun(all, pos+int64(from), nil, page[from:end])
			}
		}
	}
	return all, nil
}

// addRun appends changed bytes to the run before if they continue it.
func addRun(all []Patch, off int64, old, new []byte) []Patch {
	if n := len(all); n > 0 {
		p := &all[n-1]
		if p.Off+int64(len(p.New)) == off && (p.Old == nil) == (old == nil) && p.Off != 0 {
			p.Old, p.New = append(p.Old, old...), append(p.New, new...)
			return all
		}
	}
	return append(all, Patch{off, bytes.Clone(old), bytes.Clone(new)})
}

func (e *Editor) changedBlocks() []int64 {
	blocks := make([]int64, 0, len(e.h.over))
	for no := range e.h.over {
		blocks = append(blocks, no)
	}
	slices.Sort(blocks)
	return blocks
}
