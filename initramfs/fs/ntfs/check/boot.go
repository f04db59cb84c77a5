package check

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// openBoot reads the boot sector. A check that mends takes the copy where the
// boot sector is none, or leads to no $MFT.
func (c *checker) openBoot() error {
	sector := make([]byte, 512)
	if err := c.readAt(sector, 0); err != nil {
		return err
	}
	boot, why := ntfs.ParseBoot(sector, c.dev.Size())
	if why != nil && !errors.Is(why, fs.ErrDamaged) {
		return why
	}
	expected := "a boot sector of NTFS"
	if why == nil {
		ok, err := c.leadsToMFT(boot)
		if err != nil {
			return err
		}
		if ok || c.fix == nil {
			c.setBoot(boot)
			return nil
		}
		why, expected = fmt.Errorf("record 0 is neither at cluster %d nor at cluster %d", boot.MFT, boot.MFTMirr), "a boot sector that leads to $MFT"
	}
	good, err := c.findCopy()
	if err != nil {
		return err
	}
	actual := why.Error()
	if c.report.Copy > 0 && good == nil {
		actual += fmt.Sprintf("; its copy at %#x leads to no $MFT", c.report.Copy)
	}
	c.note(Problem{Kind: BootSector, Record: NoRecord, Place: "boot sector", Off: -1, Expected: expected, Actual: actual, Mendable: good != nil})
	switch {
	case good != nil:
		c.setBoot(good)
		return c.put(BootSector, good.Raw, 0)
	case boot != nil:
		c.setBoot(boot)
		return nil
	}
	return errStop
}

func (c *checker) setBoot(b *ntfs.BootSector) {
	c.boot, c.clusterSize, c.clusters = b, b.ClusterSize(), b.Clusters()
}

// findCopy looks for the copy of the boot sector without the help of the boot
// sector: in the last sector of the volume, or, up to Windows NT 3.51, in its
// middle. It must lie where it says itself, and lead to $MFT. One that only lies
// where it says is noted in Report.Copy.
func (c *checker) findCopy() (*ntfs.BootSector, error) {
	if c.fix == nil {
		return nil, nil
	}
	size := c.dev.Size() / 512 * 512
	for _, at := range []int64{size - 512, size - 4096, size / 1024 * 512} {
		b := make([]byte, 512)
		if at < 512 || c.readAt(b, at) != nil {
			continue
		}
		boot, err := ntfs.ParseBoot(b, c.dev.Size())
		if err != nil || !signed(b) {
			continue
		}
		total := int64(boot.TotalSectors) * int64(boot.BytesPerSector)
		if at != total && at != total/1024*512 {
			continue
		}
		c.report.Copy = at
		if ok, err := c.leadsToMFT(boot); ok || err != nil {
			return boot, err
		}
	}
	return nil, nil
}

func signed(b []byte) bool { return b[510] == 0x55 && b[511] == 0xaa }

// leadsToMFT reports whether record 0 lies where a boot sector says, or its
// copy in $MFTMirr, and whether it is that of $MFT there.
func (c *checker) leadsToMFT(boot *ntfs.BootSector) (bool, error) {
	for _, lcn := range []ntfs.LCN{boot.MFT, boot.MFTMirr} {
		r, err := c.recordZero(boot, lcn)
		if r != nil || err != nil {
			return r != nil, err
		}
	}
	return false, nil
}

// recordZero reads record 0 in a cluster; nil: it is not sound, or $MFT does
// not begin where boot says.
func (c *checker) recordZero(boot *ntfs.BootSector, lcn ntfs.LCN) (*record, error) {
	x := &checker{dev: c.dev, report: &Report{}}
	x.setBoot(boot)
	b := make([]byte, boot.RecordSize)
	if err := x.readAt(b, int64(lcn)*x.clusterSize); err != nil {
		return nil, err
	}
	r := x.sound(b, 0)
	if r == nil || mftStart(x, r) != boot.MFT {
		return nil, nil
	}
	return r, nil
}

// mftStart is the first cluster of the data in record 0.
func mftStart(c *checker, r *record) ntfs.LCN {
	for _, a := range r.attrs {
		if a.typ == typeData && a.name == "" && !a.resident && a.lowest == 0 {
			if s := c.join([]*attr{a}); len(s.runs) > 0 && s.size > 0 {
				return s.runs[0].lcn
			}
		}
	}
	return hole
}

// sound decodes a record in which nothing is wrong and that is in use; nil
// otherwise. b stays as it is.
func (c *checker) sound(b []byte, no int64) *record {
	x := &checker{dev: c.dev, boot: c.boot, clusterSize: c.clusterSize, clusters: c.clusters, report: &Report{}}
	r := x.parse(bytes.Clone(b), no, true)
	if r == nil || !r.inUse() || len(x.report.Problems) > 0 {
		return nil
	}
	for _, a := range r.attrs {
		if !a.resident {
			if _, err := mappingPairs(a.pairs, a.lowest, c.clusters); err != nil {
				return nil
			}
		}
	}
	return r
}

// Parts of a boot sector: the fields that say where things are, and those
// that say where the volume lies on its disk, which nobody can tell from
// within.
const (
	bpbStart, bpbEnd     = 0x0b, 0x54
	placeStart, placeEnd = 0x18, 0x20 // sectors per track, heads, hidden sectors
)

// checkBackup compares the boot sector with its copy, which is the sector
// behind the ones that the volume counts. Which of two different ones is right
// can be told where one has no signature or does not describe this volume;
// other differences (boot code, disk geometry) are only reported.
func (c *checker) checkBackup() error {
	at := int64(c.boot.TotalSectors) * int64(c.boot.BytesPerSector)
	if c.dev.Size() < at+512 {
		return nil // cut off by whoever made the image, or in the middle (NT 3.x)
	}
	b, own := make([]byte, 512), c.boot.Raw
	if err := c.readAt(b, at); err != nil {
		return err
	}
	if bytes.Equal(b, own) {
		return nil
	}
	i := 0
	for b[i] == own[i] {
		i++
	}
	p := Problem{Kind: BackupBoot, Record: NoRecord, Place: fmt.Sprintf("copy of the boot sector at %#x", at), Off: int64(i),
		Expected: fmt.Sprintf("%#02x, as in the boot sector", own[i]), Actual: fmt.Sprintf("%#02x", b[i])}
	leads, err := c.leadsToMFT(c.boot)
	if err != nil {
		return err
	}
	_, bad := ntfs.ParseBoot(b, c.dev.Size())
	switch {
	case !leads:
	case !signed(own) && signed(b) && bytes.Equal(own[:510], b[:510]):
		p.Kind, p.Place, p.Mendable, p.Off = BootSector, "boot sector", true, 510
		p.Expected, p.Actual = "55 aa, as in its copy", fmt.Sprintf("% x", own[510:])
		c.note(p)
		return c.put(p.Kind, b, 0)
	case signed(own):
		p.Mendable = bad != nil || !signed(b) || onlyFields(own, b)
	}
	c.note(p)
	if !p.Mendable {
		return nil
	}
	return c.put(p.Kind, own, at)
}

// onlyFields reports whether two boot sectors differ in nothing but what
// describes the volume.
func onlyFields(a, b []byte) bool {
	for i := range 510 {
		inside := i >= bpbStart && i < bpbEnd && (i < placeStart || i >= placeEnd)
		if a[i] != b[i] && !inside {
			return false
		}
	}
	return true
}
