package repair

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// rehearsal is the patient with an overlay on every disk.
type rehearsal struct {
	before   *inspect.Patient // as it was found
	findings []condition.Finding
	overlays []*overlay.Overlay // parallel to before.Disks
	sources  []inspect.Source
	touched  []touchedFile
	second   func(v *inspect.Volume, path string) []string // the independent reader
	data     []absolute                                    // sectors of touched files that the steps announced
}

// touchedFile is a file that steps changed.
type touchedFile struct {
	volume  *inspect.Volume // of before
	path    string
	patches []regf.Patch
}

// rehearse carries the plan out on overlays, verifies it, and keeps what
// changed.
func (p *Plan) rehearse(ctx context.Context, patient *inspect.Patient, findings []condition.Finding) error {
	r := newRehearsal(patient, findings)
	if err := r.apply(ctx, p.Fixes); errors.Is(err, ErrChanged) || ctx.Err() != nil {
		return err
	} else if err != nil {
		// Scanning reads a few keys, editing checks the whole hive.
		return &VerifyError{[]string{err.Error()}}
	}
	after, err := inspect.Inspect(ctx, patient.Machine, r.sources)
	if err != nil {
		return err
	}
	if p.Proof, err = r.verify(ctx, p.Fixes, after); err != nil {
		return err
	}
	p.data = r.data
	p.Disks, err = r.changes()
	return err
}

// apply carries out the steps of all fixes, file by file, so that a hive gets
// one edit and one new sequence number.
func (r *rehearsal) apply(ctx context.Context, fixes []Fix) error {
	stage, err := inspect.Inspect(ctx, r.before.Machine, r.sources)
	if err != nil {
		return err
	}
	for _, group := range groupByFile(fixes) {
		volume := findVolume(stage, group[0].Volume)
		if volume == nil || volume.FS == nil {
			return fmt.Errorf("%s cannot be opened again", group[0].Volume.ID())
		}
		patches, err := applyToHive(volume.FS, group)
		if err != nil {
			return fmt.Errorf("%s %s: %w", volume.ID(), group[0].File, err)
		}
		r.touched = append(r.touched, touchedFile{group[0].Volume, group[0].File, patches})
	}
	return nil
}

// groupByFile orders the steps by file and drops repetitions: two findings may
// ask for the same value.
func groupByFile(fixes []Fix) [][]condition.Step {
	var groups [][]condition.Step
	index := map[string]int{}
	seen := map[string]bool{}
	for _, f := range fixes {
		for _, s := range f.Steps {
			file := s.Volume.Key() + s.File
			if seen[file+s.String()] {
				continue
			}
			seen[file+s.String()] = true
			i, ok := index[file]
			if !ok {
				i = len(groups)
				index[file] = i
				groups = append(groups, nil)
			}
			groups[i] = append(groups[i], s)
		}
	}
	return groups
}

func findVolume(p *inspect.Patient, like *inspect.Volume) *inspect.Volume {
	for _, v := range p.Volumes() {
		if v.Key() == like.Key() {
			return v
		}
	}
	return nil
}

// applyToHive edits one hive in place and returns the bytes that it changed.
func applyToHive(volume fs.FS, steps []condition.Step) ([]regf.Patch, error) {
	f, err := volume.Open(steps[0].File)
	if err != nil {
		return nil, err
	}
	file, ok := f.(fs.Overwriter)
	if !ok {
		return nil, fmt.Errorf("files on %s cannot be changed yet: %w", volume.Kind(), fs.ErrUnsupported)
	}
	if size := file.Info().Size; size > maxSecondRead {
		return nil, fmt.Errorf("%d bytes are more than a hive can have and than can be verified (%d): %w", size, maxSecondRead, fs.ErrUnsupported)
	}
	hive, err := regf.Open(file, file.Info().Size)
	if err != nil {
		return nil, err
	}
	edit, err := regf.NewEdit(hive)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if err := checkOld(hive, s); err != nil {
			return nil, err
		}
		if err := edit.Set(s.Key, s.Value, s.Type, s.New); err != nil {
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

func checkOld(hive *regf.Hive, s condition.Step) error {
	key, err := hive.Key(s.Key)
	if err != nil {
		return err
	}
	value, err := key.Value(s.Value)
	if err != nil {
		return err
	}
	data, err := value.Data()
	if err != nil {
		return err
	}
	if !bytes.Equal(data, s.Old) {
		return fmt.Errorf("%s\\%s is % x, the plan expects % x: %w", s.Key, s.Value, data, s.Old, ErrChanged)
	}
	return nil
}
