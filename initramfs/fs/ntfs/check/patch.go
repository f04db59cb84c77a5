package check

import (
	"bytes"
	"io"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Patch is bytes of a volume that are to be replaced. Off and the lengths are
// multiples of 512.
type Patch struct {
	Kind   Kind  // of the problem that it mends, the first where there are several
	Off    int64 // bytes from the start of the volume
	Before []byte
	After  []byte
}

// mender is the Device of a check that mends: what is to be mended lies over
// the volume in memory, so that the check goes on with what will be. It also
// remembers what was read in small pieces, since a check looks at the same few
// records again and again.
type mender struct {
	block.Device
	sectors map[int64]*mended // by offset / mendSector
	seen    map[int64][]byte  // by offset / seenSize
}

type mended struct {
	kind Kind
	b    [mendSector]byte
}

const (
	mendSector = 512
	seenSize   = 4096
	seenBlocks = 1024
)

func newMender(dev block.Device) *mender {
	return &mender{Device: dev, sectors: map[int64]*mended{}, seen: map[int64][]byte{}}
}

// ReadAt reads the volume as it will be.
func (m *mender) ReadAt(p []byte, off int64) (int, error) {
	n, err := m.before(p, off)
	if len(m.sectors) == 0 {
		return n, err
	}
	for i := off / mendSector; i*mendSector < off+int64(n); i++ {
		if s := m.sectors[i]; s != nil {
			if at := i*mendSector - off; at >= 0 {
				copy(p[at:n], s.b[:])
			} else {
				copy(p[:n], s.b[-at:])
			}
		}
	}
	return n, err
}

// before reads the volume as it is.
func (m *mender) before(p []byte, off int64) (int, error) {
	if len(p) > 4*seenSize || off < 0 {
		return m.Device.ReadAt(p, off)
	}
	done := 0
	for done < len(p) {
		at := off + int64(done)
		b, err := m.block(at / seenSize)
		if err != nil || at%seenSize >= int64(len(b)) {
			n, err := m.Device.ReadAt(p[done:], at)
			return done + n, err
		}
		done += copy(p[done:], b[at%seenSize:])
	}
	return done, nil
}

// block is block i of the volume, short at its end.
func (m *mender) block(i int64) ([]byte, error) {
	if b, ok := m.seen[i]; ok {
		return b, nil
	}
	b := make([]byte, max(0, min(seenSize, m.Device.Size()-i*seenSize)))
	if n, err := m.Device.ReadAt(b, i*seenSize); n < len(b) {
		return nil, err
	}
	if len(m.seen) >= seenBlocks {
		clear(m.seen)
	}
	m.seen[i] = b
	return b, nil
}

// put replaces bytes of the volume as it will be.
func (m *mender) put(kind Kind, b []byte, off int64) error {
	for done := 0; done < len(b); {
		at := off + int64(done)
		i := at / mendSector
		s := m.sectors[i]
		if s == nil {
			s = &mended{kind: kind}
			if n, err := m.before(s.b[:], i*mendSector); n < mendSector {
				if err == nil {
					err = io.ErrUnexpectedEOF
				}
				return err
			}
			m.sectors[i] = s
		}
		done += copy(s.b[at%mendSector:], b[done:])
	}
	return nil
}

// patches are the sectors that differ, in ascending order, neighbours joined.
func (m *mender) patches() ([]Patch, error) {
	var all []Patch
	for _, i := range slices.Sorted(maps.Keys(m.sectors)) {
		s := m.sectors[i]
		old := make([]byte, mendSector)
		if n, err := m.before(old, i*mendSector); n < mendSector {
			return nil, err
		}
		if bytes.Equal(old, s.b[:]) {
			continue
		}
		if k := len(all) - 1; k >= 0 && all[k].Kind == s.kind && all[k].Off+int64(len(all[k].After)) == i*mendSector {
			all[k].Before = append(all[k].Before, old...)
			all[k].After = append(all[k].After, s.b[:]...)
			continue
		}
		all = append(all, Patch{s.kind, i * mendSector, old, bytes.Clone(s.b[:])})
	}
	return all, nil
}

// mends reports whether this check mends, and may note it.
func (c *checker) mends() bool { return c.fix != nil && !c.quiet }

// put replaces bytes of the volume where this check mends.
func (c *checker) put(kind Kind, b []byte, off int64) error {
	if !c.mends() {
		return nil
	}
	return c.fix.put(kind, b, off)
}

// putStream replaces bytes of a stream that are allocated and not resident.
func (c *checker) putStream(kind Kind, s *stream, b []byte, off int64) error {
	for _, r := range s.runs {
		start := int64(r.vcn) * c.clusterSize
		from, to := max(off, start), min(off+int64(len(b)), start+r.n*c.clusterSize)
		if from >= to || r.lcn == hole {
			continue
		}
		if err := c.put(kind, b[from-off:to-off], int64(r.lcn)*c.clusterSize+from-start); err != nil {
			return err
		}
	}
	return nil
}

// putRecord changes a record: edit gets it with its fix-ups taken out. The
// update sequence number stays.
func (c *checker) putRecord(kind Kind, no int64, edit func(b []byte)) error {
	if !c.mends() {
		return nil
	}
	size := int64(c.boot.RecordSize)
	b := make([]byte, size)
	if err := c.mft.readAt(c, b, no*size); err != nil {
		return err
	}
	if fixups(b) != nil {
		return nil // noted; such a record gives no reason to mend something in it
	}
	edit(b)
	protect(b)
	return c.putStream(kind, c.mft, b, no*size)
}

// protect puts the fix-ups of a structure in again.
func protect(b []byte) {
	ofs, n := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	for i := 1; i < n; i++ {
		copy(b[ofs+2*i:ofs+2*i+2], b[i*512-2:])
		copy(b[i*512-2:i*512], b[ofs:ofs+2])
	}
}

// putValue replaces bytes of the value of an attribute, all parts of which are
// given.
func (c *checker) putValue(kind Kind, parts []*attr, b []byte, off int64) error {
	a := parts[0]
	if !a.resident {
		return c.putStream(kind, c.join(parts), b, off)
	}
	return c.putRecord(kind, a.record, func(rec []byte) {
		copy(rec[int64(a.off)+int64(le.Uint16(rec[a.off+0x14:]))+off:], b)
	})
}
