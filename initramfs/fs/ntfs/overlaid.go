package ntfs

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/wof"
)

// isOverlaid: the reparse point is that of the Windows Overlay Filter.
func isOverlaid(reparse []byte) bool { return reparse != nil && le.Uint32(reparse) == wof.Tag }

// overlaid gives the content of a file that the filter keeps compressed, as a
// program on Windows reads it. size is that of the unnamed stream, which is
// empty otherwise.
func (n *node) overlaid(reparse []byte, size int64) (io.ReaderAt, error) {
	algorithm, err := wof.ParseReparse(reparse)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.path, err)
	}
	s, err := n.openData(wof.StreamName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damaged(n.path, 0, "compressed by the system, but there is no stream %s", wof.StreamName)
	}
	if err != nil {
		return nil, err
	}
	stored, err := s.plain()
	if err != nil {
		return nil, err
	}
	f, err := wof.Open(stored, s.size, size, algorithm)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.path, err)
	}
	return newUnitReader(n.path, size, int64(algorithm.ChunkSize()), func(i int64, dst []byte) error {
		if err := f.Chunk(i, dst); err != nil {
			return fmt.Errorf("%s: %w", n.path, err)
		}
		return nil
	}), nil
}
