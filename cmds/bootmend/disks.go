package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// openDisks finds out what machine the disks are to run in and opens them read-only.
// For disks named on the command line and no --machine, block devices get the
// controllers of this machine and images none: the host says nothing about
// where an image will run.
func openDisks(profile string, paths []string) (*machine.Machine, []inspect.Source, func(), error) {
	m, err := findMachine(profile, paths)
	if err != nil {
		return nil, nil, nil, err
	}
	everything := len(paths) == 0
	if everything {
		for _, d := range m.Disks {
			paths = append(paths, d.Path)
		}
	}
	if err := refuseTwice(paths); err != nil {
		return nil, nil, nil, err
	}
	var files []*block.File
	closeAll := func() {
		for _, f := range files {
			f.Close()
		}
	}
	var sources []inspect.Source
	for _, path := range paths {
		path = deviceName(path)
		f, err := block.OpenReadOnly(path)
		if errors.Is(err, fs.ErrPermission) && everything {
			closeAll()
			return nil, nil, nil, fmt.Errorf("%w (the disks of this machine can be read by root only)", err)
		}
		if err != nil && everything {
			// One broken disk must not keep us from the others.
			sources = append(sources, inspect.Source{Path: path, Dev: block.Unreadable(err)})
			continue
		}
		if err != nil {
			closeAll()
			return nil, nil, nil, err
		}
		files = append(files, f)
		sources = append(sources, inspect.Source{Path: path, Dev: f})
	}
	return m, sources, closeAll, nil
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
// is meant.
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

// withVariables is the machine with the variables of its UEFI firmware. The place
// where the image has them does not count for a machine that is only said, and is
// not there where the image was started by BIOS; any other that is named must be.
func withVariables(m *machine.Machine, profile, dir string) (*machine.Machine, error) {
	if dir == "" || dir == efivarfs.Dir && (profile != "" || m == nil || m.Firmware != machine.UEFI) {
		return m, nil
	}
	now := &machine.Machine{Firmware: machine.UEFI}
	if m != nil {
		*now = *m
	}
	var err error
	now.Variables, err = machine.ReadVariables(dir)
	if err != nil && dir != efivarfs.Dir {
		return nil, usageError{err}
	}
	return now, nil // firmware whose variables cannot be read has none for us
}
