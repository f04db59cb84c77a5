//go:build !nt5

package bitlocker

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
)

// metadataCopy is one of the three.
type metadataCopy struct {
	off    int64
	bytes  []byte // what the sum is of
	volume *Volume
	err    error
}

// newer is the count of what was encrypted with the keys of the metadata: each change
// of a key or protector makes it larger.
func (c *metadataCopy) newer() uint32 { return le.Uint32(c.bytes[blockHead+32:]) }

// choose reads all copies and takes the newest that is sound; of equally new ones
// that of which there are most, then the longest. What else there is becomes a
// doubt of the volume. Sound copies that say otherwise where things lie, or how they
// are encrypted, contradict each other, and none of them is believed: writing by the
// wrong one would destroy data.
func choose(dev block.Device, sector int, places [metadataCopies]int64) (*Volume, error) {
	var all, sound []*metadataCopy
	var why error
	for _, off := range places {
		c := readCopy(dev, sector, off)
		all = append(all, c)
		switch {
		case c.err == nil:
			sound = append(sound, c)
		case errors.Is(c.err, ErrUnsupported):
			return nil, c.err // it says so under a sum that is right
		default:
			why = errors.Join(why, c.err)
		}
	}
	if len(sound) == 0 {
		return nil, why
	}
	best := sound[0]
	for _, c := range sound[1:] {
		if c.before(best, sound) {
			best = c
		}
	}
	for _, c := range sound {
		if c.volume.contradicts(best.volume) {
			return nil, fmt.Errorf("%w: the copies of the metadata at %#x and %#x are both sound and contradict each other (let repair-bde or a Windows that starts decide)", ErrDamaged, best.off, c.off)
		}
	}
	v := best.volume
	for _, c := range all {
		switch {
		case c.err != nil:
			v.Doubts = append(v.Doubts, strings.TrimPrefix(c.err.Error(), ErrDamaged.Error()+": "))
		case !bytes.Equal(c.bytes, best.bytes):
			v.Doubts = append(v.Doubts, fmt.Sprintf("the copy at %#x differs from that at %#x, which was taken: of %d and %d protectors, %d and %d changes", c.off, best.off,
				len(c.volume.Protectors), len(v.Protectors), c.newer(), best.newer()))
		}
	}
	return v, nil
}

// before reports whether c is the better choice.
func (c *metadataCopy) before(o *metadataCopy, all []*metadataCopy) bool {
	if c.newer() != o.newer() {
		return c.newer() > o.newer()
	}
	if a, b := c.alike(all), o.alike(all); a != b {
		return a > b
	}
	return len(c.bytes) > len(o.bytes)
}

func (c *metadataCopy) alike(all []*metadataCopy) (n int) {
	for _, o := range all {
		if bytes.Equal(o.bytes, c.bytes) {
			n++
		}
	}
	return n
}

// contradicts compares what decides where and how sectors are read and written.
func (v *Volume) contradicts(o *Volume) bool {
	return v.GUID != o.GUID || v.Method != o.Method || v.size != o.size || v.header != o.header || v.hidden != o.hidden
}

// readCopy reads the copy of the metadata at off, and checks its sum.
func readCopy(dev block.Device, sector int, off int64) *metadataCopy {
	c := &metadataCopy{off: off, volume: &Volume{dev: dev, sector: sector}}
	c.err = c.read(dev)
	return c
}

func (c *metadataCopy) read(dev block.Device) error {
	off := c.off
	region := block.Range{Off: off, Len: regionSize}
	if off <= 0 || off%512 != 0 || !(block.Range{Len: dev.Size()}).Contains(region) {
		return fmt.Errorf("%w: copy at %#x, which is no place of the volume", ErrDamaged, off)
	}
	b := make([]byte, regionSize)
	if n, err := dev.ReadAt(b, off); n < len(b) {
		return fmt.Errorf("metadata of BitLocker at %#x: %w", off, err)
	}
	if string(b[:8]) != signature {
		return fmt.Errorf("%w: the copy at %#x has no signature", ErrDamaged, off)
	}
	end := int(le.Uint16(b[8:])) * 16
	version := le.Uint16(b[10:])
	if end < blockHead+entriesHead || end+entryHead > len(b) || crc32.ChecksumIEEE(b[:end]) != le.Uint32(b[end+4:]) {
		return fmt.Errorf("%w: the copy at %#x (version %d) has a wrong checksum", ErrDamaged, off, version)
	}
	if version != versionSeven {
		return fmt.Errorf("%w: metadata of version %d", ErrUnsupported, version)
	}
	c.bytes = b[:end]
	if err := c.volume.parse(c.bytes); err != nil {
		return err
	}
	if !slices.Contains(c.volume.hidden[:], region) {
		return fmt.Errorf("%w: the copy at %#x is of metadata that lies elsewhere", ErrDamaged, off)
	}
	return nil
}
