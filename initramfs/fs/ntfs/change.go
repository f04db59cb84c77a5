package ntfs

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// change is one change of the volume, from the first look to the last write.
// Metadata is worked on in memory and goes to the device in commit, all at
// once; only the content of files goes there before, into clusters that are
// free until then. A change that fails is dropped, and the volume is as it
// was.
type change struct {
	*Volume // a second view of the volume, which sees what the change wrote
	real    *Volume
	pages   *pages
	now     uint64 // FILETIME
	files   map[uint64]*editFile
	trees   map[treeKey]*tree
	freed   []run // clusters that become free with the commit, not before
	freeRec []uint64
	bitmap  *stream // of $Bitmap, when it was needed
}

// treeKey names an index: its file and the name of its attributes.
type treeKey struct {
	no   uint64
	name string
}

// hints say where to look first for what is free. They may be wrong.
type hints struct {
	record  uint64 // no free MFT record is expected below
	cluster LCN
	// namedIn is the directory that was asked last whether its files have
	// aliases, and what it said.
	namedIn ref
	aliases bool
	// quotaOld: the volume counts no quotas, or will count anew.
	quotaOld bool
}

// SetClock gives the time that changed files get. Without it they get the
// modification time of the root directory: the machine's clock is never asked.
func (v *Volume) SetClock(clock func() time.Time) { v.clock = clock }

// change carries out fn on a new change and commits it.
func (v *Volume) change(fn func(*change) error) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	if err := v.mayWrite(); err != nil {
		return err
	}
	c, err := v.newChange()
	if err != nil {
		return err
	}
	defer c.pages.release()
	if err := fn(c); err != nil {
		return err
	}
	return c.commit()
}

func (v *Volume) newChange() (*change, error) {
	up, err := v.upcaseOf()
	if err != nil {
		return nil, err
	}
	p := newPages(v.dev, &v.spare)
	shadow := &Volume{dev: p, boot: v.boot, clusterSize: v.clusterSize, clusters: v.clusters, upcase: up,
		hints: v.hints, minor: v.minor, major: v.major}
	shadow.mft = &stream{v: shadow, what: v.mft.what, flags: v.mft.flags, size: v.mft.size, init: v.mft.init,
		parts: v.mft.parts[:1:1], runs: slices.Clone(v.mft.runs), current: 0}
	c := &change{Volume: shadow, real: v, pages: p, files: map[uint64]*editFile{}, trees: map[treeKey]*tree{}}
	c.now, err = v.filetimeNow()
	return c, err
}

func (v *Volume) filetimeNow() (uint64, error) {
	if v.clock != nil {
		return toFiletime(v.clock()), nil
	}
	n, err := v.openRef(recordRoot)
	if err != nil {
		return 0, err
	}
	a, ok, err := n.find(attrStandardInformation, nil)
	if err != nil || !ok || a.nonResident() || len(a.value()) < siSizeOld {
		return 0, errors.Join(err, damaged(n.rec.what(), 0, "no $STANDARD_INFORMATION of 48 bytes"))
	}
	return le.Uint64(a.value()[siModified:]), nil
}

// mayWrite refuses volumes whose version or flags are not understood. Whether
// a log or a hibernated Windows forbids writing is the caller's question to
// State: only he knows what he is going to do about it.
func (v *Volume) mayWrite() error {
	if v.clusterSize < pageSize {
		return unsupported("volume", fmt.Sprintf("writing with clusters of %d bytes", v.clusterSize))
	}
	var s State
	if err := v.readVolumeRecord(&s); err != nil {
		return fmt.Errorf("$Volume: %w", err)
	}
	if u := s.Flags &^ knownVolumeFlags; u != 0 {
		return unsupported("$Volume", fmt.Sprintf("flags of unknown meaning (%#04x)", uint16(u)))
	}
	switch {
	case s.Major == 1 && s.Minor == 2, s.Major == 3 && s.Minor <= 1:
		v.major, v.minor = s.Major, s.Minor
		return nil
	}
	return unsupported("$Volume", fmt.Sprintf("NTFS version %d.%d", s.Major, s.Minor))
}

// commit puts everything into pages, frees what is to be free, and flushes.
func (c *change) commit() error {
	if err := c.settle(); err != nil {
		return err
	}
	for _, r := range c.freed {
		if err := c.markClusters(r.lcn, r.n, false); err != nil {
			return err
		}
	}
	if f := c.files[recordMFT]; f != nil && f.dirty {
		if err := f.save(); err != nil {
			return err
		}
	}
	if err := c.pages.flush(); err != nil {
		return err
	}
	r := c.real
	r.hints = c.hints
	r.mft = &stream{v: r, what: c.mft.what, flags: c.mft.flags, size: c.mft.size, init: c.mft.init,
		parts: c.mft.parts, runs: c.mft.runs, current: 0}
	return nil
}

// settle writes trees, then files, into pages. Saving a file may allocate
// records, which changes $MFT: that is saved last.
func (c *change) settle() error {
	for _, t := range c.trees {
		if err := t.flush(); err != nil {
			return err
		}
	}
	for {
		f := c.nextDirty()
		if f == nil {
			break
		}
		if err := f.save(); err != nil {
			return fmt.Errorf("MFT record %d: %w", f.no, err)
		}
	}
	for _, no := range c.freeRec {
		if err := c.releaseRecord(no); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) nextDirty() *editFile {
	var next *editFile
	for no, f := range c.files {
		if f.dirty && no != recordMFT && (next == nil || no < next.no) {
			next = f
		}
	}
	return next
}

var _ fs.Writer = (*Volume)(nil)
