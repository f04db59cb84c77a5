package repair

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// transaction puts the plan into the form that the journal takes: every change
// with the class that decides when it is written, every volume with what tells
// later whether somebody else used it.
func (p *Plan) transaction(targets []Target, now *inspect.Patient) (*journal.Transaction, error) {
	tx := &journal.Transaction{ID: p.opt.Stamp.ID}
	for i, d := range p.Disks {
		disk := journal.Disk{Attached: Attach(p.patient.Machine, d.Disk.Path, sectored(targets[i], d.Disk.Dev.SectorSize())), Identity: identity(d.Disk)}
		allocation := allocationOf(d)
		for _, c := range d.Changes {
			disk.Changes = append(disk.Changes, p.classify(d.Disk, allocation, c)...)
		}
		count := p.opt.Progress.counter("writing to "+d.Disk.Path, streamed(d))
		for _, s := range d.Streams {
			disk.Streams = append(disk.Streams, s.journaled(count))
		}
		for _, v := range d.Disk.Volumes {
			if !touches(d.Changes, v.Partition.Range) {
				continue
			}
			volume, err := witnesses(v, findVolume(now, v))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", v.ID(), err)
			}
			if overwritten(volume.Dirty, d.Changes) {
				volume.Dirty = nil // it is no volume afterwards, and there is nothing to check
			}
			disk.Volumes = append(disk.Volumes, volume)
		}
		tx.Disks = append(tx.Disks, disk)
	}
	return tx, nil
}

func streamed(d DiskChanges) (n int64) {
	for _, s := range d.Streams {
		n += s.Len
	}
	return n
}

// shorten keeps what a record of the journal has room for.
func shorten(s string) string { return s[:min(len(s), 64)] }

// sectored gives a target the sector size of its partition table.
func sectored(t Target, size int) Target {
	if t.SectorSize() == size {
		return t
	}
	return resized{t, size}
}

type resized struct {
	Target
	size int
}

func (r resized) SectorSize() int { return r.size }

// identity are the places that say that this is still the same disk: the MBR
// without the disk signature, which Windows and we may change, and all boot
// sectors.
func identity(d *inspect.Disk) []block.Range {
	const signature, afterSignature, sector = 0x1B8, 0x1BC, 512
	all := []block.Range{{Off: 0, Len: signature}, {Off: afterSignature, Len: sector - afterSignature}}
	for _, v := range d.Volumes {
		r := block.Range{Off: v.Partition.Range.Off, Len: sector}
		if v.Partition.Number != 0 && (block.Range{Len: d.Dev.Size()}).Contains(r) {
			all = append(all, r)
		}
	}
	return all
}

// classify cuts a change into runs of one class, which share its bytes.
func (p *Plan) classify(d *inspect.Disk, allocation []allocated, c overlay.Change) []journal.Change {
	ss := d.Dev.SectorSize()
	var all []journal.Change
	start := 0 // of the run
	for i := 0; i < len(c.After); i += ss {
		class := p.class(d, allocation, block.Range{Off: c.Off + int64(i), Len: int64(ss)})
		end := min(i+ss, len(c.After))
		if n := len(all); n > 0 && all[n-1].Class == class {
			all[n-1].Before, all[n-1].After = c.Before[start:end:end], c.After[start:end:end]
			continue
		}
		start = i
		all = append(all, journal.Change{Class: class, Change: overlay.Change{
			Off: c.Off + int64(i), Before: c.Before[i:end:end], After: c.After[i:end:end]}})
	}
	return all
}

func touches(changes []overlay.Change, r block.Range) bool {
	for _, c := range changes {
		if c.Off < r.End() && c.Range().End() > r.Off {
			return true
		}
	}
	return false
}

// overwritten reports whether the changes give one of the flags, which are not held
// now, another state.
func overwritten(flags []journal.Bits, changes []overlay.Change) bool {
	for _, f := range flags {
		at, bit := f.Off+int64(f.First/8), byte(1)<<(f.First%8)
		for _, c := range changes {
			if c.Range().Contains(block.Range{Off: at, Len: 1}) && (c.After[at-c.Off]&bit == 0) != !f.HeldIsZero {
				return true
			}
		}
	}
	return false
}

// witnesses takes from a volume what shows that somebody else used it, and its
// dirty flags. FAT has nothing that every mount changes: there the flags and
// the hashes of the targets have to do.
func witnesses(v, now *inspect.Volume) (journal.Volume, error) {
	base := v.Partition.Range.Off
	switch volume := now.FS.(type) {
	case *ntfs.Volume:
		return ntfsWitnesses(volume, base)
	case *fat.Volume:
		var j journal.Volume
		if s := volume.State(); s.Dirty || s.HadError {
			return j, nil // Windows will check it anyway
		}
		for _, f := range volume.DirtyFlags() {
			j.Dirty = append(j.Dirty, journal.Bits{Off: base + f.Off, First: uint32(f.Bit), Count: 1, HeldIsZero: f.IsClean})
		}
		return j, nil
	}
	return journal.Volume{}, nil
}

func ntfsWitnesses(volume *ntfs.Volume, base int64) (journal.Volume, error) {
	log, record, err := volume.Witnesses()
	if err != nil {
		return journal.Volume{}, err
	}
	flags, err := volume.DirtyFlags()
	if err != nil {
		return journal.Volume{}, err
	}
	j := journal.Volume{Witnesses: []journal.Witness{
		{What: "$LogFile restart pages", Ranges: shift(log, base)},
		{What: "record of $Volume", Ranges: shift(record, base)},
	}}
	for _, flag := range flags {
		j.Dirty = append(j.Dirty, journal.Bits{Off: base + flag, First: 0, Count: 1})
	}
	return j, nil
}

func shift(ranges []block.Range, by int64) []block.Range {
	all := make([]block.Range, len(ranges))
	for i, r := range ranges {
		all[i] = block.Range{Off: r.Off + by, Len: r.Len}
	}
	return all
}
