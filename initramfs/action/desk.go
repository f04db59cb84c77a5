package action

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// Desk is what the actions of one plan work on: the patient as it is, and the
// files that more than one of them may change.
type Desk struct {
	Patient *inspect.Patient
	open    Opener
	texts   map[string]*textFile // boot.ini files, by volume and path
	hives   map[string]*hivefile.File
}

func newDesk(p *inspect.Patient, open Opener) *Desk {
	return &Desk{Patient: p, open: open, texts: map[string]*textFile{}, hives: map[string]*hivefile.File{}}
}

// textFile is a boot.ini that actions change one after the other. All of them
// have the same step in the end: it replaces the file by the result of all.
type textFile struct {
	volume *inspect.Volume
	path   string
	old    step.FileState
	before []byte
	ini    *bootini.File
}

// maxBootINI: NTLDR reads 512 bytes of Windows NT 4.0's file, later ones more; no
// real one is longer than a few KiB.
const maxBootINI = 256 << 10

// bootINI opens a boot.ini. Errors come from reading.
func (d *Desk) bootINI(v *inspect.Volume, path string) (*textFile, error) {
	key := v.Key() + strings.ToLower(path)
	if t := d.texts[key]; t != nil {
		return t, nil
	}
	f, err := v.FS.Open(path)
	if err != nil {
		return nil, err
	}
	if f.Info().Size > maxBootINI {
		return nil, fmt.Errorf("%s %s: %d bytes are no boot.ini: %w", v.ID(), path, f.Info().Size, fs.ErrUnsupported)
	}
	data, err := io.ReadAll(io.NewSectionReader(f, 0, f.Info().Size))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), path, err)
	}
	t := &textFile{volume: v, path: path, before: data, ini: bootini.Parse(data)}
	if t.old, err = step.StateOf(v.FS, path); err != nil {
		return nil, err
	}
	d.texts[key] = t
	return t, nil
}

// change lets do edit the file and returns the step that writes it, none where
// nothing changed. why completes "so that ...".
func (t *textFile) change(why string, do func(f *bootini.File) error) ([]step.Step, error) {
	before := t.ini.Bytes()
	if err := do(t.ini); err != nil {
		return nil, err
	}
	if bytes.Equal(t.ini.Bytes(), before) {
		return nil, nil
	}
	return t.write(why)
}

// write is the step that writes the file as it is by now.
func (t *textFile) write(why string) ([]step.Step, error) {
	now := t.ini.Bytes()
	content, err := step.NewContent(bytes.NewReader(now), int64(len(now)))
	return []step.Step{step.WriteFile{Volume: t.volume, Path: t.path, Old: &t.old, New: content, Why: why}}, err
}

// finish gives every step that writes a boot.ini the content that all actions
// together made: steps are carried out and taken back on their own.
func (d *Desk) finish(all []repair.Action) error {
	for _, a := range all {
		for i, s := range a.Steps {
			w, ok := s.(step.WriteFile)
			if !ok {
				continue
			}
			t := d.texts[w.Volume.Key()+strings.ToLower(w.Path)]
			if t == nil {
				continue
			}
			if bytes.Equal(t.ini.Bytes(), t.before) {
				return fmt.Errorf("%s: what is asked for takes back what was asked for before: %w", a.Name, ErrUsage)
			}
			last, err := t.write(w.Why)
			if err != nil {
				return err
			}
			a.Steps[i] = last[0]
		}
	}
	return nil
}

// hive opens a hive of the patient with its logs replayed.
func (d *Desk) hive(v *inspect.Volume, path string) (*hivefile.File, error) {
	key := v.Key() + strings.ToLower(path)
	if f := d.hives[key]; f != nil {
		return f, nil
	}
	src, err := hivefile.OnVolume(v.FS, path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), path, err)
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), path, err)
	}
	d.hives[key] = f
	return f, nil
}

// edit lets do change a hive in memory and returns the steps that do the same.
func (d *Desk) edit(v *inspect.Volume, path string, version winver.Version, why string, do func(e *regf.Editor) error) ([]step.Step, error) {
	f, err := d.hive(v, path)
	if err != nil {
		return nil, err
	}
	c, err := f.Edit(hivefile.EditOptions{Version: version}, do)
	if err != nil {
		return nil, unusable(v, path, err)
	}
	if c.Empty() {
		return nil, nil
	}
	steps, err := step.HiveSteps(v, path, f.Hive, c, why)
	if errors.Is(err, regf.ErrTooMany) {
		return nil, refuse("%s %s: %v", v.ID(), path, err)
	}
	return steps, err
}

// unusable turns what keeps a hive from being edited into a refusal.
func unusable(v *inspect.Volume, path string, err error) error {
	if errors.Is(err, ErrRefused) || errors.Is(err, ErrElsewhere) {
		return err
	}
	for _, known := range []error{hivefile.ErrNotUsable, hivefile.ErrDropsLogs, hivefile.ErrVital, regf.ErrRefused, regf.ErrLimit} {
		if errors.Is(err, known) {
			return refuse("%s %s: %v", v.ID(), path, err)
		}
	}
	return fmt.Errorf("%s %s: %w", v.ID(), path, err)
}

// system checks that the SYSTEM hive of a Windows can be worked on.
func system(w *inspect.Installation) error {
	for _, err := range []error{w.HiveErr, w.SystemErr} {
		if err != nil {
			return refuse("the SYSTEM hive of %s cannot be read: %v", w.Label(), err)
		}
	}
	if len(w.ControlSets) == 0 {
		return refuse("the SYSTEM hive of %s has no control set", w.Label())
	}
	return nil
}

// everySet edits every control set of a Windows.
func (d *Desk) everySet(w *inspect.Installation, why string, do func(e *regf.Editor, set string) error) ([]step.Step, error) {
	if err := system(w); err != nil {
		return nil, err
	}
	return d.edit(w.Volume, w.HivePath, w.Version, why, func(e *regf.Editor) error {
		for _, set := range w.ControlSets {
			if err := do(e, set.Path); err != nil {
				return fmt.Errorf("%s: %w", set.Path, err)
			}
		}
		return nil
	})
}
