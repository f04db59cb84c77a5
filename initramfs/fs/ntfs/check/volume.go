package check

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// checker holds what is known of one volume while it is looked at.
type checker struct {
	dev         block.Device
	boot        *ntfs.BootSector
	clusterSize int64
	clusters    int64
	mft         *stream
	records     int64
	upcase      []byte // nil: not readable
	report      *Report
	quiet       bool   // problems are not noted: the volume before
	claimed     bitset // clusters that run lists name
	shared      []clusterRange
}

type clusterRange struct{ lcn, n int64 }

// errStop means that a Problem was noted which ends the check.
var errStop = errors.New("damaged beyond checking")

// open reads the boot sector and the runs of $MFT.
func open(dev block.Device, report *Report, quiet bool) (*checker, error) {
	c := &checker{dev: dev, report: report, quiet: quiet}
	sector := make([]byte, 512)
	if err := c.readAt(sector, 0); err != nil {
		return nil, err
	}
	boot, err := ntfs.ParseBoot(sector, dev.Size())
	if errors.Is(err, fs.ErrDamaged) {
		c.bad(BootSector, NoRecord, "boot sector", -1, "a boot sector of NTFS", "%v", err)
		return nil, errStop
	}
	if err != nil {
		return nil, err
	}
	c.boot, c.clusterSize, c.clusters = boot, boot.ClusterSize(), boot.Clusters()
	return c, c.openMFT()
}

// readAt reads from the volume, all or nothing.
func (c *checker) readAt(b []byte, off int64) error {
	if n, err := c.dev.ReadAt(b, off); n < len(b) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("volume at %#x: %w", off, err)
	}
	return nil
}

// openMFT joins the parts of $MFT's data. Each part lies in a record that the
// parts before it reach.
func (c *checker) openMFT() error {
	b := make([]byte, c.boot.RecordSize)
	if err := c.readAt(b, int64(c.boot.MFT)*c.clusterSize); err != nil {
		return err
	}
	base := c.parse(b, 0, true)
	if base == nil {
		return errStop
	}
	for _, a := range base.attrs {
		if a.typ == typeData && a.name == "" && !a.resident && a.lowest == 0 {
			c.mft = c.join([]*attr{a})
		}
	}
	if c.mft == nil || c.mft.size <= 0 {
		c.bad(Record, 0, "$DATA", -1, "the data of $MFT", "none")
		return errStop
	}
	list, err := c.attributeList(base)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.typ != typeData || e.name != "" || e.lowest == 0 {
			continue
		}
		r, err := c.record(e.ref.number(), true)
		if err != nil {
			return err
		}
		if r == nil {
			continue // noted
		}
		for _, a := range r.attrs {
			if a.typ == typeData && !a.resident && a.lowest == e.lowest && a.lowest == c.mft.end() {
				runs, _ := mappingPairs(a.pairs, a.lowest, c.clusters)
				c.mft.runs = append(c.mft.runs, runs...)
			}
		}
	}
	c.records = min(c.mft.size, int64(c.mft.end())*c.clusterSize) / int64(c.boot.RecordSize)
	return nil
}

// record reads one record. nil without error: it cannot be used, which was
// noted where wanted.
func (c *checker) record(no int64, wanted bool) (*record, error) {
	size := int64(c.boot.RecordSize)
	b := make([]byte, size)
	if no < 0 || no > (c.mft.size-size)/size {
		if wanted {
			c.bad(Record, no, "record", -1, "inside $MFT", "$MFT has %d records", c.mft.size/size)
		}
		return nil, nil
	}
	if err := c.mft.readAt(c, b, no*size); err != nil {
		return nil, err
	}
	return c.parse(b, no, wanted), nil
}

// inUse reads a record that a reference names: nil where it is damaged, free
// or was used again for something else. why says so.
func (c *checker) referenced(ref reference) (r *record, why string, err error) {
	quiet := c.quiet
	c.quiet = true
	r, err = c.record(ref.number(), true)
	c.quiet = quiet
	switch {
	case err != nil:
		return nil, "", err
	case r == nil:
		return nil, fmt.Sprintf("%v, which is damaged or outside $MFT", ref), nil
	case !r.inUse():
		return nil, fmt.Sprintf("%v, which is free", ref), nil
	case r.seq != ref.seq():
		return nil, fmt.Sprintf("%v, whose sequence number is now %d", ref, r.seq), nil
	}
	return r, "", nil
}
