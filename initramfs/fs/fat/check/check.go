package check

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
)

var le = binary.LittleEndian

type checker struct {
	dev  block.Device
	boot *fat.BootSector
	r    *Report

	sector, cluster int64 // bytes
	first, size     int64 // byte offset of the first FAT, bytes of each
	fat, data       int64 // byte offsets of the active FAT and of cluster 2
	last            uint32
	pages           map[int64][]byte // of the FAT
	owned           []uint64         // one bit for each cluster
}

// Volume checks a whole volume. It takes one bit of memory for each cluster.
// The error is that of the Device, or wraps fs.ErrUnsupported.
func Volume(dev block.Device) (*Report, error) {
	c, b, err := openVolume(dev)
	if err != nil || c.boot == nil {
		return c.r, err
	}
	for _, step := range []func() error{func() error { return c.backup(b) }, c.mirrors, c.reserved, c.tree, c.lost, c.fsInfo} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c.r, nil
}

// openVolume reads the boot sector, which it returns; boot is nil where it is damaged.
func openVolume(dev block.Device) (*checker, []byte, error) {
	c := &checker{dev: dev, r: &Report{}, pages: map[int64][]byte{}}
	b, err := c.read(0, 512)
	if err != nil {
		return &checker{}, nil, err
	}
	if c.boot, err = fat.ParseBoot(b, dev.Size()); errors.Is(err, fs.ErrDamaged) {
		c.bad(BootSector, "", "%v", err)
		c.boot = nil
		return c, b, nil
	} else if err != nil {
		return &checker{}, nil, err
	}
	c.sector = int64(c.boot.BytesPerSector)
	c.cluster = c.sector * int64(c.boot.SectorsPerCluster)
	c.first, c.size = int64(c.boot.ReservedSectors)*c.sector, c.boot.SectorsPerFAT*c.sector
	c.fat = c.first + int64(c.boot.ActiveFAT)*c.size
	rootBytes := (32*int64(c.boot.RootEntries) + c.sector - 1) / c.sector * c.sector
	c.data = c.first + int64(c.boot.FATs)*c.size + rootBytes
	c.last = uint32(c.boot.Clusters + 1)
	c.owned = make([]uint64, c.last/64+1)
	return c, b, nil
}

func (c *checker) read(off, n int64) ([]byte, error) {
	b := make([]byte, n)
	if k, err := c.dev.ReadAt(b, off); int64(k) < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("volume at %#x: %w", off, err)
	}
	return b, nil
}

// backup compares the BPB with that of the backup boot sector.
func (c *checker) backup(b []byte) error {
	at := int64(le.Uint16(b[0x32:]))
	if c.boot.Kind != fs.FAT32 || at == 0 || at == 0xffff {
		return nil
	}
	if at >= int64(c.boot.ReservedSectors) {
		c.bad(BackupBoot, "", "in sector %d, %d are reserved", at, c.boot.ReservedSectors)
		return nil
	}
	copyOf, err := c.read(at*c.sector, 512)
	if err == nil && !bytes.Equal(b[0x0b:0x40], copyOf[0x0b:0x40]) {
		c.bad(BackupBoot, "", "its BPB in sector %d is another one", at)
	}
	return err
}

// step is how much of a FAT is read at once.
const step = 64 << 10

func (c *checker) mirrors() error {
	if !c.boot.Mirrored {
		return nil
	}
	size := c.boot.SectorsPerFAT * c.sector
	for off := int64(0); off < size; off += step {
		n := min(step, size-off)
		a, err := c.read(c.fat+off, n)
		if err != nil {
			return err
		}
		for k := 1; k < c.boot.FATs; k++ {
			b, err := c.read(c.fat+int64(k)*size+off, n)
			if err != nil {
				return err
			}
			if !bytes.Equal(a, b) {
				c.bad(Mirror, "", "FAT %d differs from FAT 0 in its bytes %#x to %#x", k, off, off+n)
			}
		}
	}
	return nil
}

// reserved looks at the first two entries of the FAT.
func (c *checker) reserved() error {
	boot, err := c.read(0, 512)
	if err != nil {
		return err
	}
	media, err := c.entry(0)
	if err != nil {
		return err
	}
	if byte(media) != boot[0x15] {
		c.bad(Media, "", "%#02x in the FAT, %#02x in the boot sector", byte(media), boot[0x15])
	}
	state, err := c.entry(1)
	if err != nil {
		return err
	}
	mask := map[fs.Kind]uint32{fs.FAT16: 0xc000, fs.FAT32: 0x0c000000}[c.boot.Kind]
	if c.boot.Dirty || c.boot.HadError || state&mask != mask {
		c.bad(Dirty, "", "the volume was not dismounted in order, or an error was met")
	}
	return nil
}

// bits is the size of an entry of the FAT.
func (c *checker) bits() int64 {
	return map[fs.Kind]int64{fs.FAT12: 12, fs.FAT16: 16, fs.FAT32: 32}[c.boot.Kind]
}

// entry reads an entry of the active FAT, of FAT32 without the bits that are
// reserved.
func (c *checker) entry(n uint32) (uint32, error) {
	v, err := c.rawEntry(n)
	return v & 0x0fffffff, err
}

func (c *checker) rawEntry(n uint32) (uint32, error) {
	bits := c.bits()
	off := int64(n) * bits / 8
	var b [4]byte
	for i := range (bits + 7) / 8 {
		page := (off + i) / step
		if c.pages[page] == nil {
			if len(c.pages) == 256 {
				clear(c.pages)
			}
			var err error
			if c.pages[page], err = c.read(c.fat+page*step, min(step, c.boot.SectorsPerFAT*c.sector-page*step)); err != nil {
				return 0, err
			}
		}
		b[i] = c.pages[page][(off+i)%step]
	}
	v := le.Uint32(b[:])
	switch {
	case bits == 12 && n%2 == 1:
		return v >> 4 & 0xfff, nil
	case bits == 12:
		return v & 0xfff, nil
	}
	return v, nil
}

func (c *checker) marks() (bad, end uint32) {
	switch c.boot.Kind {
	case fs.FAT12:
		return 0xff7, 0xff8
	case fs.FAT16:
		return 0xfff7, 0xfff8
	}
	return 0x0ffffff7, 0x0ffffff8
}

// chain follows a chain and takes its clusters; it returns those that nobody
// had taken before.
func (c *checker) chain(path string, n uint32) (list []uint32, err error) {
	_, end := c.marks()
	for {
		if n < 2 || n > c.last {
			c.bad(Chain, path, "leads to %#x, the last cluster is %#x", n, c.last)
			return list, nil
		}
		if c.owned[n/64]>>(n%64)&1 != 0 {
			c.bad(ClusterShared, path, "cluster %#x is taken already", n)
			return list, nil
		}
		c.owned[n/64] |= 1 << (n % 64)
		list = append(list, n)
		next, err := c.entry(n)
		if err != nil || next >= end {
			return list, err
		}
		n = next
	}
}

// lost looks for clusters that are in use but belong to nothing, and counts
// the free ones.
func (c *checker) lost() error {
	badMark, _ := c.marks()
	lost, example := 0, uint32(0)
	for n := uint32(2); n <= c.last; n++ {
		v, err := c.entry(n)
		if err != nil {
			return err
		}
		switch taken := c.owned[n/64]>>(n%64)&1 != 0; {
		case v == 0:
			c.r.Free++
		case !taken && v != badMark:
			lost, example = lost+1, n
		}
	}
	if lost > 0 {
		c.bad(ClusterLost, "", "%d clusters that belong to nothing, among them %#x", lost, example)
	}
	return nil
}

func (c *checker) fsInfo() error {
	if c.boot.FSInfo == 0 {
		return nil
	}
	b, err := c.read(int64(c.boot.FSInfo)*c.sector, 512)
	if err != nil || le.Uint32(b) != 0x41615252 || le.Uint32(b[0x1e4:]) != 0x61417272 {
		return err
	}
	if free := le.Uint32(b[0x1e8:]); free != 0xffffffff && int64(free) != c.r.Free {
		c.bad(FreeCount, "", "FSInfo says %d, the FAT has %d", free, c.r.Free)
	}
	return nil
}
