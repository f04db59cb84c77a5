package repair

import (
	"bytes"
	"fmt"
	"math"

	"github.com/bootmend/bootmend/initramfs/fs"
	fatreader "github.com/bootmend/bootmend/initramfs/fs/fat/secondopinion"
	ntfsreader "github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// secondReader reads a file of the repaired volume through a reader that
// shares no code with ours, and compares.
func secondReader(v *inspect.Volume, path string) []string {
	read := ntfsreader.CopyFile
	switch v.Kind {
	case fs.NTFS:
	case fs.FAT12, fs.FAT16, fs.FAT32:
		read = fatreader.CopyFile
	default:
		return []string{fmt.Sprintf("%s: there is no second reader for %s", path, v.Kind)}
	}
	section, err := sectionOf(v)
	if err != nil {
		return []string{err.Error()}
	}
	f, err := v.FS.Open(path)
	if err != nil {
		return []string{err.Error()}
	}
	c := &comparing{f: f}
	if err := read(c, section, path, math.MaxInt64); err != nil {
		return []string{fmt.Sprintf("%s: independent reader: %v", path, err)}
	}
	if c.off != f.Info().Size {
		return []string{fmt.Sprintf("%s: independent reader sees %d bytes, we see %d", path, c.off, f.Info().Size)}
	}
	return nil
}

// comparing takes what the other reader reads and compares it with the file.
type comparing struct {
	f   fs.File
	off int64
	buf []byte
}

func (c *comparing) Write(p []byte) (int, error) {
	if len(c.buf) < len(p) {
		c.buf = make([]byte, len(p))
	}
	if n, err := c.f.ReadAt(c.buf[:len(p)], c.off); n < len(p) {
		return 0, fmt.Errorf("we see %d bytes: %w", c.off+int64(n), err)
	}
	if !bytes.Equal(c.buf[:len(p)], p) {
		return 0, fmt.Errorf("it sees other bytes near %#x", c.off)
	}
	c.off += int64(len(p))
	return len(p), nil
}
