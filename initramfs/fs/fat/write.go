package fat

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// chunk is how much data is moved at once.
const chunk = 256 << 10

// change runs fn as one change: with an error of fn, or of writing what it
// left in memory, everything on the volume but free clusters is as before.
func (v *Volume) change(fn func(*op) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	o, err := v.beginChange()
	if err != nil {
		return err
	}
	return o.end(fn(o))
}

func (v *Volume) clustersFor(size int64) int64 {
	return (size + v.boot.clusterSize() - 1) / v.boot.clusterSize()
}

// WriteFile creates or replaces a file; see fs.Writer. A new file has the
// archive attribute, one that is replaced keeps its attributes, its names and
// its time of creation. Read-only files are replaced like others.
//
// The data goes into free clusters first; old and new content exist together
// for a moment, and there must be space for both. When r ends early or fails,
// the file is as it was.
func (v *Volume) WriteFile(path string, r io.Reader, size int64) error {
	return v.change(func(o *op) error {
		d, name, old, err := o.findNew(path)
		switch {
		case err != nil:
			return err
		case old != nil && old.isDir():
			return fmt.Errorf("%s: %w", old.path, fs.ErrIsDir)
		case size < 0 || size > maxFile:
			return fmt.Errorf("%s: %d bytes: %w", path, size, ErrTooLarge)
		case old != nil:
			return o.replace(d, old, r, size)
		}
		e := make(entry, entrySize)
		e[0x0b] = byte(fs.AttrArchive)
		e.setCreated(v.now())
		e.setSize(size)
		return o.create(d, name, e, size, func(runs []run) error { return o.fill(path, runs, r, size) })
	})
}

// create makes an entry with a chain for size bytes, which fill fills.
func (o *op) create(d *directory, name string, e entry, size int64, fill func([]run) error) error {
	names, err := d.nameFor(name)
	if err != nil {
		return err
	}
	runs, err := o.allocate(fs.JoinPath(d.path, name), o.v.clustersFor(size), 0)
	if err != nil {
		return err
	}
	if len(runs) > 0 {
		e.setCluster(o.v.boot.Kind, runs[0].first)
	}
	at, err := o.makeRoom(d, longSlots(names.long)+1)
	if err != nil {
		return err
	}
	d.put(at, names, e)
	if err := fill(runs); err != nil {
		return err
	}
	return o.store(d)
}

// store writes, in this order, zeros into the clusters that directories got,
// the FAT, and the directories.
func (o *op) store(dirs ...*directory) error {
	for _, d := range dirs {
		if err := o.zero(d.grown); err != nil {
			return err
		}
		d.grown = nil
	}
	if err := o.flushFAT(); err != nil {
		return err
	}
	for _, d := range dirs {
		if err := o.flushDir(d); err != nil {
			return err
		}
	}
	return nil
}

// replace gives a file new content in new clusters.
func (o *op) replace(d *directory, old *node, r io.Reader, size int64) error {
	kind := o.v.boot.Kind
	oldRuns, err := o.chainOf(old)
	if err != nil {
		return err
	}
	if err := o.prepareRelease(oldRuns); err != nil {
		return err
	}
	runs, err := o.allocate(old.path, o.v.clustersFor(size), 0)
	if err != nil {
		return err
	}
	if err := o.fill(old.path, runs, r, size); err != nil {
		return err
	}
	d.change(old.item.slot)
	first := Cluster(0)
	if len(runs) > 0 {
		first = runs[0].first
	}
	old.item.e.setCluster(kind, first)
	old.item.e.setSize(size)
	old.item.e.setWritten(o.v.now())
	if err := o.store(d); err != nil {
		return err
	}
	return o.release(oldRuns)
}

// chainOf is the whole chain of a file or directory that is about to change.
func (o *op) chainOf(n *node) ([]run, error) {
	first := n.item.e.cluster(o.v.boot.Kind)
	if first == 0 {
		if n.item.e.size() > 0 || n.item.e.isDir() {
			return nil, damaged(n.path, "size %d, but no clusters", n.item.e.size())
		}
		return nil, nil
	}
	runs, err := o.wholeChain(n.path, first, maxFile)
	if err != nil || n.item.e.isDir() {
		return runs, err
	}
	if have := clusters(runs); have < o.v.clustersFor(n.item.e.size()) {
		return nil, damaged(n.path, "size %d, but only %d clusters", n.item.e.size(), have)
	}
	return runs, nil
}

// fill copies size bytes of r into clusters; the rest of the last sector
// becomes zero.
func (o *op) fill(what string, runs []run, r io.Reader, size int64) error {
	sector := int64(o.v.boot.BytesPerSector)
	buf := make([]byte, min(chunk, (size+sector-1)/sector*sector))
	for _, run := range runs {
		at, room := o.v.boot.clusterOffset(run.first), run.n*o.v.boot.clusterSize()
		for room > 0 && size > 0 {
			n := min(room, size, int64(len(buf)))
			if _, err := io.ReadFull(r, buf[:n]); err != nil {
				return fmt.Errorf("%s: content, %d bytes before its end: %w", what, size, noEOF(err))
			}
			padded := (n + sector - 1) / sector * sector
			clear(buf[n:padded])
			if _, err := o.v.dev.WriteAt(buf[:padded], at); err != nil {
				return fmt.Errorf("%s: volume at %#x: %w", what, at, err)
			}
			at, room, size = at+padded, room-padded, size-n
		}
	}
	return nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
