package ntfs

// spareSize is the size of the buffers that are used again.
const spareSize = 4096

// maxSpare bounds how many of them wait for the next change: 2 MiB.
const maxSpare = 512

// spare keeps the buffers of a change for the next one, so that thousands of
// small changes do not leave their weight in garbage. What is in them means
// nothing.
type spare struct {
	blocks [][]byte
	pages  []*[pageSize]byte
}

func (s *spare) block() []byte {
	if k := len(s.blocks) - 1; k >= 0 {
		b := s.blocks[k]
		s.blocks = s.blocks[:k]
		return b
	}
	return make([]byte, spareSize)
}

func (s *spare) page() *[pageSize]byte {
	if k := len(s.pages) - 1; k >= 0 {
		p := s.pages[k]
		s.pages = s.pages[:k]
		return p
	}
	return new([pageSize]byte)
}

// buffer returns n bytes of any content that are gone when the change ends.
func (d *pages) buffer(n int) []byte {
	if n > spareSize {
		return make([]byte, n)
	}
	b := d.spare.block()
	d.lent = append(d.lent, b)
	return b[:n]
}

// release gives all buffers back. Nothing of the change may be used any more.
func (d *pages) release() {
	s := d.spare
	for _, b := range d.lent {
		if len(s.blocks) < maxSpare {
			s.blocks = append(s.blocks, b)
		}
	}
	for _, p := range d.dirty {
		if len(s.pages) < maxSpare {
			s.pages = append(s.pages, p)
		}
	}
	d.lent, d.dirty, d.seen = nil, nil, nil
}
