package check

import (
	"fmt"
	"hash/maphash"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxRecords bounds the memory for a volume: 24 bytes a record.
const maxRecords = 1 << 27

// state is what the whole check remembers of a record.
type state struct {
	names  uint64 // sum of the digests of its names less those of its index entries
	parent uint32 // record of the directory of its first name
	seq    uint16
	flags  uint8
	count  int8 // names less entries, as far as it goes
}

// Bits of state.flags.
const (
	stUsed = 1 << iota
	stDir
	stExtension
	stListed  // an extension that an attribute list names
	stIndexes // has an index
	stRooted  // a directory that was followed up to the root
	stPath    // on the way up that is being followed
)

// whole is a check of a whole volume.
type whole struct {
	*checker
	states []state
	seed   maphash.Seed
	// The stretch of clusters that $Bitmap has wrong, as it is collected.
	wrong       clusterRange
	wrongMarked bool
	bits        *stream // $Bitmap
}

// Volume checks everything, and says how to mend what can be mended. The error is that of the device, or wraps
// fs.ErrUnsupported for a volume with more records than memory allows.
func Volume(dev block.Device) (*Report, error) {
	report := &Report{}
	c, err := openMending(dev, report)
	if err == nil {
		if c.records > maxRecords {
			return report, fmt.Errorf("$MFT with %d records: %w", c.records, fs.ErrUnsupported)
		}
		err = (&whole{checker: c, states: make([]state, c.records), seed: maphash.MakeSeed()}).run()
	}
	return c.finish(err)
}

func (w *whole) run() error {
	for _, step := range []func() error{
		w.checkBackup, w.checkMirror, w.openUpcase, w.scan, w.indexes, w.residues, w.roots, w.checkClusters, w.checkShared,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// scanChunk is how much of $MFT is read at once.
const scanChunk = 1 << 20

// eachRecord reads all of $MFT in order and calls fn for the records that are
// in use by the bitmap, or by their flag.
func (w *whole) eachRecord(bitmap []byte, fn func(r *record) error) error {
	size := int64(w.boot.RecordSize)
	chunk := make([]byte, max(size, scanChunk))
	per := int64(len(chunk)) / size
	for first := int64(0); first < w.records; first += per {
		n := min(per, w.records-first)
		if err := w.mft.readAt(w.checker, chunk[:n*size], first*size); err != nil {
			return err
		}
		for i := range n {
			no := first + i
			marked := bit(bitmap, no)
			r := w.parse(chunk[i*size:(i+1)*size:(i+1)*size], no, marked)
			if r == nil {
				continue
			}
			if r.inUse() != marked {
				w.bad(MFTBitmap, no, "$MFT's $BITMAP", int(no/8), fmt.Sprintf("bit %d: %v, as the record's in-use flag", no, r.inUse()), "%v", marked)
			}
			if !r.inUse() {
				continue
			}
			if err := fn(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func bit(b []byte, i int64) bool { return i/8 < int64(len(b)) && b[i/8]>>(i%8)&1 != 0 }

// mftBitmap reads the bitmap of $MFT, at most a bit per record there can be.
func (c *checker) mftBitmap() ([]byte, error) {
	r, err := c.record(0, true)
	if err != nil || r == nil {
		return nil, err
	}
	quiet := c.quiet
	c.quiet = true // noted when record 0 is scanned
	f, err := c.gather(r)
	c.quiet = quiet
	if err != nil {
		return nil, err
	}
	parts := f.find(typeBitmap, "")
	if len(parts) == 0 {
		c.bad(Attribute, 0, "$BITMAP", -1, "the bitmap of $MFT", "none")
		return nil, nil
	}
	s := c.join(parts)
	if s.size < (c.records+7)/8 {
		c.bad(Size, 0, "$BITMAP", -1, fmt.Sprintf("at least %d bytes", (c.records+7)/8), "%d", s.size)
	}
	return s.all(c, maxRecords/8+1<<20)
}

// scan looks at every record by itself.
func (w *whole) scan() error {
	bitmap, err := w.mftBitmap()
	if err != nil {
		return err
	}
	return w.eachRecord(bitmap, func(r *record) error {
		w.report.Records++
		st := &w.states[r.no]
		st.seq = r.seq
		st.flags |= stUsed
		if r.base != 0 {
			st.flags |= stExtension
			return nil
		}
		f, err := w.gather(r)
		if err != nil {
			return err
		}
		w.remember(f, st)
		for _, x := range f.exts {
			w.states[x.number()].flags |= stListed
		}
		return nil
	})
}

func (w *whole) remember(f *file, st *state) {
	if f.base.isDir() {
		st.flags |= stDir
		w.report.Directories++
	} else {
		w.report.Files++
	}
	for _, a := range f.attrs {
		if a.typ == typeRoot {
			st.flags |= stIndexes
		}
	}
	self := reference(uint64(f.base.seq)<<48 | uint64(f.base.no))
	for i, n := range w.checkFile(f) {
		if i == 0 && n.parent.number() < w.records {
			st.parent = uint32(n.parent.number())
		}
		st.names += n.digest(w.seed, self)
		st.count++
	}
}

// indexes walks every index and takes its entries from the names.
func (w *whole) indexes() error {
	for no := range w.states {
		st := &w.states[no]
		if st.flags&stExtension != 0 && st.flags&stListed == 0 {
			w.bad(AttributeList, int64(no), "record", 0x20, "an attribute list that names this extension record", "none")
		}
		if st.flags&stIndexes == 0 {
			continue
		}
		f, err := w.reload(int64(no))
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		for _, name := range indexNames(f) {
			t, err := w.openIndex(f, name)
			if err != nil {
				return err
			}
			if t == nil {
				continue
			}
			self := reference(uint64(f.base.seq)<<48 | uint64(f.base.no))
			if err := t.walk(func(x entry) error { return w.entry(t, self, x) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// reload reads a file again whose problems were noted before.
func (c *checker) reload(no int64) (*file, error) {
	quiet := c.quiet
	c.quiet = true
	defer func() { c.quiet = quiet }()
	r, err := c.record(no, true)
	if err != nil || r == nil {
		return nil, err
	}
	return c.gather(r)
}

func indexNames(f *file) []string {
	var all []string
	for _, a := range f.attrs {
		if a.typ == typeRoot {
			all = append(all, a.name)
		}
	}
	return all
}

// entry judges one entry of a directory by what is known of its target.
func (w *whole) entry(t *tree, dir reference, x entry) error {
	if !t.names {
		return nil
	}
	n, _ := parseName(x.key)
	no := x.ref.number()
	dangling := func(why string) error {
		t.bad(EntryDangling, x.place, x.off, fmt.Sprintf("%v to name a file", n), "%v, %s", x.ref, why)
		return nil
	}
	if no >= int64(len(w.states)) {
		return dangling("outside $MFT")
	}
	st := &w.states[no]
	switch {
	case st.flags&stUsed == 0:
		return dangling("which is free")
	case st.flags&stExtension != 0:
		return dangling("which is an extension record")
	case st.seq != x.ref.seq():
		return dangling(fmt.Sprintf("whose sequence number is now %d", st.seq))
	case n.parent != dir:
		t.bad(Parent, x.place, x.off, fmt.Sprintf("parent %v", dir), "%v", n.parent)
	case n.dir != (st.flags&stDir != 0):
		t.bad(FileName, x.place, x.off, fmt.Sprintf("directory flag %v for %v", st.flags&stDir != 0, n), "%v", n.dir)
	}
	st.names -= n.digest(w.seed, x.ref)
	st.count--
	return nil
}
