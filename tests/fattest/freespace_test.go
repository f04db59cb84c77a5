package fattest

import (
	"bytes"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/fat/check"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestFreeSpace holds clusters by bits of the FAT, as the journal does it: for
// others they are in use and belong to nothing.
func TestFreeSpace(t *testing.T) {
	for _, g := range geometries {
		t.Run(g.name, func(t *testing.T) {
			image := format(t, g)
			v := open(t, image)
			m := model{}
			m.write(t, v, "FILE", bytes.Repeat([]byte("file"), 10_000))
			total := func(all []fat.FreeExtent) (n int64) {
				for _, e := range all {
					n += e.Range.Len
				}
				return n
			}
			all, err := v.FreeSpace(100_000, total)
			must0(t, err)
			f := volume.Open(t, image)
			hold := func(on bool) {
				for _, e := range all {
					for _, bits := range e.Entries {
						b := make([]byte, (bits.First+bits.Count+7)/8)
						if _, err := f.ReadAt(b, bits.Off); err != nil {
							t.Fatal(err)
						}
						for i := bits.First; i < bits.First+bits.Count; i++ {
							if b[i/8] &^= 1 << (i % 8); on {
								b[i/8] |= 1 << (i % 8)
							}
						}
						if _, err := f.WriteAt(b, bits.Off); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			hold(true)
			r, err := check.Volume(f)
			must0(t, err)
			for _, p := range r.Problems {
				if p.Kind != check.ClusterLost && p.Kind != check.FreeCount {
					t.Error(p)
				}
			}
			if err := fsck(image); err == nil {
				t.Error("fsck.vfat finds nothing")
			}
			if n, err := open(t, image).Free(); err != nil || n != r.Free*int64(v.Boot().SectorsPerCluster*v.Boot().BytesPerSector) {
				t.Errorf("%d bytes free, %v", n, err)
			}
			hold(false)
			m.judge(t, image)
		})
	}
}
