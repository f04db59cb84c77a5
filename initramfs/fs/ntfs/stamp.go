package ntfs

import (
	"slices"
	"time"
)

// Offsets in a $STANDARD_INFORMATION, whose second half NTFS 3.0 added.
const (
	siCreated    = 0x00
	siModified   = 0x08
	siChanged    = 0x10
	siAccessed   = 0x18
	siAttributes = 0x20
	siSizeOld    = 0x30
	siOwner      = 0x30
	siSecurity   = 0x34
	siQuota      = 0x38
	siSizeNew    = 0x48
)

// Further offsets in a $FILE_NAME.
const (
	fnCreated   = 0x08
	fnAllocated = 0x28
	fnReparse   = 0x3c // the tag of a reparse point
)

// directoryBit marks a directory in $FILE_NAME.
const directoryBit = 0x10000000

func toFiletime(t time.Time) uint64 {
	const perSecond, to1970 = 10_000_000, 11_644_473_600
	return uint64(t.Unix()+to1970)*perSecond + uint64(t.Nanosecond()/100)
}

// standard returns the $STANDARD_INFORMATION of a file, to be changed.
func (f *editFile) standard() ([]byte, error) {
	a := f.find(attrStandardInformation, nil)
	if a == nil || a.nonRes || len(a.value) < siSizeOld {
		return nil, damaged(f.what(), 0, "no $STANDARD_INFORMATION of 48 bytes")
	}
	f.changed(a)
	return a.value, nil
}

// touch sets the times of a file whose content changed, or, with data false,
// only its record.
func (f *editFile) touch(data bool) error {
	si, err := f.standard()
	if err != nil {
		return err
	}
	le.PutUint64(si[siChanged:], f.c.now)
	if data {
		le.PutUint64(si[siModified:], f.c.now)
		le.PutUint64(si[siAccessed:], f.c.now)
	}
	return nil
}

// syncNames brings times, sizes and attributes in the $FILE_NAMEs of a file
// and in the directories that hold them up to date.
func (f *editFile) syncNames() error {
	if err := f.relieve(); err != nil {
		return err
	}
	si, err := f.standard()
	if err != nil {
		return err
	}
	for _, a := range f.attrs {
		if a.typ != attrFileName || len(a.value) < fnName {
			continue
		}
		f.fillName(a.value, si)
		f.changed(a)
		if err := f.c.updateEntry(f, a.value); err != nil {
			return err
		}
	}
	return nil
}

// fillName copies what a directory shows of a file into a $FILE_NAME.
func (f *editFile) fillName(fn, si []byte) {
	copy(fn[fnCreated:fnCreated+0x20], si[:0x20])
	high := le.Uint32(fn[fnAttributes:]) & 0xffff0000
	if f.isDir() {
		high |= directoryBit
	}
	le.PutUint32(fn[fnAttributes:], le.Uint32(si[siAttributes:])&0xffff|high)
	le.PutUint64(fn[fnAllocated:], 0)
	le.PutUint64(fn[fnDataSize:], 0)
	if a := f.find(attrData, nil); a != nil && !f.isDir() {
		size, alloc := int64(len(a.value)), int64(len(a.value)+7)&^7
		if a.nonRes {
			size, alloc = a.size, a.allocated(f.c.clusterSize)
			if a.headSize() > nonResidentHeaderSize {
				alloc = a.onDisk(f.c.clusterSize)
			}
		}
		le.PutUint64(fn[fnAllocated:], uint64(alloc))
		le.PutUint64(fn[fnDataSize:], uint64(size))
	}
}

// updateEntry copies a $FILE_NAME into its directory. A directory that does
// not have the name, which is damage of older date, is left as it is.
func (c *change) updateEntry(f *editFile, fn []byte) error {
	dir, err := c.file(fileName(fn).parent().number())
	if err != nil {
		return err
	}
	t, err := c.directoryTree(dir)
	if err != nil {
		return err
	}
	path, exact, err := t.descend(fn)
	if err != nil || !exact {
		return err
	}
	s := path[len(path)-1]
	e := s.n.entries[s.i]
	if e.ref().number() != f.no || len(e.key()) != len(fn) {
		return nil
	}
	if !slices.Equal(e.key(), fn) {
		copy(e.key(), fn)
		s.n.dirty = true
	}
	return nil
}
