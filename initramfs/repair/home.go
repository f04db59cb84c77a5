package repair

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/journal/filehome"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Homes says where journals are kept.
type Homes struct {
	// OnDisk: in free space of the disk that is repaired, as in the rescue
	// image, which has no other place that survives. Otherwise in a file:
	// beside an image, in StateDir for a block device.
	OnDisk   bool
	StateDir string
}

// StateDir is where a host keeps journals of block devices.
const StateDir = "/var/lib/bootmend"

// ErrNoHome: there is no place for a journal. Nothing was written.
var ErrNoHome = errors.New("there is no place for a journal, which makes a power cut harmless; --allow-uncovered goes on without")

// journalHome is a place for one journal.
type journalHome struct {
	journal.Home
	name string         // for people
	file *filehome.File // nil on a disk
}

// remove deletes what was made for the journal, once it is finished.
func (h journalHome) remove() error {
	if h.file == nil {
		return nil
	}
	return h.file.Remove()
}

// leave lets go of an open journal without deleting it.
func (h journalHome) leave() error {
	if h.file == nil {
		return nil
	}
	return h.file.Close()
}

// home finds or makes a place for the journal of tx.
func (p *Plan) home(h Homes, tx *journal.Transaction, now *inspect.Patient) (journalHome, error) {
	if h.OnDisk || slices.ContainsFunc(p.Disks, changesUnlocked) {
		home, err := diskHome(tx, p.Disks, now)
		return journalHome{Home: home, name: "on the disk"}, err
	}
	path := filehome.Beside(p.Disks[0].Disk.Path)
	if isDevice(p.Disks[0].Disk.Path) {
		path = filehome.In(h.StateDir, tx.ID)
	}
	f, err := filehome.Create(path, journal.PayloadSize(tx))
	if err != nil {
		return journalHome{}, fmt.Errorf("%w: %w", ErrNoHome, err)
	}
	return journalHome{f.Home(), "in " + path, f}, nil
}

// diskHome takes the first disk that has room for the record in front of its
// first partition and for the payload in a volume that is changed.
func diskHome(tx *journal.Transaction, disks []DiskChanges, now *inspect.Patient) (journal.Home, error) {
	err := error(nil)
	secret := slices.ContainsFunc(disks, changesUnlocked)
	for i, d := range disks {
		copies, ferr := journal.FindRecordSpace(tx.Disks[i].Dev, tableFacts(d.Disk))
		if ferr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", d.Disk.Path, ferr))
			continue
		}
		for _, v := range d.Disk.Volumes {
			if !touches(d.Changes, v.Partition.Range) || secret && !isUnlocked(v) {
				continue
			}
			if space, ok := spaceOf(freeInBoth(findVolume(now, v), d.Changes), tx.Disks[i].Dev, v.Partition.Range); ok {
				return journal.Home{Disk: i, Copies: copies, Space: space}, nil
			}
		}
		err = errors.Join(err, fmt.Errorf("%s: no volume with room for the payload", d.Disk.Path))
	}
	return journal.Home{}, fmt.Errorf("%w: %w", ErrNoHome, err)
}

// freeInBoth is the volume for finding clusters that are free before and after
// the changes: where they change $Bitmap, its bits are those of both together.
// Where that cannot be made it is the volume as it is, and the journal refuses
// what does not fit.
func freeInBoth(v *inspect.Volume, changes []overlay.Change) fs.FS {
	if v.Kind != fs.NTFS {
		return v.FS
	}
	section, err := block.NewSection(v.Disk.Dev, v.Partition.Range)
	if err != nil {
		return v.FS
	}
	bitmap, err := v.FS.Open(`\$Bitmap`)
	if err != nil {
		return v.FS
	}
	extents, err := bitmap.Extents()
	if err != nil {
		return v.FS
	}
	both := overlay.New(section)
	for _, c := range changes {
		for _, e := range extents {
			// Only the bits: beside them lie other structures.
			from := max(c.Off-v.Partition.Range.Off, e.Vol.Off)
			to := min(c.Range().End()-v.Partition.Range.Off, e.Vol.End())
			if from >= to {
				continue
			}
			at := from + v.Partition.Range.Off - c.Off
			merged := slices.Clone(c.Before[at : at+to-from])
			for i := range merged {
				merged[i] |= c.After[at+int64(i)]
			}
			if _, err := both.WriteAt(merged, from); err != nil {
				return v.FS
			}
		}
	}
	merged, err := ntfs.Open(both)
	if err != nil {
		return v.FS
	}
	return merged
}

func tableFacts(d *inspect.Disk) journal.TableFacts {
	f := journal.TableFacts{GPT: d.Table.Scheme == part.GPT, EntriesEnd: d.Table.EntriesEnd, FirstUsable: d.Table.FirstUsable}
	for _, v := range d.Volumes {
		if v.IsDisc() {
			continue // all of a hybrid medium
		}
		if off := v.Partition.Range.Off; f.FirstPartition == 0 || off < f.FirstPartition {
			f.FirstPartition = off
		}
	}
	return f
}

// volumeSpace offers free clusters of a volume as room for the payload.
type volumeSpace struct {
	free func(n int64, usable func([]freeExtent) int64) ([]freeExtent, error)
}

// freeIn are the free clusters in a range of a volume that begins at base.
func freeIn(volume fs.FS, r block.Range, base int64) ([]freeExtent, error) {
	switch v := volume.(type) {
	case *ntfs.Volume:
		all, err := v.FreeIn(r)
		return fromNTFS(all, base), err
	case *fat.Volume:
		all, err := v.FreeIn(r)
		return fromFAT(all, base), err
	}
	return nil, nil
}

// freeExtent is a run of free clusters and the bits that say so, on the disk.
type freeExtent struct {
	block.Range
	marks []journal.Bits
}

// spaceOf returns the room of an NTFS or FAT volume in a range of a disk.
func spaceOf(volume fs.FS, disk block.Device, in block.Range) (journal.Space, bool) {
	base := in.Off
	switch v := volume.(type) {
	case *ntfs.Volume:
		return volumeSpace{func(n int64, usable func([]freeExtent) int64) ([]freeExtent, error) {
			all, err := v.FreeSpace(n, func(list []ntfs.FreeExtent) int64 { return usable(fromNTFS(list, base)) })
			if errors.Is(err, fs.ErrNoSpace) {
				return bigSpace(v, disk, base, in.Len, n)
			}
			return fromNTFS(all, base), err
		}}, true
	case *fat.Volume:
		return volumeSpace{func(n int64, usable func([]freeExtent) int64) ([]freeExtent, error) {
			all, err := v.FreeSpace(n, func(list []fat.FreeExtent) int64 { return usable(fromFAT(list, base)) })
			return fromFAT(all, base), err
		}}, true
	}
	return nil, false
}

func fromNTFS(list []ntfs.FreeExtent, base int64) []freeExtent {
	all := make([]freeExtent, len(list))
	for i, e := range list {
		all[i] = freeExtent{block.Range{Off: base + e.Range.Off, Len: e.Range.Len},
			[]journal.Bits{{Off: base + e.Bitmap, First: e.First, Count: e.Count}}}
	}
	return all
}

func fromFAT(list []fat.FreeExtent, base int64) []freeExtent {
	all := make([]freeExtent, len(list))
	for i, e := range list {
		all[i].Range = block.Range{Off: base + e.Range.Off, Len: e.Range.Len}
		for _, b := range e.Entries {
			all[i].marks = append(all[i].marks, journal.Bits{Off: base + b.Off, First: b.First, Count: b.Count})
		}
	}
	return all
}

func usableBytes(list []freeExtent) int64 {
	ranges := make([]block.Range, len(list))
	for i, e := range list {
		ranges[i] = e.Range
	}
	return journal.Usable(ranges)
}

// Reserve implements journal.Space.
func (s volumeSpace) Reserve(n int64) (journal.Reservation, error) {
	all, err := s.free(n, usableBytes)
	if errors.Is(err, fs.ErrNoSpace) {
		return journal.Reservation{}, fmt.Errorf("%w: %w", journal.ErrNoSpace, err)
	}
	if err != nil {
		return journal.Reservation{}, err
	}
	var r journal.Reservation
	for i, e := range all {
		if usableBytes(all[:i]) >= n {
			break
		}
		r.Extents, r.Marks = append(r.Extents, e.Range), append(r.Marks, e.marks...)
	}
	return r, nil
}
