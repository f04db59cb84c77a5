package systempart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// What others want to be free on a system partition, bytes.
const (
	// UpgradeRoom: below, set-up of Windows 10 and 11 says "We couldn't update the
	// system reserved partition". Source: Microsoft, support article of that name: 15 MB.
	UpgradeRoom = 15 << 20
	// BackupRoom: below, shadow copies fail, and with them Windows' image backup
	// (0x80780119) and converters that copy a running Windows. Source: the text of that
	// error: 50 MB on volumes of less than 500 MB. Of larger ones it wants 320 MB, which the
	// partitions that set-up makes with a recovery environment do not have; that is not
	// counted as full here.
	BackupRoom = 50 << 20
	// smallPartition: more is no partition for boot files alone.
	smallPartition = 2 << 30
)

// Fill is how full a system partition is.
type Fill struct {
	System  *inspect.Volume
	Windows []*inspect.Installation // that start from there
	Size    int64                   // of the partition, bytes
	Free    int64
	// Most are the largest folders in it, "\EFI\ubuntu (45 MiB)".
	Most []string
	Err  error // why it cannot be told
}

// Least is how much should be free: nothing where only Windows before Vista starts
// from there; on FAT, of which there are no shadow copies, what upgrades want.
func (f *Fill) Least() int64 {
	switch {
	case !slices.ContainsFunc(f.Windows, func(w *inspect.Installation) bool { return !bootchain.IsNT5(w) }):
		return 0
	case f.System.Kind != fs.NTFS:
		return UpgradeRoom
	}
	return BackupRoom
}

// Fills looks at the system partitions that are not those of a Windows themselves.
func Fills(p *inspect.Patient) []Fill {
	var all []Fill
	for _, w := range p.Windows {
		v := bootchain.SystemVolume(p, w)
		if v == nil || v.FS == nil || v.Err != nil || v.Partition.Range.Len > smallPartition ||
			slices.ContainsFunc(p.Windows, func(o *inspect.Installation) bool { return o.Volume == v }) {
			continue
		}
		if i := slices.IndexFunc(all, func(f Fill) bool { return f.System == v }); i >= 0 {
			all[i].Windows = append(all[i].Windows, w)
			continue
		}
		f := Fill{System: v, Windows: []*inspect.Installation{w}, Size: v.Partition.Range.Len}
		if writer, ok := v.FS.(fs.Writer); ok {
			f.Free, f.Err = writer.Free()
		} else {
			f.Err = fmt.Errorf("%s: free space of %s is not counted: %w", v.ID(), v.Kind, fs.ErrUnsupported)
		}
		all = append(all, f)
	}
	return all
}

// Measure finds what fills the partition. What cannot be read is left out.
func (f *Fill) Measure() {
	type folder struct {
		path string
		size int64
	}
	var all []folder
	budget := maxFiles
	for _, top := range []string{`\`, `\EFI`} {
		list, err := f.System.FS.ReadDir(top)
		if err != nil {
			continue
		}
		for _, i := range list {
			path := fs.JoinPath(top, i.Name)
			if !i.IsDir() || strings.EqualFold(path, `\EFI`) {
				if !i.IsDir() && i.Size > 1<<20 {
					all = append(all, folder{path, i.Size})
				}
				continue
			}
			all = append(all, folder{path, sizeBelow(f.System.FS, path, 0, &budget)})
		}
	}
	slices.SortStableFunc(all, func(a, b folder) int { return int(min(1, max(-1, b.size-a.size))) })
	for _, one := range all[:min(len(all), 5)] {
		if one.size >= 1<<20 {
			f.Most = append(f.Most, fmt.Sprintf("%s (%d MiB)", one.path, one.size>>20))
		}
	}
}

func sizeBelow(volume fs.FS, path string, depth int, budget *int) (n int64) {
	list, err := volume.ReadDir(path)
	if err != nil || depth > maxDepth {
		return 0
	}
	for _, i := range list {
		if *budget--; *budget < 0 {
			return n
		}
		if i.IsDir() && i.Attributes&fs.AttrReparse == 0 {
			n += sizeBelow(volume, fs.JoinPath(path, i.Name), depth+1, budget)
		} else if !i.IsDir() {
			n += i.Size
		}
	}
	return n
}
