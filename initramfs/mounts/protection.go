package mounts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Disks of the patient may be write-protected in the kernel. That is lifted for the
// device that a person wants to write to and for its disk, and put back afterwards;
// what has to be put back is kept in a file, because another process does it.

// liftProtection makes the devices writable and remembers those that were not.
// On an error none of them is left writable.
func (s System) liftProtection(name string, devices ...string) (err error) {
	var lifted []string
	defer func() {
		if err != nil {
			for _, dev := range lifted {
				err = errors.Join(err, protect(dev, true))
			}
		}
	}()
	for _, dev := range devices {
		was, err := protected(dev)
		if err != nil {
			return err
		}
		if !was {
			continue
		}
		if err := protect(dev, false); err != nil {
			return fmt.Errorf("%s is write-protected: %w", dev, err)
		}
		lifted = append(lifted, dev)
		if still, err := protected(dev); err != nil || still {
			return fmt.Errorf("%w: %s is write-protected (%v)", ErrRefused, dev, err)
		}
	}
	if len(lifted) == 0 {
		return nil
	}
	if err := os.MkdirAll(s.State, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.State, name), []byte(strings.Join(lifted, "\n")), 0o644)
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
	var all error
	for dev := range strings.FieldsSeq(string(text)) {
		all = errors.Join(all, protect(dev, true))
	}
	return errors.Join(all, os.Remove(file))
}

func protected(dev string) (bool, error) {
	f, err := os.Open(dev)
	if err != nil {
		return false, err
	}
	defer f.Close()
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.BLKROGET)
	if err != nil {
		return false, fmt.Errorf("%s: write protection: %w", dev, err)
	}
	return n != 0, nil
}

func protect(dev string, on bool) error {
	f, err := os.Open(dev)
	if err != nil {
		return err
	}
	defer f.Close()
	n := 0
	if on {
		n = 1
	}
	if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.BLKROSET, n); err != nil {
		return fmt.Errorf("%s: write protection: %w", dev, err)
	}
	return nil
}
