package repair

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// editHive carries out the steps of one hive: in place, a few bytes, where all
// of them keep type and length and the hive needs no log; otherwise through the
// editor, with the replay of its logs.
func (r *rehearsal) editHive(before, stage *inspect.Volume, path string, steps []step.Step) error {
	src, err := hivefile.OnVolume(stage.FS, path)
	if err != nil {
		return err
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return err
	}
	if f.Replay.State == hivelog.Clean && f.Replay.StaleCopy() == "" && !slices.ContainsFunc(steps, func(s step.Step) bool { return !step.InPlace(s) }) {
		patches, err := editInPlace(stage, path, steps)
		if err == nil {
			r.touched = append(r.touched, touchedFile{before, path, patches})
			return nil
		}
		if !errors.Is(err, regf.ErrEdit) { // spans sectors: the editor can
			return err
		}
	}
	change, err := f.Edit(hivefile.EditOptions{Now: r.stamp.Time, Version: versionOf(r.before, before, path)}, func(e *regf.Editor) error {
		for _, s := range steps {
			if err := editOne(e, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.writeHive(before, stage, path, src, change)
}

// editOne carries out one step on the hive in memory.
func editOne(e *regf.Editor, one step.Step) error {
	switch s := one.(type) {
	case step.SetValue:
		if err := checkOld(e.Hive(), s); err != nil {
			return err
		}
		if s.New == nil {
			return e.DeleteValue(s.Key, s.Value)
		}
		return e.SetValue(s.Key, s.Value, s.New.Type, s.New.Bytes)
	case step.MakeKey:
		if _, err := e.Hive().Key(s.Key); !errors.Is(err, regf.ErrNotExist) {
			return errors.Join(err, fmt.Errorf("key %s: %w", s.Key, ErrChanged))
		}
		return makeKey(e, s)
	case step.RemoveKey:
		k, err := e.Hive().Key(s.Key)
		if err != nil {
			return err
		}
		if k.ValueCount() > 0 || k.SubkeyCount() > 0 {
			return fmt.Errorf("key %s is not empty: %w", s.Key, ErrChanged)
		}
		return e.DeleteKey(s.Key, false)
	}
	return fmt.Errorf("%T: %w", one, fs.ErrUnsupported)
}

func makeKey(e *regf.Editor, s step.MakeKey) error {
	if err := e.CreateKey(s.Key); err != nil {
		return err
	}
	if s.Class != "" {
		if err := e.SetClass(s.Key, s.Class); err != nil {
			return err
		}
	}
	if s.Security == nil {
		return nil
	}
	return e.SetSecurity(s.Key, s.Security)
}

// versionOf is the version of the Windows whose SYSTEM hive this is, for the
// limit of its loader.
func versionOf(p *inspect.Patient, v *inspect.Volume, path string) winver.Version {
	for _, w := range p.Windows {
		if w.Volume.Key() == v.Key() && samePath(w.HivePath, path) && w.VersionErr == nil {
			return w.Version
		}
	}
	return winver.Version{}
}

// writeHive puts an edited hive onto the volume: only what changes, in place
// where the file keeps its length, and after the file was made longer where it
// grows. What the change reads, it reads before the file changes.
func (r *rehearsal) writeHive(before, stage *inspect.Volume, path string, src hivefile.Source, c *hivefile.Change) error {
	var patches []regf.Patch
	if err := c.EachPatch(func(p regf.Patch) error {
		patches = append(patches, p)
		return nil
	}); err != nil || len(patches) == 0 {
		return err
	}
	if err := r.mirrorHive(before, stage, path, src, c); err != nil {
		return err
	}
	if c.Size != src.Size {
		if err := r.growHive(before, stage, path, c); err != nil {
			return err
		}
	} else {
		r.touched = append(r.touched, touchedFile{before, path, patches})
	}
	open, err := stage.FS.Open(path)
	if err != nil {
		return err
	}
	file, ok := open.(fs.Overwriter)
	if !ok {
		return fmt.Errorf("files on %s cannot be changed: %w", stage.Kind, fs.ErrUnsupported)
	}
	if err := outsideOfLog(stage, open); err != nil {
		return err
	}
	for _, p := range patches {
		if _, err := file.WriteAt(p.New, p.Off); err != nil {
			return err
		}
	}
	return nil
}

// growHive makes the file as long as the edited hive.
func (r *rehearsal) growHive(before, stage *inspect.Volume, path string, c *hivefile.Change) error {
	content, err := step.NewContent(c.Content(), c.Size)
	if err != nil {
		return err
	}
	w, err := r.structuralWriter(before, stage)
	if err != nil {
		return err
	}
	r.written = append(r.written, writtenFile{before, path, &content.FileState})
	r.mean(before, scope.Change{Path: path, Content: true})
	return w.Resize(path, c.Size)
}

// mirrorHive makes SYSTEM.ALT of Windows NT 4.0 and 2000 a copy of the edited
// hive: the loader takes it when the hive does not open.
func (r *rehearsal) mirrorHive(before, stage *inspect.Volume, path string, src hivefile.Source, c *hivefile.Change) error {
	content, _, err := c.Mirror(src.Logs)
	if content == nil || err != nil || c.Empty() {
		return err
	}
	w, err := r.structuralWriter(before, stage)
	if err != nil {
		return err
	}
	copied, err := step.NewContent(content, c.Size)
	if err != nil {
		return err
	}
	if err := w.WriteFile(path+".ALT", copied.Reader(), copied.Size); err != nil {
		return err
	}
	r.written = append(r.written, writtenFile{before, path + ".ALT", &copied.FileState})
	r.mean(before, scope.Change{Path: path + ".ALT", Content: true})
	return nil
}

// editInPlace edits values of one hive that keep type and length, and returns
// the bytes that it changed.
func editInPlace(volume *inspect.Volume, path string, steps []step.Step) ([]regf.Patch, error) {
	f, err := volume.FS.Open(path)
	if err != nil {
		return nil, err
	}
	file, ok := f.(fs.Overwriter)
	if !ok {
		return nil, fmt.Errorf("files on %s cannot be changed yet: %w", volume.Kind, fs.ErrUnsupported)
	}
	if err := outsideOfLog(volume, f); err != nil {
		return nil, err
	}
	hive, err := regf.Open(file, file.Info().Size)
	if err != nil {
		return nil, err
	}
	edit, err := regf.NewEdit(hive)
	if err != nil {
		return nil, err
	}
	for _, one := range steps {
		s := one.(step.SetValue) // InPlace says so
		if err := checkOld(hive, s); err != nil {
			return nil, err
		}
		if err := edit.Set(s.Key, s.Value, s.New.Type, s.New.Bytes); err != nil {
			return nil, err
		}
	}
	patches, err := edit.Patches()
	if err != nil {
		return nil, err
	}
	for _, p := range patches {
		if _, err := file.WriteAt(p.New, p.Off); err != nil {
			return nil, err
		}
	}
	return patches, nil
}

// outsideOfLog refuses to overwrite a file that an open NTFS log would move or
// change when it is replayed. A log that was replayed or discarded is clean.
func outsideOfLog(v *inspect.Volume, f fs.File) error {
	if v.State == nil || v.State.Log.Clean {
		return nil
	}
	file, ok := f.(*ntfs.File)
	if !ok || v.Log == nil {
		return fmt.Errorf("the log of %s is open: %w", v.ID(), fs.ErrUnsupported)
	}
	return file.Unmoved(v.Log)
}

func checkOld(hive *regf.Hive, s step.SetValue) error {
	now, err := step.ValueOf(hive, s.Key, s.Value)
	if err != nil {
		return err
	}
	if !now.Equal(s.Old) {
		return fmt.Errorf("%s\\%s is %s, the plan expects %s: %w", s.Key, s.Value, now, s.Old, ErrChanged)
	}
	return nil
}
