package condition

import (
	"bytes"
	"errors"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// putFile are the steps that give a file of a volume that content, with the
// directories that it lacks.
func putFile(v *inspect.Volume, path string, content []byte, why string) ([]step.Step, error) {
	var steps []step.Step
	parts := fs.SplitPath(path)
	for i := 1; i < len(parts); i++ {
		dir := fs.JoinPath(parts[:i]...)
		_, err := v.FS.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			steps = append(steps, step.Mkdir{Volume: v, Path: dir, Why: why})
		} else if err != nil {
			return nil, err
		}
	}
	c, err := step.NewContent(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	w := step.WriteFile{Volume: v, Path: path, New: c, Why: why}
	old, err := step.StateOf(v.FS, path)
	switch {
	case err == nil:
		w.Old = &old
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotDir):
		return nil, err
	}
	return append(steps, w), nil
}
