package repair

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	ntfscheck "github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
)

// prepare says what has to come first on the volumes that the steps change:
// a hibernated memory image is thrown away where a person said so, an open NTFS
// log is replayed, or discarded where a person said so. A log that cannot be
// replayed stays as it is when all steps overwrite in place: a mount by Windows
// then replays it as if nothing had happened.
func (p *Plan) prepare(steps []step.Step) ([]step.Step, error) {
	var before []step.Step
	if p.opt.DiscardHibernation {
		for _, v := range p.patient.Volumes() {
			if v.Hibernated == "" || p.spares("hibernated", v) {
				continue
			}
			patches, err := wakeUp(v)
			if err != nil {
				return nil, err
			}
			before = append(before, patches...)
		}
	}
	seen := map[string]bool{}
	for _, s := range steps {
		_, v := s.Place()
		if v == nil || v.State == nil || v.State.Log.Clean || seen[v.Key()] {
			continue
		}
		seen[v.Key()] = true
		switch {
		case v.Replayed != nil:
			before = append(before, step.ReplayLog{Volume: v})
		case p.opt.DiscardLog && canDiscardLog(v) && !p.spares("ntfs-log-unclean", v):
			before = append(before, step.DiscardLog{Volume: v})
		}
	}
	return before, nil
}

// besideLog reports whether the step can be carried out where it is and leave
// an open log alone: what it overwrites is the content of a file that the log
// has nothing to do with, or a boot sector, which is never logged.
func besideLog(s step.Step) bool {
	switch s := s.(type) {
	case step.SetValue:
		if s.Volume.State == nil || s.Volume.State.Log.Clean {
			return true
		}
		if s.Volume.FS == nil {
			return false
		}
		f, err := s.Volume.FS.Open(s.File)
		return err == nil && outsideOfLog(s.Volume, f) == nil
	case step.Patch:
		return s.Volume == nil || s.Off+int64(len(s.New)) <= s.Volume.Partition.Range.Off+bootSize
	}
	return false
}

// hiberHeader is the page of hiberfil.sys that says whether there is something
// to resume.
const hiberHeader = 4096

// wakeUp overwrites the header of hiberfil.sys with zeros, where it lies. That
// is what a loader takes for "not hibernated" (ntfs-3g, volume.c). It is not
// taken back: once the volume was used, resuming would write stale memory over it.
func wakeUp(v *inspect.Volume) ([]step.Step, error) {
	f, err := v.FS.Open(inspect.HiberFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.ID(), err)
	}
	extents, err := f.Extents()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.ID(), err)
	}
	var all []step.Step
	done := int64(0)
	for _, e := range extents {
		n := min(hiberHeader-done, e.Vol.Len)
		if e.FileOff != done || n <= 0 {
			break
		}
		old := make([]byte, n)
		if k, err := f.ReadAt(old, done); int64(k) < n {
			return nil, fmt.Errorf("%s: %s: %w", v.ID(), inspect.HiberFile, err)
		}
		all = append(all, step.Patch{Disk: v.Disk, Volume: v, What: "header of hiberfil.sys", Off: v.Partition.Range.Off + e.Vol.Off,
			Old: old, New: make([]byte, n), Why: "the hibernated Windows starts anew instead of resuming",
			Final: "the memory image of the hibernated Windows on " + v.ID() + " is thrown away"})
		done += n
	}
	if done < hiberHeader {
		return nil, fmt.Errorf("%s: %s is not stored as plain clusters: %w", v.ID(), inspect.HiberFile, fs.ErrUnsupported)
	}
	return all, nil
}

// applyLogs carries out what prepare asked for.
func (r *rehearsal) applyLogs(ctx context.Context, before []step.Step) error {
	for _, one := range before {
		if p, ok := one.(step.Patch); ok {
			if err := r.patch(p); err != nil {
				return err
			}
		}
	}
	for _, one := range before {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, v := one.Place()
		var err error
		switch one.(type) {
		case step.ReplayLog:
			err = r.emptyLog(v, func(n *ntfs.Volume) error {
				_, err := n.ReplayLog()
				return err
			})
		case step.DiscardLog:
			err = r.emptyLog(v, (*ntfs.Volume).DiscardLog)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", one.Describe(), err)
		}
	}
	return nil
}

// emptyLog lets how deal with the log of a volume, judges all of the volume
// after it, and makes the result what later changes are compared with.
func (r *rehearsal) emptyLog(v *inspect.Volume, how func(*ntfs.Volume) error) error {
	section, err := block.NewSection(r.overlayOf(v.Disk), v.Partition.Range)
	if err != nil {
		return err
	}
	volume, err := ntfs.Open(section)
	if err != nil {
		return err
	}
	if err := how(volume); err != nil {
		return err
	}
	report, err := ntfscheck.Volume(section)
	if err != nil {
		return err
	}
	if bad := report.Serious(); len(bad) > 0 {
		return fmt.Errorf("with the log empty the volume is not sound: %v (and %d more): %w",
			bad[0], len(bad)-1+report.More, fs.ErrDamaged)
	}
	// What the steps change is judged against the volume as it was found: with
	// what its log holds carried out, or without where it is discarded.
	r.structural[v.Key()] = structural{v, v.Dev}
	return nil
}

// logBytes is what emptying logs first will write: a log that was made anew is
// empty nearly all over.
func logBytes(before []step.Step) (n int64, err error) {
	for _, one := range before {
		switch one.(type) {
		case step.ReplayLog, step.DiscardLog:
		default:
			continue
		}
		_, v := one.Place()
		f, err := v.FS.Open(`\$LogFile`)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", v.ID(), err)
		}
		written, err := notEmpty(f)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", v.ID(), err)
		}
		if written > overlay.MaxBytes {
			return 0, &VerifyError{[]string{fmt.Sprintf("the NTFS log of %s holds %d MiB, at most %d MiB can be emptied at once. Attach the disk to a working Windows, which empties it when it mounts the volume",
				v.ID(), written>>20, int64(overlay.MaxBytes)>>20)}}
		}
		n += written
	}
	return n, nil
}

// notEmpty counts the bytes of a log in the pieces that are not filled with FF.
func notEmpty(f fs.File) (n int64, err error) {
	const piece = 64 << 10
	empty, b := bytes.Repeat([]byte{0xff}, piece), make([]byte, piece)
	size := f.Info().Size
	for at := int64(0); at < size; at += piece {
		k := min(piece, size-at)
		if got, err := f.ReadAt(b[:k], at); int64(got) < k {
			return 0, fmt.Errorf(`\$LogFile at %#x: %w`, at, err)
		}
		if !bytes.Equal(b[:k], empty[:k]) {
			n += k
		}
	}
	return n, nil
}

// patch writes bytes of a disk, after a look at what is there.
func (r *rehearsal) patch(p step.Patch) error {
	o := r.overlayOf(p.Disk)
	now := make([]byte, len(p.Old))
	if n, err := o.ReadAt(now, p.Off); n < len(now) {
		return err
	}
	if len(p.Old) != len(p.New) || !bytes.Equal(now, p.Old) {
		return fmt.Errorf("%s is not what the plan expects: %w", p.What, ErrChanged)
	}
	if _, err := o.WriteAt(p.New, p.Off); err != nil {
		return err
	}
	r.announced = append(r.announced, sectorsOf(p.Disk, p.Off, int64(len(p.New))))
	return nil
}

// refused reports whether a step was refused for a reason that a person can do
// something about, rather than failed.
func refused(err error) bool {
	for _, known := range []error{fs.ErrNoSpace, fs.ErrExist, fs.ErrNotExist, fs.ErrNotEmpty, fs.ErrInvalidName, fs.ErrNameTooLong,
		fs.ErrNotDir, fs.ErrIsDir, hivefile.ErrDropsLogs} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
