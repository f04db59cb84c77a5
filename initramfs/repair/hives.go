package repair

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// editHive carries out the steps of one hive in place.
func (r *rehearsal) editHive(before, stage *inspect.Volume, path string, steps []step.Step) error {
	patches, err := editInPlace(stage, path, steps)
	if err != nil {
		return err
	}
	r.touched = append(r.touched, touchedFile{before, path, patches})
	return nil
}

// editInPlace edits one hive and returns the bytes that it changed.
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
		s := one.(step.SetValue) // groupByFile puts nothing else together
		if err := checkOld(hive, s); err != nil {
			return nil, err
		}
		if !step.InPlace(s) {
			return nil, fmt.Errorf("%s\\%s: only values that keep type and length can be set: %w", s.Key, s.Value, fs.ErrUnsupported)
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
	now, err := valueOf(hive, s.Key, s.Value)
	if err != nil {
		return err
	}
	if !now.Equal(s.Old) {
		return fmt.Errorf("%s\\%s is %s, the plan expects %s: %w", s.Key, s.Value, now, s.Old, ErrChanged)
	}
	return nil
}

// valueOf reads a value; nil where it is not there.
func valueOf(hive *regf.Hive, path, name string) (*step.Data, error) {
	key, err := hive.Key(path)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	value, err := key.Value(name)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := value.Data()
	return &step.Data{Type: value.Type(), Bytes: data}, err
}
