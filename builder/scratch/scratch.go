package scratch

import (
	"errors"
	"os"
	"sync"
)

// ErrCleared says that the build was broken off, and nothing new is begun.
var ErrCleared = errors.New("broken off")

// Space knows the folders that are in use. The nil Space knows none: it only makes and
// removes them.
type Space struct {
	lock    sync.Mutex
	dirs    map[string]bool
	cleared bool
}

// Dir makes a folder in parent, whose name begins with prefix and is nobody else's, for the
// caller alone.
func (s *Space) Dir(parent, prefix string) (string, error) {
	if s == nil {
		return os.MkdirTemp(parent, prefix)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.cleared {
		return "", ErrCleared
	}
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", err
	}
	if s.dirs == nil {
		s.dirs = map[string]bool{}
	}
	s.dirs[dir] = true
	return dir, nil
}

// Remove removes a folder of Dir with all that is in it; "" is none.
func (s *Space) Remove(dir string) error {
	if dir == "" {
		return nil
	}
	err := os.RemoveAll(dir)
	if s != nil && err == nil { // not before: Clear, meanwhile, has to go on with it
		s.lock.Lock()
		delete(s.dirs, dir)
		s.lock.Unlock()
	}
	return err
}

// Whole runs a function that Clear waits for, so that what it does in several steps is done
// whole or not at all. It must not call the Space.
func (s *Space) Whole(f func() error) error {
	if s == nil {
		return f()
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.cleared {
		return ErrCleared
	}
	return f()
}

// Clear removes all folders, and has Dir refuse from now on. Somebody may still write
// into them: what is added meanwhile is tried again a few times.
func (s *Space) Clear() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.cleared = true
	var err error
	for range 5 {
		err = nil
		for dir := range s.dirs {
			err = errors.Join(err, os.RemoveAll(dir))
		}
		if err == nil {
			break
		}
	}
	return err
}
