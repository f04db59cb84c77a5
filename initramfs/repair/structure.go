package repair

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	fatcheck "github.com/bootmend/bootmend/initramfs/fs/fat/check"
	ntfscheck "github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// sectionOf is the partition of a volume as a device.
func sectionOf(v *inspect.Volume) (*block.Section, error) {
	return block.NewSection(v.Disk.Dev, v.Partition.Range)
}

// checkStructure compares the file system with what it was: a problem that was
// there before is not ours, a new one is. The check shares no code with what
// wrote.
func (r *rehearsal) checkStructure(s structural, after *inspect.Volume) ([]string, error) {
	now, err := sectionOf(after)
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
		for _, p := range report.Problems {
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
