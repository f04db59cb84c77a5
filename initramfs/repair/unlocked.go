package repair

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// A volume of BitLocker that is unlocked is repaired through a disk that encrypts
// (bitlocker.Disk): overlay, journal, payload and bundle see its content, the disk never
// does. That holds as long as what belongs to it stays in such a volume: payload and bundle
// go there, also on a host, whose files would hold them in the clear. A journal is found
// again only by who has the key, since what it compares is the content.

const unlockedID = "bitlocker-unlocked"

// UnlockedTarget is a disk with volumes unlocked, for writing.
type UnlockedTarget struct {
	*bitlocker.Disk
	target Target
	list   []bitlocker.Unlocked
}

// WithUnlocked shows a disk with these volumes unlocked.
func WithUnlocked(t Target, list []bitlocker.Unlocked) (Target, error) {
	if !edition.BitLocker || len(list) == 0 {
		return t, nil
	}
	d, err := bitlocker.NewDisk(t, list)
	if err != nil {
		return nil, err
	}
	return UnlockedTarget{d, t, list}, nil
}

// DropCache implements Target.
func (u UnlockedTarget) DropCache() error { return u.target.DropCache() }

// Close implements Target.
func (u UnlockedTarget) Close() error { return u.target.Close() }

// Keyed names what is unlocked; a journal belongs to it.
func (u UnlockedTarget) Keyed() string {
	name := "bitlocker"
	for _, one := range u.list {
		name += " " + one.Volume.GUID.Bare()[:8]
	}
	return name
}

// Keyed passes the name on.
func (r resized) Keyed() string { return keyed(r.Target) }

// keyed is what a device shows decrypted, "" for nothing.
func keyed(dev any) string {
	if k, ok := dev.(interface{ Keyed() string }); ok {
		return k.Keyed()
	}
	return ""
}

// OpenUnlocked opens disks with the volumes unlocked that sources have unlocked.
func OpenUnlocked(open OpenTarget, sources []inspect.Source) OpenTarget {
	return func(path string) (Target, error) {
		t, err := open(path)
		i := slices.IndexFunc(sources, func(s inspect.Source) bool { return s.Path == path })
		if err != nil || i < 0 {
			return t, err
		}
		u, err := WithUnlocked(t, sources[i].Unlocked)
		if err != nil {
			t.Close()
		}
		return u, err
	}
}

// isUnlocked: the volume is encrypted, and seen as what is in it.
func isUnlocked(v *inspect.Volume) bool { return v != nil && v.UnlockedBy != nil }

// concernsUnlocked reports whether steps change such a volume.
func concernsUnlocked(steps []step.Step) bool {
	return slices.ContainsFunc(steps, func(s step.Step) bool {
		_, v := s.Place()
		return isUnlocked(v)
	})
}

// changesUnlocked reports whether changes of a disk lie in such a volume.
func changesUnlocked(d DiskChanges) bool {
	return slices.ContainsFunc(d.Disk.Volumes, func(v *inspect.Volume) bool {
		return isUnlocked(v) && touches(d.Changes, v.Partition.Range)
	})
}

// reservedProblems: changes where BitLocker has its own. A sound file system has
// none, because these clusters are in use there.
func reservedProblems(disks []DiskChanges) (bad []string) {
	if !edition.BitLocker {
		return nil
	}
	for _, d := range disks {
		for _, u := range d.Disk.Unlocked {
			for _, r := range u.Volume.Reserved() {
				r.Off += u.Range.Off
				if touches(d.Changes, r) || slices.ContainsFunc(d.Streams, func(s Stream) bool { return s.Off < r.End() && s.End() > r.Off }) {
					bad = append(bad, fmt.Sprintf("%s: the repair reaches %v, which belongs to BitLocker", d.Disk.Path, r))
				}
			}
		}
	}
	return bad
}

// besideUnlocked: the step changes a disk outside of its unlocked volumes. Windows may
// ask for the recovery key after a change of its boot chain.
func besideUnlocked(s step.Step) bool {
	disk, volume := s.Place()
	if isUnlocked(volume) {
		return false
	}
	return slices.ContainsFunc(disk.Volumes, func(v *inspect.Volume) bool { return v.Kind == fs.BitLocker || isUnlocked(v) })
}
