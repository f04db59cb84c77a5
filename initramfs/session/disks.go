package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// openDisks finds out what machine the disks are to run in and opens them
// read-only.
func (s *Session) openDisks() error {
	paths := s.place.Disks
	var err error
	if s.Machine, err = findMachine(s.place.Profile, paths); err != nil {
		return err
	}
	everything := len(paths) == 0
	if everything {
		for _, d := range s.Machine.Disks {
			paths = append(paths, d.Path)
		}
	}
	if err := refuseTwice(paths); err != nil {
		return err
	}
	for _, path := range paths {
		path = deviceName(path)
		f, err := block.OpenReadOnly(path)
		switch {
		case err == nil:
			s.files = append(s.files, f)
			s.Sources = append(s.Sources, inspect.Source{Path: path, Dev: f})
		case everything && errors.Is(err, fs.ErrPermission):
			return fmt.Errorf("%w (the disks of this machine can be read by root only)", err)
		case everything:
			// One broken disk must not keep us from the others.
			s.Sources = append(s.Sources, inspect.Source{Path: path, Dev: block.Unreadable(err)})
		default:
			return err
		}
	}
	return nil
}

// refuseTwice refuses the same disk under two names: it would be repaired
// twice at once.
func refuseTwice(paths []string) error {
	infos := make([]os.FileInfo, len(paths))
	for i, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue // opening it says why
		}
		for j, other := range infos[:i] {
			if other != nil && block.SameDisk(info, other) {
				return usageError{fmt.Errorf("%s and %s are the same disk; name it once", paths[j], path)}
			}
		}
		infos[i] = info
	}
	return nil
}

// deviceName is the own name of a disk that is named by a link: the machine
// knows /dev/sda and not /dev/disk/by-id/..., and the journal and the undo bundles
// of an image lie beside the image.
func deviceName(path string) string {
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return path
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// findMachine is the machine of the profile, or this one when one of its disks
// is meant. For disks that are named, and no profile, block devices get the
// controllers of this machine and images none: the host says nothing about where
// an image will run.
func findMachine(name string, paths []string) (*machine.Machine, error) {
	here := len(paths) == 0
	for _, path := range paths {
		if st, err := os.Stat(path); err == nil && st.Mode()&os.ModeDevice != 0 {
			here = true
		}
	}
	var m *machine.Machine
	if here {
		var err error
		if m, err = machine.FromSysfs("/sys"); err != nil {
			return nil, err
		}
	}
	if name == "" {
		return m, nil
	}
	profile, err := machine.Profile(name)
	if err != nil {
		return nil, usageError{err}
	}
	if m != nil {
		profile.Disks = m.Disks
	}
	return profile, nil
}
