package fattest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// tree reads a directory of the host.
func tree(tb testing.TB, dir string) map[string][]byte {
	tb.Helper()
	seen := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			seen[name] = nil
			return nil
		}
		if seen[name], err = os.ReadFile(path); len(seen[name]) == 0 {
			seen[name] = []byte{}
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return seen
}
