package block

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// lockImage takes the locks that keep others away from a raw image, and finds
// those that take none.
//
//   - flock: another bootmend, and tools of util-linux.
//   - an open-file-description write lock over the whole file: qemu holds read
//     locks on single bytes from 100 and 200 on while it uses an image.
//   - loop devices lock nothing; sysfs tells what file is behind each.
func lockImage(f *os.File, path string) error {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return inUse(path, "locked by another program", err)
	}
	all := unix.Flock_t{Type: unix.F_WRLCK, Whence: 0}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &all); err != nil {
		return inUse(path, "locked by another program, perhaps a running virtual machine", err)
	}
	return loopHolds(f, path)
}

func inUse(path, why string, err error) error {
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%s: %s: %w", path, why, ErrInUse)
	}
	return fmt.Errorf("%s: lock: %w", path, err)
}

// loopHolds looks for a loop device on the file. It compares files and not
// names: the same image can have many.
func loopHolds(f *os.File, path string) error {
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	backing, _ := filepath.Glob("/sys/block/loop*/loop/backing_file") // the pattern is constant
	for _, b := range backing {
		name, err := os.ReadFile(b)
		if err != nil {
			continue // detached while we looked
		}
		other, err := os.Stat(strings.TrimSpace(string(name)))
		if err == nil && os.SameFile(mine, other) {
			loop := strings.Split(b, "/")[3]
			return fmt.Errorf("%s: attached as /dev/%s: %w", path, loop, ErrInUse)
		}
	}
	return nil
}
