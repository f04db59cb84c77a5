package step

import (
	"bytes"
	"errors"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// PutFile are the steps that give a file of a volume that content, with the
// directories that it lacks.
func PutFile(v *inspect.Volume, path string, content []byte, why string) ([]Step, error) {
	var steps []Step
	parts := fs.SplitPath(path)
	for i := 1; i < len(parts); i++ {
		dir := fs.JoinPath(parts[:i]...)
		_, err := v.FS.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			steps = append(steps, Mkdir{Volume: v, Path: dir, Why: why})
		} else if err != nil {
			return nil, err
		}
	}
	c, err := NewContent(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	w := WriteFile{Volume: v, Path: path, New: c, Why: why}
	old, err := StateOf(v.FS, path)
	switch {
	case err == nil:
		w.Old = &old
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotDir):
		return nil, err
	}
	return append(steps, w), nil
}
