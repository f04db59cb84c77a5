package fat

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxDirectory is the largest directory that FAT allows: 65,536 entries.
const maxDirectory = 65536 * entrySize

// directory is a copy of a whole directory, slots behind its end included.
type directory struct {
	path  string
	first Cluster   // 0: the fixed root directory of FAT12/16
	above []Cluster // the directories on the path, this one last
	runs  []run
	parts []block.Range // where b lies on the volume

	b     []byte
	disk  map[int][]byte // slots that were changed, as they are on the volume
	grown []run          // clusters that it got in this op
}

// openDir reads the directory n.
func (o *op) openDir(n *node) (*directory, error) {
	boot := o.v.boot
	d := &directory{path: n.path, first: boot.RootCluster}
	if !n.isRoot() {
		if !n.isDir() {
			return nil, fmt.Errorf("%s: %w", n.path, fs.ErrNotDir)
		}
		if d.first = n.item.e.cluster(boot.Kind); d.first == 0 {
			return nil, damaged(n.path, "directory without clusters")
		}
	} else if boot.RootEntries > 0 {
		d.parts = []block.Range{{Off: boot.rootOffset(), Len: entrySize * int64(boot.RootEntries)}}
	}
	if d.first != 0 {
		// A cluster may be as large as no directory may be.
		runs, err := o.wholeChain("directory "+n.path, d.first, max(maxDirectory, boot.clusterSize()))
		if err != nil {
			return nil, err
		}
		d.add(boot, runs)
	}
	if n.parent != nil {
		d.above = slices.Clone(n.parent.above)
	}
	d.above = append(d.above, d.first)
	size := int64(0)
	for _, p := range d.parts {
		size += p.Len
	}
	d.b = make([]byte, 0, size)
	for _, p := range d.parts {
		at := len(d.b)
		d.b = d.b[:at+int(p.Len)]
		if err := o.v.read(d.b[at:], p.Off); err != nil {
			return nil, fmt.Errorf("directory %s: %w", n.path, err)
		}
	}
	if len(d.b) > maxDirectory {
		d.b = d.b[:maxDirectory]
	}
	return d, nil
}

// add appends clusters to the places of the directory.
func (d *directory) add(boot *BootSector, runs []run) {
	d.runs = append(d.runs, runs...)
	for _, r := range runs {
		d.parts = append(d.parts, block.Range{Off: boot.clusterOffset(r.first), Len: r.n * boot.clusterSize()})
	}
}

func (d *directory) slots() int             { return len(d.b) / entrySize }
func (d *directory) slot(i int) entry       { return d.b[i*entrySize : (i+1)*entrySize] }
func (d *directory) same(o *directory) bool { return d.first == o.first }

// change gives a slot to be changed; flushDir writes it.
func (d *directory) change(i int) entry {
	if d.disk == nil {
		d.disk = map[int][]byte{}
	}
	if d.disk[i] == nil {
		d.disk[i] = bytes.Clone(d.slot(i))
	}
	return d.slot(i)
}

// flushDir writes the slots that changed, neighbours at once.
func (o *op) flushDir(d *directory) error {
	changed := slices.Sorted(maps.Keys(d.disk))
	start, i := int64(0), 0 // of the part in d.b; of what is left of changed
	for _, p := range d.parts {
		for i < len(changed) && int64(changed[i]*entrySize) < start+p.Len {
			first := changed[i]
			var before []byte
			for ; i < len(changed) && changed[i] == first+len(before)/entrySize && int64(changed[i]*entrySize) < start+p.Len; i++ {
				before = append(before, d.disk[changed[i]]...)
			}
			from := first * entrySize
			if err := o.write(d.b[from:from+len(before)], before, p.Off+int64(from)-start); err != nil {
				return fmt.Errorf("directory %s: %w", d.path, err)
			}
		}
		start += p.Len
	}
	d.disk = nil
	return nil
}

// item is a file or directory in a directory.
type item struct {
	slot   int
	e      entry
	pieces []byte // the slots before it that may be its long name, see long
}

// items goes over the files and directories up to the end mark, without
// volume label, "." and "..". What is yielded is a view of d, and the item
// itself is valid until the next one.
func (d *directory) items(yield func(*item) bool) {
	var row longRow
	var it item
	for i := range d.slots() {
		e := d.slot(i)
		switch {
		case e[0] == slotEnd:
			return
		case e[0] != slotDeleted && e.isLong():
			row.take(e)
			continue
		case e[0] == slotDeleted || e.isLabel() || e.isDot():
			row.reset()
			continue
		}
		it = item{slot: i, e: e, pieces: d.b[(i-row.of(e))*entrySize : i*entrySize]}
		row.reset()
		if !yield(&it) {
			return
		}
	}
}

// find looks a name up, long or 8.3, without regard to case; of several that
// only differ in what case means to whom, the one spelled like it.
func (d *directory) find(name string) *item {
	want := fs.EncodeName(name)
	pieces := longSlots(want) * entrySize
	raw, isShort := packShort(name)
	var found *item
	for it := range d.items {
		fold, same := false, false
		if len(it.pieces) == pieces {
			fold, same = it.matches(want)
		}
		if !fold && (!isShort || upperRaw(it.e.raw()) != raw) {
			continue
		}
		if found == nil || same {
			found = &item{it.slot, it.e, it.pieces}
		}
		if same || len(it.pieces) == 0 {
			break
		}
	}
	return found
}

// info describes the item. A long name that cannot be one gives way to the
// 8.3 name.
func (it *item) info() fs.Info {
	info := fs.Info{Name: it.name(), Attributes: fs.Attributes(it.e.attr() & 0x37), Modified: it.e.modified()}
	if !it.e.isDir() {
		info.Size = it.e.size()
	}
	return info
}

func (it *item) name() string {
	if long := it.long(); long != nil && validUnits(long) {
		return fs.DecodeName(long)
	}
	return showShort(it.e.raw(), it.e[0x0c])
}
