package builder

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/bootmend/bootmend/builder/lock"
	"github.com/bootmend/bootmend/builder/scratch"
)

// unpublished begins the names of the folders in which results lie until they are whole:
// beside where they go, so that they can be renamed.
const unpublished = ".mkrescue-"

// publishFiles makes files in a folder of their own, by what their names end with behind
// out, and gives them theirs when all are whole: after an error what was there stays.
func publishFiles(space *scratch.Space, out string, write map[string]func(part string) error) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	dir, err := space.Dir(filepath.Dir(out), unpublished)
	if err != nil {
		return err
	}
	defer space.Remove(dir)
	ends := slices.Sorted(maps.Keys(write))
	part := func(end string) string { return filepath.Join(dir, filepath.Base(out)+end) }
	for _, end := range ends {
		if err := write[end](part(end)); err != nil {
			return err
		}
	}
	return alone(space, filepath.Dir(out), func() error {
		for _, end := range ends { // all of them before the first: an image has its own lists
			if err := replaceable(out + end); err != nil {
				return err
			}
		}
		for _, end := range ends {
			if err := os.Rename(part(end), out+end); err != nil {
				return err
			}
		}
		return nil
	})
}

// alone gives files in a folder their names, by f, while no other build does so there, and
// not broken off in the midst.
func alone(space *scratch.Space, folder string, f func() error) error {
	release, err := lock.Folder(folder)
	if err != nil {
		return err
	}
	defer release()
	return space.Whole(f)
}
