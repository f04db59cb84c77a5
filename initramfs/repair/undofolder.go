package repair

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// removesFolder is the step that removes a directory which the repair created. One
// that holds something else by now stays, with that: Windows keeps logs beside a store
// that the repair put there.
func (u *undoing) removesFolder(v *inspect.Volume, path, why string) (step.Step, error) {
	list, err := v.FS.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		below := fs.JoinPath(path, i.Name)
		if !u.removes(v, below) {
			u.left = append(u.left, fmt.Sprintf("%s %s, which the repair created, holds %s by now and stays", v.ID(), path, i.Name))
			return nil, errTakenBack
		}
	}
	return step.Remove{Volume: v, Path: path, Why: why}, nil
}

// removes reports whether one of the steps so far removes the file or directory.
func (u *undoing) removes(v *inspect.Volume, path string) bool {
	for _, s := range u.steps {
		if r, ok := s.(step.Remove); ok && r.Volume == v && strings.EqualFold(fs.JoinPath(r.Path), path) {
			return true
		}
	}
	return false
}
