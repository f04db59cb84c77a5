package fatimage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"path"
	"slices"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
)

// Sizes of floppies in bytes.
const (
	Floppy1440 = 1440 << 10
	Floppy2880 = 2880 << 10
)

// Image is a file system to be made.
type Image struct {
	Size   int64 // bytes
	Kind   fs.Kind
	Label  string            // at most 11 characters
	Files  map[string][]byte // by path from "/"
	Dirs   []string          // that are there also when they hold no file
	Epoch  time.Time         // of every file, 1980 … 2107
	Hidden uint32            // sectors before the partition; 0 for floppies
}

// SizeFor returns a size at which files fit into FAT16, in bytes: a cluster for each
// begun one, a hundredth for two tables of two bytes for clusters of 512 or more, and
// the root directory and a few others. FAT16 has 4,085 clusters at least.
func SizeFor(files map[string][]byte) int64 {
	const step, directories, least = 16 << 10, 48 << 10, 4300 << 10
	size := int64(0)
	for _, content := range files {
		size += int64(len(content)+4095) &^ 4095
	}
	size = max(least, size+size/100+directories)
	return (size + step - 1) / step * step
}

// Bytes returns the file system. What does not fit wraps fs.ErrNoSpace.
func (i Image) Bytes() ([]byte, error) {
	head, err := fat.Format{Size: i.Size, Kind: i.Kind, Label: i.Label, Serial: i.serial(), Hidden: i.Hidden, Time: i.Epoch.UTC()}.Head()
	if err != nil {
		return nil, err
	}
	m := &memory{b: make([]byte, i.Size)}
	copy(m.b, head)
	v, err := fat.Open(m)
	if err != nil {
		return nil, err
	}
	// FAT knows no zone: the host's would get into the image.
	v.SetClock(i.Epoch.UTC)
	if err := i.fill(v); err != nil {
		return nil, err
	}
	return m.b, nil
}

func (i Image) fill(v *fat.Volume) error {
	var names []string
	for name := range i.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	made := map[string]bool{"/": true}
	for _, dir := range i.Dirs {
		if err := mkdirs(v, dir, made); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := mkdirs(v, path.Dir(name), made); err != nil {
			return err
		}
		content := i.Files[name]
		if err := v.WriteFile(name, bytes.NewReader(content), int64(len(content))); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func mkdirs(v *fat.Volume, dir string, made map[string]bool) error {
	if made[dir] {
		return nil
	}
	if err := mkdirs(v, path.Dir(dir), made); err != nil {
		return err
	}
	made[dir] = true
	if err := v.Mkdir(dir); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// serial number of the volume: other files, other number.
func (i Image) serial() uint32 {
	var names []string
	for name := range i.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	sum := fnv.New32a()
	for _, name := range names {
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(i.Files[name]))
		sum.Write(i.Files[name])
	}
	return binary.LittleEndian.Uint32(sum.Sum(nil))
}

// memory is the Device that it is made on.
type memory struct{ b []byte }

var _ block.Device = (*memory)(nil)

func (m *memory) Size() int64     { return int64(len(m.b)) }
func (m *memory) SectorSize() int { return 512 }
func (m *memory) Flush() error    { return nil }

func (m *memory) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(m.b).ReadAt(p, off) }

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > int64(len(m.b)) {
		return 0, fmt.Errorf("write of %d bytes at %d: the volume has %d", len(p), off, len(m.b))
	}
	return copy(m.b[off:], p), nil
}
