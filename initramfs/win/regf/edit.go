package regf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// sector is the smallest unit that a disk writes whole or not at all. Larger
// sectors are multiples of it, so that what lies in one of these lies in one of
// those.
const sector = 512

// Patch replaces bytes of the hive file. Old and New have the same length.
type Patch struct {
	Off      int64 // in the file
	Old, New []byte
}

// Edit collects changes of values that keep type and length.
//
// The patches may be written one after the other, and the power may fail
// between any two sectors: each state in between is a valid hive. Each value
// patch changes bytes within one 512-byte sector of value data, which no
// checksum covers, so that the value has its old or its new data and nothing
// else changes; a change that would span two sectors is refused. The last
// patch lies in the first sector: both sequence numbers rise by one and the
// checksum fits, so that the base block is the old or the new one, both clean.
// A hive that was not clean before is refused, because Windows would replay a
// log over the change; after the last patch, what is left in logs stays ignored
// as it was before. No time stamps change, and no bytes of unknown meaning.
type Edit struct {
	h       *Hive
	patches []Patch
	set     []Difference // what is going to differ, to check it
}

// NewEdit starts an edit. The error wraps ErrDirty when the hive is not clean;
// it says why. Hives of versions 1.1 and 1.2 are refused with ErrUnsupported.
func NewEdit(h *Hive) (*Edit, error) {
	if err := h.writable(); err != nil {
		return nil, err
	}
	return &Edit{h: h}, nil
}

// writable tells whether a hive is one that this package edits.
func (h *Hive) writable() error {
	if h.base.Minor < 3 {
		return fmt.Errorf("%w: hives of version 1.%d (Windows NT 3.x) are read only", ErrUnsupported, h.base.Minor)
	}
	if s := h.State(); !s.Clean {
		return fmt.Errorf("%w: %s", ErrDirty, strings.Join(s.Reasons, "; "))
	}
	return nil
}

// Set gives an existing value new data. Errors wrap ErrNotExist when key or
// value are missing, ErrType when type or length differ from what is there,
// ErrEdit when the change cannot be made in one sector, ErrDamaged when the
// cells are not what they should be. Setting what is there already changes
// nothing.
func (e *Edit) Set(keyPath, valueName string, typ Type, data []byte) error {
	k, err := e.h.Key(keyPath)
	if err != nil {
		return err
	}
	v, err := k.Value(valueName)
	if err != nil {
		return err
	}
	if v.Type() != typ || v.Len() != int64(len(data)) {
		return fmt.Errorf("set %s, value %q: %w", keyPath, valueName, v.wrongType(fmt.Sprintf("%v of %d bytes", typ, len(data))))
	}
	old, err := v.Data()
	if err != nil {
		return err
	}
	parts, err := v.segments()
	if err != nil {
		return err
	}
	p, changed, err := patch(parts, old, data)
	if err != nil {
		return fmt.Errorf("set %s, value %q: %w", keyPath, valueName, err)
	}
	if !changed {
		return nil
	}
	return e.add(p, Difference{DataDiffers, keyPath, v.name})
}

// patch finds the one run of bytes in which old and new data differ.
func patch(parts []cell, old, data []byte) (Patch, bool, error) {
	lo, hi := 0, len(old)
	for lo < hi && old[lo] == data[lo] {
		lo++
	}
	for lo < hi && old[hi-1] == data[hi-1] {
		hi--
	}
	if lo == hi {
		return Patch{}, false, nil
	}
	start := int64(0)
	for _, part := range parts {
		if int64(lo) < start+part.size {
			off := part.off + int64(lo) - start
			if int64(hi) > start+part.size || off/sector != (off+int64(hi-lo)-1)/sector {
				break
			}
			return Patch{off, bytes.Clone(old[lo:hi]), bytes.Clone(data[lo:hi])}, true, nil
		}
		start += part.size
	}
	return Patch{}, false, fmt.Errorf("%w: bytes %d to %d of the data change, which lie in more than one sector of %d bytes",
		ErrEdit, lo, hi-1, sector)
}

// add takes a patch into the edit unless it meets another one: two values that
// share bytes are damage, the same value set twice is a mistake.
func (e *Edit) add(p Patch, d Difference) error {
	for _, o := range e.patches {
		if p.Off < o.Off+int64(len(o.New)) && o.Off < p.Off+int64(len(p.New)) {
			return fmt.Errorf("set %s, value %q: %w: bytes at %#x are changed already", d.Key, d.Value, ErrEdit, p.Off)
		}
	}
	if err := e.h.inBin(p.Off, int64(len(p.New))); err != nil {
		return err
	}
	e.patches = append(e.patches, p)
	e.set = append(e.set, d)
	return nil
}

// Patches returns the changes in the order they are to be written, the base
// block's last; nothing when no value changes. Before it does, it reads the
// hive with the patches laid over it in memory: the result must be clean, and
// differ from the hive in the values that were set and nowhere else. A hive
// that is damaged anywhere is refused thereby, with an error that wraps
// ErrDamaged.
func (e *Edit) Patches() ([]Patch, error) {
	if len(e.patches) == 0 {
		return nil, nil
	}
	head, err := e.headPatch()
	if err != nil {
		return nil, err
	}
	all := append(append([]Patch(nil), e.patches...), head)
	after, err := Open(&patched{&e.h.pages, all}, e.h.size)
	if err != nil {
		return nil, err
	}
	if s := after.State(); !s.Clean {
		return nil, fmt.Errorf("%w: the base block would be invalid: %s", ErrEdit, strings.Join(s.Reasons, "; "))
	}
	diff, err := Diff(e.h, after)
	if err != nil {
		return nil, err
	}
	if len(diff) != len(e.set) {
		return nil, fmt.Errorf("%w: %d values were set, %d would change: %v", ErrEdit, len(e.set), len(diff), diff)
	}
	for _, d := range diff {
		if !e.wanted(d) {
			return nil, fmt.Errorf("%w: it would change something else: %v", ErrEdit, d)
		}
	}
	return all, nil
}

func (e *Edit) wanted(d Difference) bool {
	for _, w := range e.set {
		if d.Change == w.Change && d.Value == w.Value && EqualFold(strings.Trim(d.Key, `\`), strings.Trim(w.Key, `\`)) {
			return true
		}
	}
	return false
}

// headPatch is the change of the base block, from the first sequence number to
// the second or, where the checksum changes, to the end of the sector.
func (e *Edit) headPatch() (Patch, error) {
	old := make([]byte, sector)
	if err := e.h.read(old, 0); err != nil {
		return Patch{}, err
	}
	b := bytes.Clone(old)
	le := binary.LittleEndian
	le.PutUint32(b[baseSeq1:], e.h.base.Seq1+1)
	le.PutUint32(b[baseSeq2:], e.h.base.Seq1+1)
	le.PutUint32(b[baseChecksum:], Checksum(b))
	return Patch{baseSeq1, old[baseSeq1:], b[baseSeq1:]}, nil
}

// patched is a hive file with patches laid over it.
type patched struct {
	file    *pages
	patches []Patch
}

// ReadAt reads through the cache of the hive below.
func (f *patched) ReadAt(b []byte, off int64) (int, error) {
	if off >= f.file.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), f.file.size-off))
	if err := f.file.read(b[:n], off); err != nil {
		return 0, err
	}
	for _, p := range f.patches {
		if from, to := max(p.Off, off), min(p.Off+int64(len(p.New)), off+int64(n)); from < to {
			copy(b[from-off:to-off], p.New[from-p.Off:])
		}
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
