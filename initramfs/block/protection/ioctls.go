package protection

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ioctls is the Kernel of this machine.
type ioctls struct{}

func (ioctls) Protected(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false, err
	}
	defer f.Close()
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.BLKROGET)
	if err != nil {
		return false, fmt.Errorf("%s: write protection: %w", path, err)
	}
	return n != 0, nil
}

func (ioctls) Protect(path string, on bool) error {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	n := 0
	if on {
		n = 1
	}
	if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.BLKROSET, n); err != nil {
		return fmt.Errorf("%s: write protection: %w", path, err)
	}
	return nil
}

// Idle opens exclusively: the kernel refuses that while the device or one of its
// partitions is mounted or opened so.
func (ioctls) Idle(path string, f func() error) (bool, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_EXCL|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.ENOMEDIUM) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	return true, f()
}
