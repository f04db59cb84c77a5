package ntfs

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxMFTRuns bounds the run list of $MFT, the only one that is kept whole: it
// would be 6 MiB of memory. A defragmented volume has a handful of runs.
const maxMFTRuns = 1 << 18

// Volume is an open NTFS volume. Reading is safe for concurrent use as far as
// the Device is; the methods of fs.Writer wait for each other, but must not run
// together with reading.
type Volume struct {
	dev         block.Device
	boot        *BootSector
	clusterSize int64
	clusters    int64
	mft         *stream

	mu     sync.Mutex
	upcase upcaseTable // nil until first used

	// What writing needs; see change.go.
	writing      sync.Mutex
	clock        func() time.Time
	hints        hints
	spare        spare
	major, minor uint8
}

var _ fs.FS = (*Volume)(nil)

// Open reads the boot sector and the place of $MFT. dev is the volume: byte 0
// is its boot sector. A volume that is damaged so far that no file can be
// found is an error that wraps fs.ErrDamaged; anything else shows up when it
// is read.
func Open(dev block.Device) (*Volume, error) {
	sector := make([]byte, bootSectorSize)
	if n, err := dev.ReadAt(sector, 0); n < len(sector) {
		if err == nil || err == io.EOF {
			return nil, damaged("boot sector", 0, "the volume has only %d bytes", n)
		}
		return nil, fmt.Errorf("boot sector: %w", err)
	}
	boot, err := ParseBoot(sector, dev.Size())
	if err != nil {
		return nil, err
	}
	v := &Volume{dev: dev, boot: boot, clusterSize: boot.ClusterSize(), clusters: boot.Clusters()}
	if err := v.openMFT(); err != nil {
		return nil, err
	}
	return v, nil
}

// openMFT finds the runs of $MFT: those in record 0 first, then, when there is
// an attribute list, part after part, each of which lies in a record that the
// parts before it reach.
func (v *Volume) openMFT() error {
	b := make([]byte, v.boot.RecordSize)
	at := int64(v.boot.MFT) * v.clusterSize
	if _, err := io.ReadFull(io.NewSectionReader(v.dev, at, int64(len(b))), b); err != nil {
		return fmt.Errorf("$MFT at volume offset %#x: %w", at, err)
	}
	rec, err := newRecord(b, recordMFT)
	if err != nil {
		return fmt.Errorf("$MFT at volume offset %#x: %w", at, err)
	}
	s, err := v.firstPart(rec)
	if err != nil {
		return err
	}
	v.mft = s
	n, err := v.newInode(rec)
	if err != nil || n.list == nil {
		return err
	}
	return v.growMFT(n)
}

// firstPart opens the $DATA of record 0 as far as record 0 describes it.
func (v *Volume) firstPart(rec record) (s *stream, err error) {
	err = rec.each(func(a attribute) error {
		if a.typ() != attrData || len(a.name()) > 0 {
			return nil
		}
		if !a.nonResident() {
			return damaged("$MFT", int64(a.off), "its data is resident")
		}
		var err error
		if s, err = v.newStream("$MFT", a); err != nil {
			return err
		}
		if s.runs, err = s.decodePart(0); err != nil {
			return err
		}
		s.current = 0
		return errStop
	})
	if err == nil {
		return nil, damaged("$MFT", 0, "record 0 has no $DATA")
	}
	if err != errStop {
		return nil, err
	}
	return s, nil
}

// growMFT appends the parts that the attribute list of $MFT names.
func (v *Volume) growMFT(n *inode) error {
	s := v.mft
	for _, e := range n.list {
		if !e.matches(attrData, nil) || e.lowest == 0 {
			continue
		}
		a, err := n.entry(e)
		if err != nil {
			return fmt.Errorf("$MFT: part at VCN %d: %w", e.lowest, err)
		}
		if !a.nonResident() || len(s.runs) == 0 || a.lowest() != s.runs[len(s.runs)-1].end() {
			return damaged("$MFT", 0, "its parts do not join at VCN %d", e.lowest)
		}
		more, err := decodeRuns(a.mappingPairs(), a.lowest(), a.next(), v.clusters, "$MFT")
		if err != nil {
			return err
		}
		if len(s.runs)+len(more) > maxMFTRuns {
			return unsupported("$MFT", fmt.Sprintf("more than %d runs", maxMFTRuns))
		}
		s.runs = append(s.runs, more...)
	}
	return nil
}

// Kind is fs.NTFS.
func (v *Volume) Kind() fs.Kind { return fs.NTFS }

// Boot is the boot sector as it was when the volume was opened.
func (v *Volume) Boot() *BootSector { return v.boot }

// MFTSize is the length of the master file table in bytes.
func (v *Volume) MFTSize() int64 { return v.mft.size }
