package fat

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// ErrDirectoryFull is returned where the root directory of FAT12 and FAT16, which does not
// grow, has no room for a name. It wraps fs.ErrNoSpace.
var ErrDirectoryFull = fmt.Errorf("all its entries are in use: %w", fs.ErrNoSpace)

// room finds n free slots in a row; grow is how many more slots the directory
// needs to have them. The slot behind a piece of a long name is left free: an
// 8.3 entry there might take the name for its own.
func (d *directory) room(n int) (at, grow int) {
	row, end := 0, false
	for i := range d.slots() {
		e := d.slot(i)
		end = end || e[0] == slotEnd
		switch {
		case end || e[0] == slotDeleted:
			row++
		case e.isLong():
			row = -1
		default:
			row = 0
		}
		if row == n {
			return i - n + 1, 0
		}
	}
	return d.slots() - row, n - row
}

// makeRoom finds n free slots in a row. A directory that is too small gets
// clusters, whose zeros are written at once: they are free clusters until the
// FAT says otherwise.
func (o *op) makeRoom(d *directory, n int) (at int, err error) {
	at, grow := d.room(n)
	if grow == 0 {
		return at, nil
	}
	size := len(d.b) + grow*entrySize
	switch {
	case d.first == 0:
		return 0, fmt.Errorf("directory %s with %d entries: %w", d.path, d.slots(), ErrDirectoryFull)
	case size > maxDirectory:
		return 0, fmt.Errorf("directory %s: a directory has at most %d entries: %w", d.path, maxDirectory/entrySize, fs.ErrNoSpace)
	}
	cs := o.v.boot.clusterSize()
	have := clusters(d.runs)
	last := d.runs[len(d.runs)-1]
	d.grown, err = o.allocate("directory "+d.path, (int64(size)+cs-1)/cs-have, last.end()-1)
	if err != nil {
		return 0, err
	}
	d.add(o.v.boot, d.grown)
	more := make([]byte, min(clusters(d.grown)*cs, maxDirectory-int64(len(d.b))))
	d.b = append(d.b, more...)
	return at, nil
}

// put writes an item into the free slots from at on. The slot behind them
// stays, or becomes, the end of the directory when they reach beyond it.
func (d *directory) put(at int, name newName, e entry) {
	n := longSlots(name.long)
	beyond := false
	for i := range at + n + 1 {
		beyond = beyond || d.slot(i)[0] == slotEnd
	}
	for i := 0; beyond && i < at; i++ {
		if d.slot(i)[0] == slotEnd {
			d.change(i)[0] = slotDeleted // the one that room left free
		}
	}
	short := d.change(at + n)
	copy(short, e)
	short.setRaw(name.raw)
	short[0x0c] = short[0x0c]&^(lowerBase|lowerExt) | name.flags
	slots := make([]entry, n)
	for i := range slots {
		slots[i] = d.change(at + i)
	}
	putLong(slots, name.long, short.checksum())
	if next := at + n + 1; beyond && next < d.slots() && d.slot(next)[0] != slotEnd {
		d.change(next)[0] = slotEnd
	}
}

// remove marks the slots of an item as deleted.
func (d *directory) remove(it *item) {
	first := it.slot
	if it.long() != nil {
		first -= len(it.pieces) / entrySize
	}
	for i := first; i <= it.slot; i++ {
		d.change(i)[0] = slotDeleted
	}
}

// zero writes zeros over clusters.
func (o *op) zero(runs []run) error {
	buf := make([]byte, min(o.v.boot.clusterSize()*clusters(runs), chunk))
	for _, r := range runs {
		at, left := o.v.boot.clusterOffset(r.first), r.n*o.v.boot.clusterSize()
		for left > 0 {
			n := min(left, int64(len(buf)))
			if _, err := o.v.dev.WriteAt(buf[:n], at); err != nil {
				return fmt.Errorf("volume at %#x: %w", at, err)
			}
			at, left = at+n, left-n
		}
	}
	return nil
}
