package repair

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// verify judges the overlay. It returns what was proved, or a *VerifyError.
func (r *rehearsal) verify(ctx context.Context, fixes []Fix, after *inspect.Patient) ([]string, error) {
	v := &verdict{}
	bad, err := r.detectAgain(ctx, fixes, after)
	if err != nil {
		return nil, err
	}
	if !r.restores {
		what := "nothing new appeared"
		if len(fixes) > 0 {
			what = "what was fixed is gone, " + what
		}
		v.note(fmt.Sprintf("all %d detectors ran again on the result: %s", len(condition.All()), what), bad)
	}
	allowed := r.announced
	for _, t := range r.touched {
		fileAfter := findVolume(after, t.volume)
		if fileAfter == nil || fileAfter.FS == nil {
			v.problem(t.volume.ID() + " cannot be opened after the repair")
			continue
		}
		n, bad := onlyPatches(t, fileAfter)
		v.note(fmt.Sprintf("%s: of %d bytes only the announced ones changed, in %d places", t.path, n, len(t.patches)), bad)
		v.note(fmt.Sprintf("%s: read back equal through an independent reader of the file system", t.path), r.second(fileAfter, t.path))
		ranges, err := allowedRanges(t)
		if err != nil {
			return nil, err
		}
		allowed, r.data = append(allowed, ranges...), append(r.data, ranges...)
	}
	if err := r.verifyFiles(v, after); err != nil {
		return nil, err
	}
	for _, s := range r.structural {
		allowed = append(allowed, absolute{s.volume.Disk.Path, s.volume.Partition.Range})
	}
	bad, err = r.onlyInside(allowed)
	if err != nil {
		return nil, err
	}
	v.note("every other sector of every disk is identical", bad)
	if len(v.problems) > 0 {
		return nil, &VerifyError{v.problems}
	}
	return v.proof, nil
}

// verdict collects what was proved and what speaks against it.
type verdict struct{ proof, problems []string }

func (v *verdict) note(ok string, bad []string) {
	if len(bad) == 0 {
		v.proof = append(v.proof, ok)
	}
	v.problems = append(v.problems, bad...)
}

func (v *verdict) problem(s string) { v.problems = append(v.problems, s) }

// detectAgain runs the detectors on the overlay and compares.
func (r *rehearsal) detectAgain(ctx context.Context, fixes []Fix, after *inspect.Patient) ([]string, error) {
	now, err := condition.Detect(ctx, after)
	if err != nil {
		return nil, err
	}
	return compareFindings(r.before, r.findings, fixes, r.brings, now), nil
}

// compareFindings lists what is still there of the fixed and what is new. What
// is found on a volume that could not be read before is not new: it could not be
// seen; nor is what a finding that is mended hid. What a person asked for, without
// fixes, must not take away either that a fault can be mended without asking. brings
// are IDs of conditions that may appear.
func compareFindings(patient *inspect.Patient, before []condition.Finding, fixes []Fix, brings []string, now []condition.Finding) []string {
	was, fixed, mends := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range before {
		was[f.Key()], mends[f.Key()] = true, certain(f)
	}
	for _, f := range fixes {
		fixed[f.Finding.Key()] = true
	}
	var bad []string
	for _, f := range now {
		switch {
		case fixed[f.Key()]:
			bad = append(bad, f.Name()+" is still there")
		case f.Severity == condition.Info: // an ordinary state
		case f.ID == "windows-not-found" && !hadWindows(patient, f): // what explained it is mended
		case !was[f.Key()] && !wasBlind(patient, f) && !f.IsNamed(brings) &&
			!slices.ContainsFunc(fixes, func(x Fix) bool { return hides(x.Finding, f) }):
			bad = append(bad, fmt.Sprintf("%s appeared: %s", f.Name(), f.Summary))
		case len(fixes) == 0 && mends[f.Key()] && !certain(f) && !f.IsNamed(brings):
			bad = append(bad, fmt.Sprintf("%s got worse: %s", f.Name(), f.Summary))
		}
	}
	return bad
}

// hadWindows reports whether a Windows was found where the finding says there is none.
func hadWindows(before *inspect.Patient, f condition.Finding) bool {
	return slices.ContainsFunc(before.Windows, func(w *inspect.Installation) bool { return f.Disk == nil || w.Volume.Disk.Path == f.Disk.Path })
}

// certain reports whether a repair ends the finding without being asked for it.
func certain(f condition.Finding) bool { return f.Fixable && f.Confidence == condition.High }

// wasBlind reports whether the finding is on a volume that could not be read or
// was in no partition table, or on a disk of which something was not seen: no
// volume at all, or one that can be read now.
func wasBlind(before *inspect.Patient, f condition.Finding) bool {
	disk := f.Disk
	if v := f.OnVolume(); v != nil {
		old := findVolume(before, v)
		if old != nil && unread(old) || old == nil && slices.ContainsFunc(before.Disks, func(d *inspect.Disk) bool { return d.Path == v.Disk.Path }) {
			return true
		}
		disk = v.Disk
	}
	if disk == nil {
		return false
	}
	return slices.ContainsFunc(before.Disks, func(d *inspect.Disk) bool { return d.Path == disk.Path && len(d.Volumes) == 0 }) ||
		slices.ContainsFunc(disk.Volumes, func(v *inspect.Volume) bool {
			old := findVolume(before, v)
			return !unread(v) && old != nil && unread(old)
		})
}

func unread(v *inspect.Volume) bool { return v.FS == nil || v.Err != nil }

// onlyPatches compares the file before and after and allows differences in the
// announced bytes only.
func onlyPatches(t touchedFile, after *inspect.Volume) (size int64, bad []string) {
	a, err := t.volume.FS.Open(t.path)
	if err != nil {
		return 0, []string{err.Error()}
	}
	b, err := after.FS.Open(t.path)
	if err != nil {
		return 0, []string{err.Error()}
	}
	size = a.Info().Size
	if b.Info().Size != size {
		return size, []string{fmt.Sprintf("%s: size changed from %d to %d", t.path, size, b.Info().Size)}
	}
	announced := map[int64]byte{}
	for _, p := range t.patches {
		for i, n := range p.New {
			announced[p.Off+int64(i)] = n
		}
	}
	left := len(announced)
	err = compareChunks(a, b, size, func(off int64, x, y byte) error {
		want, ok := announced[off]
		if !ok {
			want = x
		} else {
			left--
		}
		if y != want {
			return fmt.Errorf("%s at %#x: %#02x, expected %#02x", t.path, off, y, want)
		}
		return nil
	}, announced)
	if err != nil {
		return size, []string{err.Error()}
	}
	if left != 0 {
		return size, []string{fmt.Sprintf("%s: %d announced bytes lie outside the file", t.path, left)}
	}
	return size, nil
}

// compareChunks calls check for every byte that differs between a and b or is
// announced.
func compareChunks(a, b io.ReaderAt, size int64, check func(off int64, x, y byte) error, announced map[int64]byte) error {
	const chunk = 256 << 10
	p, q := make([]byte, chunk), make([]byte, chunk)
	for off := int64(0); off < size; off += chunk {
		n := min(chunk, size-off)
		if err := readBoth(a, b, p[:n], q[:n], off); err != nil {
			return err
		}
		same := bytes.Equal(p[:n], q[:n])
		for i := range n {
			_, is := announced[off+i]
			if is || !same && p[i] != q[i] {
				if err := check(off+i, p[i], q[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func readBoth(a, b io.ReaderAt, p, q []byte, off int64) error {
	if n, err := a.ReadAt(p, off); n < len(p) {
		return err
	}
	if n, err := b.ReadAt(q, off); n < len(q) {
		return err
	}
	return nil
}

// absolute is a range on a disk.
type absolute struct {
	disk string
	r    block.Range
}

// allowedRanges are the sectors in which the announced bytes lie.
func allowedRanges(t touchedFile) ([]absolute, error) {
	f, err := t.volume.FS.Open(t.path)
	if err != nil {
		return nil, err
	}
	extents, err := f.Extents()
	if err != nil {
		return nil, err
	}
	base, ss := t.volume.Partition.Range.Off, int64(t.volume.Disk.Dev.SectorSize())
	var all []absolute
	for _, p := range t.patches {
		for _, e := range extents {
			from, to := max(p.Off, e.FileOff), min(p.Off+int64(len(p.New)), e.FileOff+e.Vol.Len)
			if from >= to {
				continue
			}
			start := (base + e.Vol.Off + from - e.FileOff) / ss * ss
			end := (base + e.Vol.Off + to - e.FileOff + ss - 1) / ss * ss
			all = append(all, absolute{t.volume.Disk.Path, block.Range{Off: start, Len: end - start}})
		}
	}
	return all, nil
}

// onlyInside checks that no sector changed outside the allowed ones.
func (r *rehearsal) onlyInside(allowed []absolute) ([]string, error) {
	var bad []string
	for i, o := range r.overlays {
		spilled := o.Spilled()
		changes, err := o.ChangesOutside(spilled)
		if err != nil {
			return nil, err
		}
		path, ss := r.before.Disks[i].Path, int64(o.SectorSize())
		for _, s := range spilled {
			if !insideAny(path, s, allowed) {
				bad = append(bad, fmt.Sprintf("%s: the sectors %v changed without being announced", path, s))
			}
		}
		for _, c := range changes {
			for off := c.Off; off < c.Range().End(); off += ss {
				if !insideAny(path, block.Range{Off: off, Len: ss}, allowed) {
					bad = append(bad, fmt.Sprintf("%s: the sector at %#x changed without being announced", path, off))
				}
			}
		}
	}
	return bad, nil
}

func insideAny(disk string, r block.Range, allowed []absolute) bool {
	for _, a := range allowed {
		if a.disk == disk && a.r.Contains(r) {
			return true
		}
	}
	return false
}
