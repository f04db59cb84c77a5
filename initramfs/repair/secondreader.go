package repair

import (
	"bytes"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	fatreader "github.com/bootmend/bootmend/initramfs/fs/fat/secondopinion"
	ntfsreader "github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// maxSecondRead bounds what the independent reader may load: it reads a file
// whole. The largest SYSTEM hives in the wild have some 100 MB.
const maxSecondRead = 256 << 20

// secondReader reads a file of the repaired volume through a reader that
// shares no code with ours, and compares.
func secondReader(v *inspect.Volume, path string) []string {
	read := ntfsreader.ReadFile
	switch v.Kind {
	case fs.NTFS:
	case fs.FAT12, fs.FAT16, fs.FAT32:
		read = fatreader.ReadFile
	default:
		return []string{fmt.Sprintf("%s: there is no second reader for %s", path, v.Kind)}
	}
	section, err := block.NewSection(v.Disk.Dev, v.Partition.Range)
	if err != nil {
		return []string{err.Error()}
	}
	theirs, err := read(section, path, maxSecondRead)
	if err != nil {
		return []string{fmt.Sprintf("%s: independent reader: %v", path, err)}
	}
	f, err := v.FS.Open(path)
	if err != nil {
		return []string{err.Error()}
	}
	if int64(len(theirs)) != f.Info().Size {
		return []string{fmt.Sprintf("%s: independent reader sees %d bytes, we see %d", path, len(theirs), f.Info().Size)}
	}
	if err := compareWith(f, theirs); err != nil {
		return []string{fmt.Sprintf("%s: %v", path, err)}
	}
	return nil
}

func compareWith(f fs.File, theirs []byte) error {
	buf := make([]byte, 256<<10)
	for off := 0; off < len(theirs); off += len(buf) {
		part := theirs[off:min(off+len(buf), len(theirs))]
		if n, err := f.ReadAt(buf[:len(part)], int64(off)); n < len(part) {
			return err
		}
		if !bytes.Equal(buf[:len(part)], part) {
			return fmt.Errorf("independent reader sees other bytes near %#x", off)
		}
	}
	return nil
}
