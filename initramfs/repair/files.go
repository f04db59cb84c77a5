package repair

import (
	"errors"
	"fmt"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// changeFile carries out one change of a file system.
func (r *rehearsal) changeFile(before, stage *inspect.Volume, one step.Step) error {
	w, err := r.structuralWriter(before, stage)
	if err != nil {
		return err
	}
	r.mean(before, changeOf(one))
	switch s := one.(type) {
	case step.WriteFile:
		return r.writeFile(before, w, s)
	case step.Remove:
		if err := expect(w, s.Path, s.Old); err != nil {
			return err
		}
		r.written = append(r.written, writtenFile{before, s.Path, nil})
		return w.Remove(s.Path)
	case step.Mkdir:
		return makeDirectory(w, s)
	case step.Rename:
		return w.Rename(s.From, s.To)
	case step.SetAttributes:
		info, err := w.Stat(s.Path)
		if err != nil {
			return err
		}
		if now := info.Attributes & step.Settable; now != s.Old {
			return fmt.Errorf("attributes are %s, the plan expects %s: %w", now, s.Old, ErrChanged)
		}
		return w.SetAttributes(s.Path, s.New)
	}
	return fmt.Errorf("%T: %w", one, fs.ErrUnsupported)
}

// structuralWriter is the volume as something whose file system is going to
// change, which is noted for the verification.
func (r *rehearsal) structuralWriter(before, stage *inspect.Volume) (fs.Writer, error) {
	w, err := writerOf(stage, r.stamp.Time)
	if err != nil {
		return nil, err
	}
	if _, known := r.structural[before.Key()]; !known {
		base, err := r.belowOf(before)
		if err != nil {
			return nil, err
		}
		r.structural[before.Key()] = structural{before, base}
	}
	return w, nil
}

func (r *rehearsal) writeFile(before *inspect.Volume, w fs.Writer, s step.WriteFile) error {
	_, err := w.Stat(s.Path)
	switch {
	case s.Old == nil && err == nil:
		return fmt.Errorf("%w: %w", fs.ErrExist, ErrChanged)
	case s.Old == nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case s.Old != nil:
		if err := expect(w, s.Path, s.Old); err != nil {
			return err
		}
	}
	if err := w.WriteFile(s.Path, countingReader{s.New.Reader(), r.progress.counter("trying "+s.Path, s.New.Size)}, s.New.Size); err != nil {
		return err
	}
	if s.Attributes != nil {
		if err := w.SetAttributes(s.Path, *s.Attributes&step.Settable); err != nil {
			return err
		}
	}
	r.written = append(r.written, writtenFile{before, s.Path, &s.New.FileState})
	return nil
}

// expect compares the file at path with what a step was made for; nil means a
// directory.
func expect(volume fs.FS, path string, old *step.FileState) error {
	if old == nil {
		info, err := volume.Stat(path)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("it is a file, the plan expects a directory: %w", ErrChanged)
		}
		return err
	}
	now, err := step.StateOf(volume, path)
	if err != nil {
		return err
	}
	if now != *old {
		return fmt.Errorf("it has %s, the plan expects %s: %w", now, old, ErrChanged)
	}
	return nil
}

func makeDirectory(w fs.Writer, s step.Mkdir) error {
	if err := w.Mkdir(s.Path); err != nil {
		return err
	}
	if copier, ok := w.(fs.SecurityCopier); ok && s.Like != "" {
		return copier.CopySecurity(s.Like, s.Path)
	}
	return nil
}

// writerOf is the volume as something that can be changed, with a clock that
// stands still.
func writerOf(v *inspect.Volume, now time.Time) (fs.Writer, error) {
	w, ok := v.FS.(fs.Writer)
	if !ok {
		return nil, fmt.Errorf("files on %s cannot be changed: %w", v.Kind, fs.ErrUnsupported)
	}
	if v.State != nil && !v.State.Log.Clean {
		return nil, fmt.Errorf("%s: %s: %w", v.ID(), v.State.Log.Why, fs.ErrUnsupported)
	}
	if c, ok := v.FS.(interface{ SetClock(func() time.Time) }); ok {
		c.SetClock(func() time.Time { return now })
	}
	return w, nil
}
