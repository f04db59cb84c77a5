package ntfs

import (
	"fmt"
	"io"
)

// maxReparse is the size that Windows allows (MAXIMUM_REPARSE_DATA_BUFFER_SIZE).
const maxReparse = 16 << 10

// Reparse tags whose meaning is worth words.
var reparseWords = [...]struct {
	tag  uint32
	mask uint32
	text string
}{
	{0x80000017, 0xffffffff, "compressed by the system (WOF, CompactOS)"},
	{0x80000013, 0xffffffff, "deduplicated, its data is in the chunk store"},
	{0xa0000003, 0xffffffff, "a junction or mount point, which is not followed"},
	{0xa000000c, 0xffffffff, "a symbolic link, which is not followed"},
	{0x9000001a, 0xffff0fff, "a cloud file, its data may be elsewhere"},
}

// reparsePoint reads the reparse point of a file, from its tag on; nil when
// there is none.
func (n *node) reparsePoint() ([]byte, error) {
	a, ok, err := n.inode.find(attrReparsePoint, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.path, err)
	}
	if !ok {
		return nil, nil
	}
	s, err := n.stream(n.path+" $REPARSE_POINT", a)
	if err != nil {
		return nil, err
	}
	if s.size < 8 || s.size > maxReparse {
		return nil, damaged(s.what, 0, "%d bytes", s.size)
	}
	b := make([]byte, s.size)
	if _, err := s.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

// checkReparse refuses a file or directory with a reparse point: what it
// means is up to a driver that is not here.
func (n *node) checkReparse() error {
	b, err := n.reparsePoint()
	if err != nil {
		return err
	}
	return n.refuseReparse(b)
}

func (n *node) refuseReparse(b []byte) error {
	if b == nil {
		return nil
	}
	tag := le.Uint32(b)
	for _, w := range reparseWords {
		if tag&w.mask == w.tag {
			return unsupported(n.path, fmt.Sprintf("%s (reparse tag %#08x)", w.text, tag))
		}
	}
	return unsupported(n.path, fmt.Sprintf("reparse point with the unknown tag %#08x", tag))
}
