package block

import (
	"bytes"
	"fmt"
	"io"
)

// FormatError says that an image is not raw, so that the bytes of the disk are
// not where we would look for them.
type FormatError struct {
	Path   string
	Format string // as qemu-img names it, or a short description
}

func (e *FormatError) Error() string {
	if e.convertible() {
		return fmt.Sprintf("%s is a %s image; only raw images can be read so far. Convert it first: qemu-img convert -p -O raw %s %s.raw",
			e.Path, e.Format, e.Path, e.Path)
	}
	return fmt.Sprintf("%s is a %s, not a raw disk image; unpack or convert it first", e.Path, e.Format)
}

func (e *FormatError) convertible() bool {
	switch e.Format {
	case "qcow2", "qcow", "qed", "vmdk", "vpc", "vhdx", "vdi", "parallels":
		return true
	}
	return false
}

type magic struct {
	off    int64 // from the start; negative: from the end
	bytes  string
	format string
}

// imageMagics are the signatures at fixed places of the formats in which
// people keep virtual disks. Names are qemu's (it calls VHD "vpc").
var imageMagics = []magic{
	{0, "QFI\xfb\x00\x00\x00\x01", "qcow"},
	{0, "QFI\xfb", "qcow2"},
	{0, "QED\x00", "qed"},
	{0, "KDMV", "vmdk"},
	{0, "COWD", "vmdk"},
	{0, "# Disk DescriptorFile", "vmdk"},
	{0, "vhdxfile", "vhdx"},
	{0, "conectix", "vpc"},
	{-512, "conectix", "vpc"}, // fixed VHD: raw with a footer
	{0x40, "\x7f\x10\xda\xbe", "vdi"},
	{0, "WithoutFreeSpace", "parallels"},
	{0, "WithouFreSpacExt", "parallels"},
	{0, "EVF\x09\x0d\x0a\xff\x00", "Expert Witness (E01) image"},
	{0, "MSWIM\x00\x00\x00", "WIM image"},
	{0, "\x1f\x8b\x08", "gzip file"},
	{0, "\xfd7zXZ\x00", "xz file"},
	{0, "PK\x03\x04", "zip file"},
	{0, "7z\xbc\xaf\x27\x1c", "7-zip file"},
	{0, "\x28\xb5\x2f\xfd", "zstd file"},
}

// detectFormat names the format of an image, "" for raw (or unknown).
func detectFormat(d *File) string {
	buf := make([]byte, 32)
	for _, m := range imageMagics {
		off := m.off
		if off < 0 {
			off += d.size
		}
		p := buf[:len(m.bytes)]
		if off < 0 {
			continue
		}
		if n, err := d.ReadAt(p, off); err != nil && err != io.EOF || n < len(p) {
			continue
		}
		if bytes.Equal(p, []byte(m.bytes)) {
			return m.format
		}
	}
	return ""
}
