package check

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
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
	quiet       bool    // problems are not noted: the volume before
	fix         *mender // dev of a check that mends, else nil
	claimed     bitset  // clusters that run lists name
	shared      []clusterRange
}

type clusterRange struct{ lcn, n int64 }

// errStop means that a Problem was noted which ends the check.
var errStop = errors.New("damaged beyond checking")

// open reads the boot sector and the runs of $MFT.
func open(dev block.Device, report *Report, quiet bool) (*checker, error) {
	c := &checker{dev: dev, report: report, quiet: quiet}
	return c, c.openAll()
}

// openMending is open for a check that mends.
func openMending(dev block.Device, report *Report) (*checker, error) {
	fix := newMender(dev)
	c := &checker{dev: fix, fix: fix, report: report}
	return c, c.openAll()
}

func (c *checker) openAll() error {
	if err := c.openBoot(); err != nil {
		return err
	}
	return c.openMFT()
}

// finish gives the report of a check that mends.
func (c *checker) finish(err error) (*Report, error) {
	if err != nil && !errors.Is(err, errStop) {
		return c.report, err
	}
	c.report.Patches, err = c.fix.patches()
	return c.report, err
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
	base := c.sound(b, 0)
	if base == nil {
		if base = c.fromMirror(b); base == nil {
			return errStop
		}
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

// fromMirror is record 0 where $MFT's own is damaged: the one in $MFTMirr in a
// check that mends, else what is left of b.
func (c *checker) fromMirror(b []byte) *record {
	if c.fix != nil {
		if r, err := c.recordZero(c.boot, c.boot.MFTMirr); err == nil && r != nil {
			return r // checkMirror notes it, and mends
		}
	}
	return c.parse(b, 0, true)
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
