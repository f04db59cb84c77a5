package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Take makes the file, unless it is there, and locks it; wait is called before it waits
// for whoever has it. release lets the next one in. The file stays: a second one of that
// name would not lock out who waits for the first.
func Take(file string, wait func()) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	return take(f, wait)
}

// Folder locks a folder that is there, without putting a file into it, for moments: it waits
// for whoever has it.
func Folder(dir string) (release func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	return take(f, func() {})
}

// take locks an open file, and closes it when it cannot.
func take(f *os.File, wait func()) (release func(), err error) {
	err = flock(f, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		wait()
		err = flock(f, unix.LOCK_EX)
	}
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOLCK) && !errors.Is(err, unix.ENOSYS) {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return func() { f.Close() }, nil
}

// flock goes on when a signal came (flock(2)).
func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
