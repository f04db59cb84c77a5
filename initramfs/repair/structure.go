package repair

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs"
	fatcheck "github.com/bootmend/bootmend/initramfs/fs/fat/check"
	ntfscheck "github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// sectionOf is the partition of a volume as a device.
func sectionOf(v *inspect.Volume) (*block.Section, error) {
	return block.NewSection(v.Disk.Dev, v.Partition.Range)
}

// checkStructure compares the file system with what it was: a problem that was
// there before is not ours, a new one is. And nothing may be different that the
// steps were not about. The check shares no code with what wrote.
func (r *rehearsal) checkStructure(s structural, after *inspect.Volume) ([]string, error) {
	now, err := sectionOf(after)
	if err != nil {
		return nil, err
	}
	base, about, err := r.aboutVolume(s.volume)
	if err != nil {
		return nil, err
	}
	var bad []string
	switch after.Kind {
	case fs.NTFS:
		report, err := ntfscheck.Touched(s.base, now, r.changedIn(s.volume))
		if err != nil {
			return nil, err
		}
		within, err := ntfscheck.Within(base, now, r.changedIn(s.volume), about)
		if err != nil {
			return nil, err
		}
		for _, p := range append(report.Problems, within.Problems...) {
			if r.restores && (p.Kind == ntfscheck.BackupBoot || p.Kind == ntfscheck.Mirror) {
				continue // taken back, a copy is as out of date as it was
			}
			bad = append(bad, p.String())
		}
	case fs.FAT12, fs.FAT16, fs.FAT32:
		old, err := fatcheck.Volume(s.base)
		if err != nil {
			return nil, err
		}
		had := map[string]bool{}
		for _, p := range old.Problems {
			had[p.String()] = true
		}
		report, err := fatcheck.Volume(now)
		if err != nil {
			return nil, err
		}
		for _, p := range report.Problems {
			if !had[p.String()] {
				bad = append(bad, p.String())
			}
		}
		within, err := fatcheck.Within(base, now, r.changedIn(s.volume), about)
		if err != nil {
			return nil, err
		}
		for _, p := range within.Problems {
			bad = append(bad, p.String())
		}
	default:
		bad = []string{fmt.Sprintf("there is no check for %s", after.Kind)}
	}
	return bad, nil
}

// changedIn lists what changed of a volume, in bytes of the volume.
func (r *rehearsal) changedIn(v *inspect.Volume) []block.Range {
	o := r.overlayOf(v.Disk)
	touched := o.Spilled()
	changes, err := o.ChangesOutside(touched)
	if err != nil {
		return nil // changes reports it
	}
	for _, c := range changes {
		touched = append(touched, c.Range())
	}
	var all []block.Range
	for _, c := range touched {
		if c.Off >= v.Partition.Range.Off && c.End() <= v.Partition.Range.End() {
			all = append(all, block.Range{Off: c.Off - v.Partition.Range.Off, Len: c.Len})
		}
	}
	return all
}

// mean notes what is about to change of the files of a volume.
func (r *rehearsal) mean(v *inspect.Volume, c scope.Change) {
	r.meant[v.Key()] = append(r.meant[v.Key()], c)
}

// changeOf is what a step on a file system is about.
func changeOf(one step.Step) scope.Change {
	switch s := one.(type) {
	case step.WriteFile:
		return scope.Change{Path: s.Path, Content: true}
	case step.Remove:
		return scope.Change{Path: s.Path, Content: true}
	case step.Mkdir:
		return scope.Change{Path: s.Path}
	case step.Rename:
		return scope.Change{Path: s.From, To: s.To}
	case step.SetAttributes:
		return scope.Change{Path: s.Path}
	}
	return scope.Change{}
}

// keepBelow keeps the disks as they are after the changes below the file
// systems, which name the bytes that they change: what files are changed is
// judged against this state.
func (r *rehearsal) keepBelow() error {
	for _, d := range r.before.Disks {
		kept, err := r.kept(d)
		if err != nil {
			return err
		}
		r.below = append(r.below, kept)
	}
	return nil
}

// kept is a disk as it is now; its overlay goes on changing.
func (r *rehearsal) kept(d *inspect.Disk) (block.Device, error) {
	changes, err := r.overlayOf(d).Changes()
	if err != nil || len(changes) == 0 {
		return d.Dev, err
	}
	kept := overlay.New(d.Dev)
	if len(r.overlayOf(d).Spilled()) > 0 {
		if err := spillOne(kept); err != nil {
			return nil, err
		}
	}
	for _, c := range changes {
		if _, err := kept.WriteAt(c.After, c.Off); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// aboutVolume is what the steps are about on a volume, and the state in which
// they found it.
func (r *rehearsal) aboutVolume(v *inspect.Volume) (base block.Device, about scope.Scope, err error) {
	about.Changes = r.meant[v.Key()]
	for _, t := range r.touched {
		if t.volume.Key() != v.Key() {
			continue
		}
		ranges, err := allowedRanges(t)
		if err != nil {
			return nil, about, err
		}
		for _, a := range ranges {
			about.Announced = append(about.Announced, block.Range{Off: a.r.Off - v.Partition.Range.Off, Len: a.r.Len})
		}
	}
	base, err = r.belowOf(v)
	return base, about, err
}

// belowOf is a volume as the changes below the file systems left it.
func (r *rehearsal) belowOf(v *inspect.Volume) (block.Device, error) {
	for i, d := range r.before.Disks {
		if d == v.Disk {
			return block.NewSection(r.below[i], v.Partition.Range)
		}
	}
	return nil, fmt.Errorf("%s: %w", v.ID(), ErrChanged)
}
