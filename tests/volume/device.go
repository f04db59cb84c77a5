package volume

import (
	"errors"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Device is an image file as a block.Device of the format packages, which must
// not flush it.
type Device struct {
	*os.File
	size   int64
	sector int
}

var _ block.Device = (*Device)(nil)

// Open opens an image for reading and writing, with sectors of 512 bytes. It is
// closed when the test ends.
func Open(tb testing.TB, path string) *Device {
	tb.Helper()
	return OpenFile(tb, path, os.O_RDWR, 512)
}

// OpenFile is Open with flags of os.OpenFile and another size of sectors.
func OpenFile(tb testing.TB, path string, flag, sector int) *Device {
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
	return &Device{File: f, size: st.Size(), sector: sector}
}

// Size is that of the file when it was opened.
func (d *Device) Size() int64 { return d.size }

// SectorSize is the one that was asked for.
func (d *Device) SectorSize() int { return d.sector }

// Flush is not for format packages.
func (d *Device) Flush() error { return errors.New("Flush by a format package") }
