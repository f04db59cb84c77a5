package kmod

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Loader loads modules of one index, each at most once.
type Loader struct {
	Index *Index
	// Insert gives one module file (path relative to the module tree) to the
	// kernel.
	Insert func(file string) error

	tried map[Name]error
	count int
}

// Count is the number of modules that are loaded because of this loader.
func (l *Loader) Count() int { return l.count }

// Load loads a module and what it depends on. A module that was tried before
// gives the same result again without another try. A name that is not in the
// index is an error; one that the kernel already has is not.
func (l *Loader) Load(name Name) error {
	if err, ok := l.tried[name]; ok {
		return err
	}
	if l.tried == nil {
		l.tried = map[Name]error{}
	}
	// Noted before descending: a cycle of dependencies must end.
	l.tried[name] = nil
	err := l.load(name)
	l.tried[name] = err
	return err
}

func (l *Loader) load(name Name) error {
	file := l.Index.Files[name]
	if file == "" {
		return fmt.Errorf("module %s: not in this image", name)
	}
	l.loadSoft(l.Index.Pre[name])
	for _, dep := range l.Index.Deps[name] {
		if err := l.Load(dep); err != nil {
			return fmt.Errorf("module %s: %w", name, err)
		}
	}
	switch err := l.Insert(file); {
	case err == nil:
		l.count++
	case !errors.Is(err, unix.EEXIST):
		return fmt.Errorf("module %s: %w", name, err)
	}
	l.loadSoft(l.Index.Post[name])
	return nil
}

// loadSoft tries soft dependencies: their failure is not the module's.
func (l *Loader) loadSoft(names []string) {
	for _, soft := range names {
		for _, name := range l.Index.Resolve(soft) {
			_ = l.Load(name)
		}
	}
}
