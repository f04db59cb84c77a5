package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// plan is a transaction being checked. It only reads.
type plan struct {
	tx      *Transaction
	w       *work
	content []io.ReaderAt // of the streams, in the order of body.streams
	taken   []taken
}

// taken is a range that something is planned for.
type taken struct {
	disk int
	block.Range
	what string
}

// prepare checks everything that can be checked before the first write.
func prepare(tx *Transaction, home Home) (*plan, error) {
	tx = &Transaction{tx.ID, slices.Clone(tx.Disks)} // changes are sorted below
	p := &plan{tx: tx, w: &work{body: body{home: home.Disk}}}
	if err := p.disks(home); err != nil {
		return nil, err
	}
	for i := range tx.Disks {
		for _, step := range []func(int, *Disk) error{p.changes, p.streams, p.volumes} {
			if err := step(i, &tx.Disks[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", tx.Disks[i].Name, err)
			}
		}
	}
	p.w.images = p.planImages
	p.w.man.streams = make([][32]byte, len(p.w.body.streams))
	if err := p.reserve(home); err != nil {
		return nil, err
	}
	if err := p.overlaps(); err != nil {
		return nil, err
	}
	if err := p.checkBits(); err != nil {
		return nil, err
	}
	if err := p.markSectors(); err != nil {
		return nil, err
	}
	if _, err := p.w.body.encode(); err != nil {
		return nil, err
	}
	for i := range p.w.man.targets { // neighbours in the same block are needed, too
		if _, _, err := p.planImages(&p.w.man.targets[i]); err != nil {
			return nil, err
		}
	}
	return p, p.w.save()
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrInvalid)
}

// disks notes the disks and makes sure that no journal is open on them.
func (p *plan) disks(home Home) error {
	w := p.w
	if p.tx.ID == [16]byte{} || len(p.tx.Disks) == 0 || home.Disk < OnFile || home.Disk >= len(p.tx.Disks) {
		return invalid("%d disks, home on disk %d, ID %x", len(p.tx.Disks), home.Disk, p.tx.ID)
	}
	for _, d := range p.tx.Disks {
		if len(d.Model) > 64 || len(d.Serial) > 64 || d.Dev.SectorSize() < headerSize || d.Dev.SectorSize() > BlockSize {
			return invalid("%s: model %q, serial %q, sectors of %d bytes", d.Name, d.Model, d.Serial, d.Dev.SectorSize())
		}
		name := d.Name[max(0, len(d.Name)-200):]
		w.body.disks = append(w.body.disks, diskID{name, d.Model, d.Serial, d.Dev.Size(), d.Dev.SectorSize()})
		w.devs, w.names = append(w.devs, d.Dev), append(w.names, d.Name)
		if err := noJournal(d.Dev, d.Name); err != nil {
			return err
		}
	}
	if home.Disk != OnFile {
		w.home = w.devs[home.Disk]
	} else if w.home = home.File; w.home == nil {
		return invalid("no journal file")
	} else if err := noJournal(w.home, "journal file"); err != nil {
		return err
	}
	w.head = header{state: Prepared, seq: 1, id: p.tx.ID, self: home.Copies[0], other: home.Copies[1], size: w.home.Size()}
	for _, c := range home.Copies {
		if c < 0 || c%BlockSize != 0 || c > min(SearchEnd, w.home.Size())-BlockSize || !blockIsZero(w.home, c) {
			return invalid("record at %#x: not aligned, not in reach or not empty", c)
		}
		if home.Disk != OnFile {
			p.take(home.Disk, block.Range{Off: c, Len: BlockSize}, "record")
		}
	}
	if home.Copies[0] == home.Copies[1] {
		return invalid("both copies of the record at %#x", home.Copies[0])
	}
	return nil
}

func noJournal(dev block.Device, name string) error {
	r, err := Locate(dev)
	switch {
	case err == nil:
		return fmt.Errorf("%s: %v: %w", name, r.State, ErrOpen)
	case !errors.Is(err, ErrNone):
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (p *plan) take(disk int, r block.Range, what string) {
	p.taken = append(p.taken, taken{disk, r, what})
}

// overlaps refuses to use the same bytes for two purposes.
func (p *plan) overlaps() error {
	slices.SortFunc(p.taken, func(a, b taken) int {
		if a.disk != b.disk {
			return a.disk - b.disk
		}
		return int(max(-1, min(1, a.Off-b.Off)))
	})
	for i := 1; i < len(p.taken); i++ {
		if a, b := p.taken[i-1], p.taken[i]; a.disk == b.disk && a.End() > b.Off {
			return invalid("%s: %s %v and %s %v overlap", p.w.names[a.disk], a.what, a.Range, b.what, b.Range)
		}
	}
	return nil
}

// changes compares the disk with what was planned on and cuts the changes into
// blocks.
func (p *plan) changes(disk int, d *Disk) error {
	size, ss := d.Dev.Size(), int64(d.Dev.SectorSize())
	d.Changes = sorted(d.Changes)
	for _, c := range d.Changes {
		r := c.Range()
		whole := r.Off%ss == 0 && (r.End()%ss == 0 || r.End() == size)
		if !c.Class.valid() || len(c.Before) != len(c.After) || r.Len == 0 || !whole ||
			!(block.Range{Len: size}).Contains(r) {
			return invalid("change %v of class %d", r, c.Class)
		}
		p.take(disk, r, "change")
		now := make([]byte, r.Len)
		if err := p.w.read(disk, now, r.Off); err != nil {
			return err
		}
		if !bytes.Equal(now, c.Before) {
			return fmt.Errorf("at %v: %w", r, ErrChanged)
		}
		p.addTargets(disk, c, size, ss)
	}
	return nil
}

func sorted(changes []Change) []Change {
	changes = slices.Clone(changes)
	slices.SortFunc(changes, func(a, b Change) int { return int(max(-1, min(1, a.Off-b.Off))) })
	return changes
}

// addTargets notes the blocks of one change; changes come in ascending order.
func (p *plan) addTargets(disk int, c Change, size, ss int64) {
	targets := &p.w.man.targets
	for off := c.Off - c.Off%BlockSize; off < c.Range().End(); off += BlockSize {
		last := len(*targets) - 1
		if last < 0 || (*targets)[last].disk != disk || (*targets)[last].off != off {
			n := min(BlockSize, size-off)
			*targets = append(*targets, target{disk: disk, off: off, n: int(n), class: make([]Class, (n+ss-1)/ss)})
			last++
		}
		t := &(*targets)[last]
		for k := range t.class {
			if at := off + int64(k)*ss; at >= c.Off && at < c.Range().End() {
				t.class[k] = c.Class
			}
		}
	}
}

// layPlan puts the changes over p, the bytes of a disk at off.
func (p *plan) layPlan(buf []byte, disk int, off int64) {
	changes := p.tx.Disks[disk].Changes
	i, _ := slices.BinarySearchFunc(changes, off, func(c Change, off int64) int {
		if c.Range().End() <= off {
			return -1
		}
		return 1
	})
	for ; i < len(changes) && changes[i].Off < off+int64(len(buf)); i++ {
		c := changes[i]
		lo, hi := max(c.Off, off), min(c.Range().End(), off+int64(len(buf)))
		copy(buf[lo-off:hi-off], c.After[lo-c.Off:hi-c.Off])
	}
}

// planImages are the images of a target as long as nothing is applied.
func (p *plan) planImages(t *target) (after, before []byte, err error) {
	before = make([]byte, t.n)
	if err := p.w.read(t.disk, before, t.off); err != nil {
		return nil, nil, err
	}
	putAll(p.w.body.marks, before, t.disk, t.off, false)
	putAll(p.w.body.reserved, before, t.disk, t.off, false)
	after = bytes.Clone(before)
	p.layPlan(after, t.disk, t.off)
	return after, before, nil
}
