package blocktest

import (
	"bytes"
	"sync"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Event is one write or flush.
type Event struct {
	Disk int    // in the order of Log.Record
	Off  int64  // of a write
	Data []byte // of a write; nil: a flush
}

// IsFlush reports whether the event is a flush.
func (e Event) IsFlush() bool { return e.Data == nil }

// Log is what happened to several disks, in the order in which it happened.
type Log struct {
	mu     sync.Mutex
	disks  []*Recorded
	events []Event
}

// Recorded is a Device whose writes and flushes are in a Log. They are also
// carried out.
type Recorded struct {
	block.Device
	log   *Log
	index int
	base  []byte // content when recording began
}

// Record returns dev with its writes and flushes recorded. The content at this
// moment is what Cut starts from.
func (l *Log) Record(dev block.Device) *Recorded {
	base := make([]byte, dev.Size())
	dev.ReadAt(base, 0) // what cannot be read cannot be judged either
	r := &Recorded{Device: dev, log: l, index: len(l.disks), base: base}
	l.disks = append(l.disks, r)
	return r
}

// WriteAt writes and records what was written.
func (r *Recorded) WriteAt(p []byte, off int64) (int, error) {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	n, err := r.Device.WriteAt(p, off)
	if n > 0 {
		r.log.events = append(r.log.events, Event{r.index, off, bytes.Clone(p[:n])})
	}
	return n, err
}

// Flush flushes and records it.
func (r *Recorded) Flush() error {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	err := r.Device.Flush()
	if err == nil {
		r.log.events = append(r.log.events, Event{Disk: r.index})
	}
	return err
}

// DropCache passes on where the Device can.
func (r *Recorded) DropCache() error { return dropCache(r.Device) }

func dropCache(d block.Device) error {
	if c, ok := d.(interface{ DropCache() error }); ok {
		return c.DropCache()
	}
	return nil
}

// Events are all events so far.
func (l *Log) Events() []Event { return l.events }

// Written is one sector that was written and, when a cut is looked at, not
// flushed yet.
type Written struct {
	Disk int
	Off  int64
	Data []byte
}

// Sectors splits a write into the sectors that a disk writes whole or not at
// all. A write that covers a sector in part is a mistake of the caller that no
// disk would accept; it is kept as it is.
func (l *Log) Sectors(e Event) []Written {
	ss := int64(l.disks[e.Disk].SectorSize())
	var all []Written
	for off, data := e.Off, e.Data; len(data) > 0; {
		n := min(ss-off%ss, int64(len(data)))
		all = append(all, Written{e.Disk, off, data[:n]})
		off, data = off+n, data[n:]
	}
	return all
}

// Unaligned returns the writes that do not cover whole sectors.
func (l *Log) Unaligned() []Event {
	var bad []Event
	for _, e := range l.events {
		d := l.disks[e.Disk]
		ss := int64(d.SectorSize())
		if end := e.Off + int64(len(e.Data)); e.Off%ss != 0 || end%ss != 0 && end != d.Size() {
			bad = append(bad, e)
		}
	}
	return bad
}

// Cut is the power going off before event n.
type Cut struct {
	Stable  [][]byte  // content of each disk, of all that was flushed
	Pending []Written // what may have reached the disks or not, in order
}

// Cut returns what is certain and what is not when the power goes off before
// event n.
func (l *Log) Cut(n int) Cut {
	var c Cut
	for _, d := range l.disks {
		c.Stable = append(c.Stable, bytes.Clone(d.base))
	}
	for _, e := range l.events[:n] {
		if !e.IsFlush() {
			c.Pending = append(c.Pending, l.Sectors(e)...)
			continue
		}
		rest := c.Pending[:0]
		for _, w := range c.Pending {
			if w.Disk == e.Disk {
				copy(c.Stable[w.Disk][w.Off:], w.Data)
			} else {
				rest = append(rest, w)
			}
		}
		c.Pending = rest
	}
	return c
}

// After returns the contents when exactly the pending writes that keep says
// yes to have reached the disks. keep gets the index in Pending.
func (c Cut) After(keep func(i int) bool) [][]byte {
	var all [][]byte
	for _, b := range c.Stable {
		all = append(all, bytes.Clone(b))
	}
	for i, w := range c.Pending {
		if keep(i) {
			copy(all[w.Disk][w.Off:], w.Data)
		}
	}
	return all
}
