package block

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lock takes the locks that keep others away from a disk, and looks for those
// who take none.
//
//   - flock: another bootmend, and tools of util-linux.
//   - an open-file-description write lock over the whole file: qemu holds read
//     locks on single bytes from 100 and 200 on while it uses an image or a
//     device.
//   - loop devices lock nothing: sysfs tells what lies behind each.
//   - a FUSE file system such as ntfs-3g lost its lock when it went into the
//     background: the kernel tells which processes have the file open for
//     writing.
func lock(f *os.File, path string) error {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return inUse(path, "locked by another program", err)
	}
	all := unix.Flock_t{Type: unix.F_WRLCK, Whence: 0}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &all); err != nil {
		return inUse(path, "locked by another program, perhaps a running virtual machine", err)
	}
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	if loop := loopOn(mine); loop != "" {
		return fmt.Errorf("%s: attached as /dev/%s: %w", path, loop, ErrInUse)
	}
	if pid, name := lastingWriter(mine); pid != 0 {
		return fmt.Errorf("%s: process %d (%s) has it open for writing: %w", path, pid, name, ErrInUse)
	}
	return nil
}

func inUse(path, why string, err error) error {
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%s: %s: %w", path, why, ErrInUse)
	}
	return fmt.Errorf("%s: lock: %w", path, err)
}
