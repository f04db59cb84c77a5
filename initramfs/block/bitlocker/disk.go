//go:build !nt5

package bitlocker

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Unlocked is a volume of a disk, and what unlocks it.
type Unlocked struct {
	Range  block.Range // of the disk
	Volume *Volume
	Secret *Secret
}

// Disk is a disk on which unlocked volumes show their content; everything else is as
// it lies there. What is written to it reaches the disk encrypted where it belongs to
// such a volume. It implements block.Device.
type Disk struct {
	block.Device
	parts []part
}

type part struct {
	block.Range
	dev *Device
}

// NewDisk shows dev with these volumes unlocked, which must not overlap.
func NewDisk(dev block.Device, list []Unlocked) (*Disk, error) {
	d := &Disk{Device: dev}
	for _, u := range list {
		section, err := block.NewSection(dev, u.Range)
		if err != nil {
			return nil, err
		}
		if u.Volume.size > u.Range.Len {
			return nil, fmt.Errorf("%w: the volume is larger than its partition", ErrDamaged)
		}
		d.parts = append(d.parts, part{block.Range{Off: u.Range.Off, Len: u.Volume.size}, u.Volume.Device(section, u.Secret)})
	}
	return d, nil
}

// at is what lies at off, and how much of n bytes of it: an unlocked volume, or nil.
func (d *Disk) at(off, n int64) (*part, int64) {
	for i := range d.parts {
		p := &d.parts[i]
		if off >= p.Off && off < p.End() {
			return p, min(n, p.End()-off)
		}
		if p.Off > off {
			n = min(n, p.Off-off)
		}
	}
	return nil, n
}

// ReadAt reads, decrypting what is unlocked.
func (d *Disk) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("read at %#x: %w", off, block.ErrBounds)
	}
	for n < len(p) && err == nil {
		in, most := d.at(off, int64(len(p)-n))
		var k int
		if in == nil {
			k, err = d.Device.ReadAt(p[n:n+int(most)], off)
		} else {
			k, err = in.dev.ReadAt(p[n:n+int(most)], off-in.Off)
		}
		if int64(k) < most && err == nil {
			err = io.ErrUnexpectedEOF
		} else if int64(k) == most && n+k < len(p) {
			err = nil // the end of a piece, not of the disk
		}
		n, off = n+k, off+int64(k)
	}
	return n, err
}

// WriteAt writes, encrypting what is unlocked.
func (d *Disk) WriteAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		in, most := d.at(off, int64(len(p)-n))
		var k int
		if in == nil {
			k, err = d.Device.WriteAt(p[n:n+int(most)], off)
		} else {
			k, err = in.dev.WriteAt(p[n:n+int(most)], off-in.Off)
		}
		n, off = n+k, off+int64(k)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
