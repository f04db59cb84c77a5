package fstest

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/tests/volume"
)

// memory is a Device in memory.
type memory struct{ b []byte }

func (m *memory) Size() int64     { return int64(len(m.b)) }
func (m *memory) SectorSize() int { return 512 }
func (m *memory) Flush() error    { return nil }
func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, off)
}
func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(m.b)) {
		return 0, io.ErrShortWrite
	}
	return copy(m.b[off:], p), nil
}

// FuzzNTFSVolume changes bytes in the metadata of a volume that mkntfs made
// and ntfs-3g filled: four bytes each, an offset in the first 128 KiB of MFT
// and index (u24) and the new value. Neither our reader nor the second opinion
// may panic.
func FuzzNTFSVolume(f *testing.F) {
	image := mkntfs(f, geometry{4 << 20, 512, 512})
	c := newContent(f)
	volume.Fill(f, image, func(dir string) {
		c.mkdir(f, dir, "many")
		for _, n := range hardNames() {
			c.write(f, dir, "many/"+n, c.bytes(c.rng.IntN(2000)))
		}
		c.backwards(f, dir, "backwards", 512, 400)
	})
	base, err := os.ReadFile(image)
	if err != nil {
		f.Fatal(err)
	}
	v, err := ntfs.Open(&memory{base})
	if err != nil {
		f.Fatal(err)
	}
	compareQuietly(f, v, c)
	zone := int(v.Boot().MFT) * 512
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0x14, 0x40})
	f.Fuzz(func(t *testing.T, patch []byte) {
		if len(patch) > 256 {
			return
		}
		m := &memory{bytes.Clone(base)}
		for ; len(patch) >= 4; patch = patch[4:] {
			at := zone + (int(patch[0])<<16|int(patch[1])<<8|int(patch[2]))%(128<<10)
			m.b[at] = patch[3]
		}
		v, err := ntfs.Open(m)
		if err != nil {
			return
		}
		_, _ = v.State()
		for _, dir := range []string{`\`, `\many`} {
			list, _ := v.ReadDir(dir)
			for _, i := range list {
				if g, err := v.Open(fs.JoinPath(dir, i.Name)); err == nil {
					_, _ = io.Copy(io.Discard, io.NewSectionReader(g, 0, 1<<20))
					_, _ = g.Extents()
				}
			}
		}
		_, _ = secondopinion.ReadFile(m, `\backwards`, 1<<20)
	})
}

// compareQuietly makes sure that the seed can be read.
func compareQuietly(f *testing.F, v *ntfs.Volume, c *content) {
	f.Helper()
	for name, want := range c.files {
		if err := compareFile(v, name, want); err != nil {
			f.Fatal(err)
		}
	}
}
