package ntfs

import (
	"fmt"
	"io"
	"sort"
	"sync"
)

// stream is the content of one attribute.
type stream struct {
	v        *Volume
	what     string // for errors
	flags    uint16 // of the attribute
	size     int64  // bytes of data
	init     int64  // bytes of it that were ever written; zeros follow
	resident []byte // the data, when parts is nil
	parts    []part // ascending
	mu       sync.Mutex
	runs     []run // of the part that was used last
	current  int   // index of that part, -1: none
}

// part is the piece of a run list that one record holds. Pieces are decoded
// when they are needed and only one is kept, so that even the most fragmented
// file costs little memory.
type part struct {
	first VCN
	load  func() (attribute, error)
}

// newStream opens the attribute a, which holds the start of the stream.
func (v *Volume) newStream(what string, a attribute) (*stream, error) {
	s := &stream{v: v, what: what, flags: a.flags(), current: -1}
	if !a.nonResident() {
		s.resident = a.value()
		s.size, s.init = int64(len(s.resident)), int64(len(s.resident))
		return s, nil
	}
	if a.lowest() != 0 {
		return nil, damaged(what, int64(a.off+0x10), "starts at VCN %d", a.lowest())
	}
	if err := a.checkSizes(what, v.clusterSize); err != nil {
		return nil, err
	}
	s.size, s.init = a.dataSize(), min(a.initSize(), a.dataSize())
	s.parts = []part{{load: func() (attribute, error) { return a, nil }}}
	return s, nil
}

func (s *stream) compressed() bool { return s.parts != nil && s.flags&attrFlagCompressed != 0 }
func (s *stream) encrypted() bool  { return s.flags&attrFlagEncrypted != 0 }

// runsAt returns the decoded part that should hold vcn.
func (s *stream) runsAt(vcn VCN) ([]run, error) {
	i := sort.Search(len(s.parts), func(i int) bool { return s.parts[i].first > vcn }) - 1
	if i < 0 {
		return nil, damaged(s.what, 0, "no run list for VCN %d", vcn)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == i {
		return s.runs, nil
	}
	runs, err := s.decodePart(i)
	if err != nil {
		return nil, err
	}
	s.current, s.runs = i, runs
	return runs, nil
}

func (s *stream) decodePart(i int) ([]run, error) {
	a, err := s.parts[i].load()
	if err != nil {
		return nil, err
	}
	if !a.nonResident() {
		return nil, damaged(s.what, 0, "the part at VCN %d is resident", s.parts[i].first)
	}
	if i+1 < len(s.parts) && a.next() != s.parts[i+1].first {
		return nil, damaged(s.what, 0, "the part at VCN %d ends before %d, the following one starts at %d", a.lowest(), a.next(), s.parts[i+1].first)
	}
	return decodeRuns(a.mappingPairs(), a.lowest(), a.next(), s.v.clusters, s.what)
}

// piece is a part of a stream that lies together on the volume.
type piece struct {
	off int64 // in the stream
	n   int64
	vol int64 // on the volume, -1: a hole
}

// pieceAt finds the piece that holds the byte off and at most n bytes of it.
func (s *stream) pieceAt(off, n int64) (piece, error) {
	cs := s.v.clusterSize
	vcn := VCN(off / cs)
	runs, err := s.runsAt(vcn)
	if err != nil {
		return piece{}, err
	}
	i := sort.Search(len(runs), func(i int) bool { return runs[i].end() > vcn })
	if i == len(runs) {
		return piece{}, damaged(s.what, 0, "no run for VCN %d", vcn)
	}
	// A run behind which the byte count overflows (only possible in a hole)
	// ends where n does.
	r, in := runs[i], off-int64(runs[i].vcn)*cs
	if left := r.n - in/cs; left <= n/cs+1 {
		n = min(n, r.n*cs-in)
	}
	p := piece{off: off, n: n, vol: -1}
	if r.lcn != hole {
		p.vol = int64(r.lcn)*cs + in
	}
	return p, nil
}

// pieces calls fn for the pieces of the range of a non-resident stream.
func (s *stream) pieces(off, n int64, fn func(piece) error) error {
	for n > 0 {
		p, err := s.pieceAt(off, n)
		if err != nil {
			return err
		}
		if err := fn(p); err != nil {
			return err
		}
		off, n = off+p.n, n-p.n
	}
	return nil
}

// ReadAt reads plain data; holes and what was never written read as zeros.
// Runs are read in one go, whatever their length.
func (s *stream) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("%s: read at %d", s.what, off)
	}
	if off >= s.size {
		return 0, io.EOF
	}
	var eof error
	if int64(len(b)) > s.size-off {
		b, eof = b[:s.size-off], io.EOF
	}
	if s.parts == nil {
		return copy(b, s.resident[off:]), eof
	}
	valid := max(0, min(int64(len(b)), s.init-off))
	clear(b[valid:])
	done := 0
	err := s.pieces(off, valid, func(p piece) error {
		at := b[p.off-off : p.off-off+p.n]
		if p.vol < 0 {
			clear(at)
			done += len(at)
			return nil
		}
		n, err := s.v.dev.ReadAt(at, p.vol)
		done += n
		if n == len(at) {
			return nil // some readers say EOF with the last byte
		}
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("%s: volume at %#x: %w", s.what, p.vol, err)
	})
	if err != nil {
		return done, err
	}
	return len(b), eof
}
