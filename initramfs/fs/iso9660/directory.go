package iso9660

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// Limits of what is believed. Directories of real discs are a few hundred KiB.
const (
	maxDirectory = 256 << 20
	maxEntries   = 1 << 20
	maxParts     = 1 << 16 // of one file: 256 TiB
	chunk        = 32 * sectorSize
)

// entry is one file or directory.
type entry struct {
	name   string // as shown
	stored string // with version number
	id     []byte // the bytes behind stored
	dir    bool
	link   bool
	hidden bool
	time   time.Time
	parts  []part // of a directory one
	refuse string // why the content cannot be read
}

func (e *entry) size() (n int64) {
	for _, p := range e.parts {
		n += p.len
	}
	return n
}

// info shows an entry the way the driver of Windows for CDs does: every file
// is read-only (github.com/microsoft/Windows-driver-samples, filesys/cdfs).
func (e *entry) info() fs.Info {
	i := fs.Info{Name: e.name, Modified: e.time}
	switch {
	case e.dir:
		i.Attributes = fs.AttrDirectory
	case e.link:
		i.Attributes = fs.AttrReadOnly | fs.AttrReparse
	default:
		i.Attributes, i.Size = fs.AttrReadOnly, e.size()
	}
	if e.hidden {
		i.Attributes |= fs.AttrHidden
	}
	return i
}

var errStop = errors.New("enough")

// walk calls yield for the entries of a directory in their order; an errStop
// of yield ends it.
func (v *Volume) walk(dir part, path string, yield func(*entry) error) error {
	w := walker{v: v, path: path, yield: yield}
	err := v.eachRecord(dir, path, w.add)
	if err == nil && w.open != nil {
		err = damaged(path, "the last extent of %q is missing", w.open.name)
	}
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// eachRecord reads a directory. Records do not cross sectors; the rest of a
// sector is zero.
func (v *Volume) eachRecord(dir part, path string, do func(r record, where string) error) error {
	if err := v.checkDirectory(dir, path); err != nil {
		return err
	}
	buf := make([]byte, min(chunk, dir.len))
	for at := int64(0); at < dir.len; at += chunk {
		b := buf[:min(chunk, dir.len-at)]
		n, readErr := v.dev.ReadAt(b, dir.off+at)
		if n < len(b) {
			// What lies before a bad sector may be all that is asked for.
			readErr = fmt.Errorf("%s: directory at %#x: %w", path, dir.off+at+int64(n), noEOF(readErr))
			b = b[:n/sectorSize*sectorSize]
		} else {
			readErr = nil
		}
		if err := records(b, dir.off+at, at == 0, path, do); err != nil {
			return err
		}
		if readErr != nil {
			return readErr
		}
	}
	return nil
}

// records calls do for the records in whole sectors of a directory, which lie
// at off on the volume.
func records(b []byte, off int64, first bool, path string, do func(r record, where string) error) error {
	for i := 0; i < len(b); {
		end := min(i/sectorSize*sectorSize+sectorSize, len(b))
		if b[i] == 0 && !(first && i == 0) {
			i = end
			continue
		}
		where := fmt.Sprintf("%s: directory at %#x", path, off+int64(i))
		r, err := parseRecord(b[i:end], where)
		if err != nil {
			return err
		}
		if first && i == 0 && !r.isSelf() {
			return damaged(where, "the first record is not the directory's own")
		}
		if err := do(r, where); err != nil {
			return err
		}
		i += int(b[i])
	}
	return nil
}

func (v *Volume) checkDirectory(dir part, path string) error {
	if dir.len > maxDirectory {
		return damaged(path, "directory of %d bytes", dir.len)
	}
	if dir.len == 0 || !(block.Range{Len: v.dev.Size()}).Contains(block.Range{Off: dir.off, Len: dir.len}) {
		return damaged(path, "directory of %d bytes at %#x, the medium ends at %#x", dir.len, dir.off, v.dev.Size())
	}
	return nil
}

// walker turns records into entries.
type walker struct {
	v     *Volume
	path  string
	yield func(*entry) error
	open  *entry // a file whose further extents follow
	last  string // name of the entry before
	count int
}

func (w *walker) add(r record, where string) error {
	if r.isSelf() || r.isParent() || r.flags&flagAssociated != 0 {
		return nil
	}
	if w.open != nil {
		if !bytes.Equal(r.id, w.open.id) || r.isDir() {
			return damaged(where, "%q where a further extent of %q should be", r.id, w.open.name)
		}
		if len(w.open.parts) == maxParts {
			return damaged(where, "%q has more than %d extents", w.open.name, maxParts)
		}
		w.open.parts = append(w.open.parts, r.part())
		return w.finish(r)
	}
	e, hide, err := w.v.newEntry(r, where)
	if err != nil || hide {
		return err
	}
	w.open = e
	return w.finish(r)
}

// finish hands the open entry on when r was its last extent.
func (w *walker) finish(r record) error {
	if r.flags&flagMore != 0 && !r.isDir() {
		return nil
	}
	e := w.open
	w.open = nil
	if w.count++; w.count > maxEntries {
		return damaged(w.path, "more than %d entries", maxEntries)
	}
	if e.name != e.stored && e.name == w.last {
		return nil // an older version
	}
	w.last = e.name
	return w.yield(e)
}

// newEntry makes an entry of its first record. hide: Rock Ridge shows it at
// another place.
func (v *Volume) newEntry(r record, where string) (e *entry, hide bool, err error) {
	e = &entry{dir: r.isDir(), hidden: r.flags&flagHidden != 0, time: r.time, id: bytes.Clone(r.id), parts: []part{r.part()}}
	if e.stored, err = v.decode(r.id, where); err != nil {
		return nil, false, err
	}
	e.name = e.stored
	if !e.dir {
		e.name = cutVersion(e.stored)
	}
	if r.unit != 0 || r.gap != 0 {
		e.refuse = "its data is interleaved"
	}
	if v.discs > 1 && r.disc != v.disc {
		e.refuse = fmt.Sprintf("its data is on disc %d of %d, this is disc %d", r.disc, v.discs, v.disc)
	}
	if v.names == RockRidge && len(r.use) > v.skip {
		hide, err = v.addRockRidge(e, r.use[v.skip:], where)
	}
	e.name, e.stored = showable(e.name), showable(e.stored)
	return e, hide, err
}

func (v *Volume) decode(id []byte, where string) (string, error) {
	if v.names != Joliet {
		return decodeBytes(id), nil
	}
	name, ok := decodeUCS2(id)
	if !ok {
		return "", damaged(where, "a name of Joliet with %d bytes", len(id))
	}
	return name, nil
}

func (v *Volume) addRockRidge(e *entry, use []byte, where string) (hide bool, err error) {
	rr, err := readRockRidge(v.dev, use, where)
	if err != nil || rr.relocated {
		return true, err
	}
	if rr.hasName {
		e.name = decodeBytes(rr.name)
		e.stored = e.name
	}
	if rr.refuse != "" {
		e.refuse = rr.refuse
	}
	if rr.link {
		e.link, e.refuse = true, "a symbolic link"
	}
	if rr.child != 0 {
		e.dir, e.link, e.refuse = true, false, ""
		e.parts, err = v.ownRecord(rr.child, where)
	}
	return false, err
}

// ownRecord reads how long a directory is from the record for itself.
func (v *Volume) ownRecord(block uint32, where string) ([]part, error) {
	b := make([]byte, sectorSize)
	if err := readSector(v.dev, b, int64(block)); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	r, err := parseRecord(b, fmt.Sprintf("directory in sector %d", block))
	if err != nil {
		return nil, err
	}
	if !r.isSelf() || !r.isDir() || r.block != block {
		return nil, damaged(where, "the directory that belongs here is said to be in sector %d, where none is", block)
	}
	return []part{r.part()}, nil
}
