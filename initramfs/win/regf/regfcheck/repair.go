package regfcheck

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// ErrDirty: the hive needs its logs first.
var ErrDirty = errors.New("hive is not clean")

// Mended is a finding and what was done about it, a sentence.
type Mended struct {
	Finding
	Did string
	Cut bool // something that cannot be read was cut off
}

// Repaired is the result of Repair.
type Repaired struct {
	// Patches change the file, by offset; the one of the base block is last.
	// The size of the file stays.
	Patches []regf.Patch
	Size    int64
	Mended  []Mended
	// Rest is the report on the hive with the patches. Where it has damage the
	// hive could not be mended without guessing.
	Rest *Report

	fixed *fixer
}

// Cut is the number of mends that cut off something.
func (r *Repaired) Cut() (n int) {
	for _, m := range r.Mended {
		if m.Cut {
			n++
		}
	}
	return n
}

// Reader gives the hive with the patches. It is not for concurrent use.
func (r *Repaired) Reader() io.ReaderAt { return r.fixed }

// maxRounds bounds how often the hive is checked: mending one thing can uncover
// another, as cutting off a key changes the count of its parent.
const maxRounds = 12

// maxMended bounds what Repair holds in memory.
const maxMended = 50_000

// Repair mends what Check reported in the hive behind r. It changes what other
// parts of the hive prove, and cuts off references that lead nowhere, whose
// targets are lost already; what is cut off stays in the file as cells that
// nothing uses. Everything it did is in Mended, nothing else changed.
//
// A hive that needs its logs is refused with ErrDirty: replay first. The
// sequence numbers stay: whoever writes the patches raises them.
func Repair(rep *Report, r io.ReaderAt) (*Repaired, error) {
	f := &fixer{file: &image{r: r, size: rep.size}, dirty: map[int64]*[sector]byte{}}
	out := &Repaired{Size: rep.size, Rest: rep, fixed: f}
	for range maxRounds {
		if out.Rest.Damaged == 0 {
			break
		}
		n := len(out.Mended)
		if err := f.round(out); err != nil {
			return nil, err
		}
		if len(out.Mended) == n {
			break
		}
		var err error
		if out.Rest, err = Check(f, rep.size); err != nil {
			return nil, err
		}
	}
	out.Patches = f.patches()
	return out, f.file.err
}

// round applies the mends of one report.
func (f *fixer) round(out *Repaired) error {
	f.drops, f.valueDrops, f.taken = map[uint32][]int{}, map[uint32][]int{}, map[uint32]bool{}
	n := len(out.Mended)
	for _, counts := range []bool{false, true} {
		if counts && len(out.Mended) > n {
			break // they change with what was mended
		}
		for _, x := range out.Rest.Findings {
			if x.Kind == BaseSequence && x.mend == nil {
				return fmt.Errorf("%w: %s", ErrDirty, x)
			}
			if x.Harmless || x.mend == nil || counts != (x.Kind == SecurityCount) || len(out.Mended) >= maxMended {
				continue
			}
			f.cut = false
			if did := x.mend(f); did != "" {
				x.mend = nil // it holds all that the check knew
				out.Mended = append(out.Mended, Mended{x, did, f.cut})
			}
		}
	}
	for _, list := range slices.Sorted(maps.Keys(f.drops)) {
		f.dropEntries(list, f.drops[list])
	}
	for _, key := range slices.Sorted(maps.Keys(f.valueDrops)) {
		f.dropValues(key, f.valueDrops[key])
	}
	out.Rest.c.forget()
	return f.file.err
}

const sector = 512

// fixer is the hive with changes, which it keeps by sector.
type fixer struct {
	file       *image
	dirty      map[int64]*[sector]byte
	drops      map[uint32][]int // entries to take from subkey lists
	valueDrops map[uint32][]int // values to take from keys
	taken      map[uint32]bool  // keys given to a list in this round
	cut        bool             // the mend at work cuts something off
}

// ReadAt reads the hive as it is by now.
func (f *fixer) ReadAt(p []byte, off int64) (int, error) {
	n := int(max(0, min(int64(len(p)), f.file.size-off)))
	f.read(p[:n], off)
	if f.file.err != nil {
		return 0, f.file.err
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *fixer) read(p []byte, off int64) {
	f.file.read(p, off)
	for s := off / sector; s*sector < off+int64(len(p)); s++ {
		d := f.dirty[s]
		if d == nil {
			continue
		}
		if from := s*sector - off; from >= 0 {
			copy(p[from:], d[:])
		} else {
			copy(p, d[-from:])
		}
	}
}

// write takes only sectors that change, so that going over much costs little.
func (f *fixer) write(p []byte, off int64) {
	for len(p) > 0 {
		n := min(len(p), int(sector-off%sector))
		if string(f.bytes(off, n)) != string(p[:n]) {
			d := f.dirty[off/sector]
			if d == nil {
				d = new([sector]byte)
				f.file.read(d[:], off/sector*sector)
				f.dirty[off/sector] = d
			}
			copy(d[off%sector:], p[:n])
		}
		p, off = p[n:], off+int64(n)
	}
}

func (f *fixer) u32(off int64) uint32 {
	var b [4]byte
	f.read(b[:], off)
	return le.Uint32(b[:])
}

func (f *fixer) u16(off int64) uint16 { return le.Uint16(f.bytes(off, 2)) }

func (f *fixer) bytes(off int64, n int) []byte {
	b := make([]byte, n)
	f.read(b, off)
	return b
}

func (f *fixer) put32(at int64, v uint32) { f.write(le.AppendUint32(nil, v), at) }
func (f *fixer) put16(at int64, v uint16) { f.write(le.AppendUint16(nil, v), at) }

// patches gives the sectors that differ from the file.
func (f *fixer) patches() (all []regf.Patch) {
	for _, s := range slices.Sorted(maps.Keys(f.dirty)) {
		old, now := f.file.bytes(s*sector, sector), f.dirty[s][:]
		if string(old) == string(now) {
			continue
		}
		if l := len(all) - 1; l >= 0 && all[l].Off >= baseSize && all[l].Off+int64(len(all[l].New)) == s*sector {
			all[l].Old, all[l].New = append(all[l].Old, old...), append(all[l].New, now...)
			continue
		}
		all = append(all, regf.Patch{Off: s * sector, Old: old, New: slices.Clone(now)})
	}
	if len(all) > 0 && all[0].Off == 0 {
		all = append(all[1:], all[0])
	}
	return all
}
