package part

import (
	"fmt"
	"io"
	"io/fs"

	"github.com/bootmend/bootmend/initramfs/block"
)

// backendFile shows a Device to go-diskfs as the file that it expects. It uses
// ReadAt, and Seek only to learn the size.
type backendFile struct {
	dev block.Device
}

func (f backendFile) ReadAt(p []byte, off int64) (int, error) { return f.dev.ReadAt(p, off) }
func (f backendFile) Close() error                            { return nil }

func (f backendFile) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return f.dev.Size() + offset, nil
	}
	return offset, nil
}

func (f backendFile) Read([]byte) (int, error) {
	return 0, fmt.Errorf("sequential reading of a device: %w", fs.ErrInvalid)
}

func (f backendFile) Stat() (fs.FileInfo, error) {
	return nil, fmt.Errorf("stat of a device: %w", fs.ErrInvalid)
}
