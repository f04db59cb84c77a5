package repair

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// verifyFiles judges what steps did to file systems: every file that was
// written is read back, by us and by the independent reader, what was removed
// is gone, and the file system is sound.
func (r *rehearsal) verifyFiles(v *verdict, after *inspect.Patient) error {
	writes := lastWrites(r.written)
	for _, key := range slices.Sorted(maps.Keys(writes)) {
		w := writes[key]
		volume := findVolume(after, w.volume)
		if volume == nil || volume.FS == nil {
			v.problem(w.volume.ID() + " cannot be opened after the change")
			continue
		}
		if w.want == nil {
			v.note(w.path+": gone", isGone(volume, w.path))
			continue
		}
		bad := isWritten(volume, w)
		if len(bad) == 0 {
			bad = r.second(volume, w.path)
		}
		v.note(w.path+": read back equal, also through an independent reader of the file system", bad)
		ranges, err := contentRanges(volume, w)
		if err != nil {
			return err
		}
		r.data = append(r.data, ranges...)
	}
	for _, key := range slices.Sorted(maps.Keys(r.structural)) {
		s := r.structural[key]
		volume := findVolume(after, s.volume)
		if volume == nil || volume.FS == nil {
			v.problem(s.volume.ID() + " cannot be opened after the change")
			continue
		}
		bad, err := r.checkStructure(s, volume)
		if err != nil {
			return err
		}
		v.note(s.volume.ID()+": the file system is sound, by a check that shares no code with the writer", bad)
	}
	return nil
}

// lastWrites keeps the last word on each file.
func lastWrites(all []writtenFile) map[string]writtenFile {
	last := map[string]writtenFile{}
	for _, w := range all {
		last[w.volume.Key()+" "+w.path] = w
	}
	return last
}

func isGone(volume *inspect.Volume, path string) []string {
	switch _, err := volume.FS.Stat(path); {
	case err == nil:
		return []string{path + " is still there"}
	case !errors.Is(err, fs.ErrNotExist):
		return []string{err.Error()}
	}
	return nil
}

func isWritten(volume *inspect.Volume, w writtenFile) []string {
	got, err := step.StateOf(volume.FS, w.path)
	switch {
	case err != nil:
		return []string{err.Error()}
	case got != *w.want:
		return []string{fmt.Sprintf("%s: %s, expected %s", w.path, got, w.want)}
	}
	return nil
}

// contentRanges are the whole sectors of the disk in which the file lies.
func contentRanges(volume *inspect.Volume, w writtenFile) ([]absolute, error) {
	f, err := volume.FS.Open(w.path)
	if err != nil {
		return nil, err
	}
	extents, err := f.Extents()
	if err != nil {
		return nil, err
	}
	var all []absolute
	for _, e := range extents {
		all = append(all, sectorsOf(w.volume.Disk, w.volume.Partition.Range.Off+e.Vol.Off, e.Vol.Len))
	}
	return all, nil
}

// sectorsOf are the whole sectors that hold a range of a disk.
func sectorsOf(d *inspect.Disk, off, n int64) absolute {
	ss := int64(d.Dev.SectorSize())
	start, end := off/ss*ss, (off+n+ss-1)/ss*ss
	return absolute{d.Path, block.Range{Off: start, Len: end - start}}
}
