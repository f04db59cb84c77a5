package mounts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// The rescue image protects the disks of the patient in the kernel (package
// protection). That is lifted for the device that a person wants to write to and for
// its disk, and put back afterwards; what has to be put back is kept in a file, because
// another process does it.

// liftProtection makes the device writable and remembers what was not. On an error
// nothing is left writable.
func (s System) liftProtection(name, device string) error {
	lifted, err := s.Keeper.Lift(device)
	if err != nil || len(lifted) == 0 {
		return err
	}
	err = os.MkdirAll(s.State, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(s.State, name), []byte(strings.Join(lifted, "\n")), 0o644)
	}
	if err != nil {
		return errors.Join(err, s.Keeper.Restore(lifted))
	}
	return nil
}

// restoreProtection puts back what liftProtection lifted under that name.
func (s System) restoreProtection(name string) error {
	file := filepath.Join(s.State, name)
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(s.Keeper.Restore(strings.Fields(string(text))), os.Remove(file))
}
