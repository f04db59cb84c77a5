package fstest

import (
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
)

// imageDevice is an image file as a Device.
type imageDevice struct {
	*os.File
	size   int64
	sector int
}

func (d *imageDevice) Size() int64     { return d.size }
func (d *imageDevice) SectorSize() int { return d.sector }
func (d *imageDevice) Flush() error    { return nil }

// openImage opens an image; it is closed when the test ends.
func openImage(tb testing.TB, path string, flag, sector int) *imageDevice {
	tb.Helper()
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	return &imageDevice{File: f, size: st.Size(), sector: sector}
}

var _ block.Device = (*imageDevice)(nil)
