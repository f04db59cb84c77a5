package engine

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestBlockDevicesConform: real block devices, with the sectors of disks and of
// CDs, pass the suite of block.Device.
func TestBlockDevicesConform(t *testing.T) {
	for _, size := range []int{512, 2048, 4096} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			image := filepath.Join(t.TempDir(), "disk.raw")
			if err := os.WriteFile(image, make([]byte, 128<<10), 0o600); err != nil {
				t.Fatal(err)
			}
			loop := volume.Loop(t, image, "--sector-size", strconv.Itoa(size))
			open := func(with func(string) (*block.File, error)) func(t *testing.T) block.Device {
				return func(t *testing.T) block.Device {
					f, err := with(loop)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { f.Close() })
					if f.SectorSize() != size || f.Size() != 128<<10 || !f.IsDevice() {
						t.Errorf("sectors of %d bytes, %d bytes in all", f.SectorSize(), f.Size())
					}
					return f
				}
			}
			blocktest.Conform(t, open(block.OpenExclusive))
			t.Run("ReadOnly", func(t *testing.T) { blocktest.ConformReadOnly(t, open(block.OpenReadOnly)) })
		})
	}
}
