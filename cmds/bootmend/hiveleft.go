package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// leftoverAge is how old a temporary file must be to count as left behind. The lock
// alone would do, were there no file systems that have none.
const leftoverAge = time.Hour

// temporary is how the names of the temporary files beside a file start; digits
// follow.
func temporary(path string) string { return "." + filepath.Base(path) + ".bootmend-" }

// lockFile says that the file is in use, as long as it is open. A file system
// without locks is no reason to fail.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// removeLeftovers removes temporary files that a process which was killed left
// beside the file: regular files with exactly such a name, older than an hour,
// that nobody has locked. They were never more than a copy in the making.
func removeLeftovers(path string) error {
	dir := filepath.Dir(path)
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		digits, ok := strings.CutPrefix(n.Name(), temporary(path))
		if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" || !n.Type().IsRegular() {
			continue
		}
		if err := removeLeftover(filepath.Join(dir, n.Name())); err != nil {
			return err
		}
	}
	return nil
}

func removeLeftover(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return nil // gone meanwhile, or somebody else's
	}
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() || time.Since(st.ModTime()) < leftoverAge {
		return err
	}
	if err := lockFile(f); err != nil {
		return nil // in use
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}
