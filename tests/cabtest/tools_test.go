package cabtest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/cab"
)

// need skips the test when a tool is missing, and says so.
func need(tb testing.TB, tools ...string) {
	tb.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			tb.Skipf("SKIP-TOOL %s: not installed", tool)
		}
	}
}

// tool runs a foreign program in dir.
func tool(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

func must(tb testing.TB, dir, name string, args ...string) {
	tb.Helper()
	if err := tool(dir, name, args...); err != nil {
		tb.Fatal(err)
	}
}

// output is a digest of what a program prints.
func output(tb testing.TB, name string, args ...string) digest {
	tb.Helper()
	h := sha256.New()
	cmd := exec.Command(name, args...)
	cmd.Stdout = h
	if err := cmd.Run(); err != nil {
		tb.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return digest(h.Sum(nil))
}

// files lists the files below dir.
func files(tb testing.TB, dir string) []string {
	tb.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	slices.Sort(all)
	return all
}

type digest [sha256.Size]byte

// content is a digest of a file and its size.
func content(tb testing.TB, path string) digest {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		tb.Fatal(err)
	}
	return digest(h.Sum(nil))
}

// neighbours opens the other cabinets of a set: names in any case, and those of
// the collection have lost a prefix.
func neighbours(tb testing.TB, dir string) func(string) (io.ReaderAt, int64, error) {
	return func(name string) (io.ReaderAt, int64, error) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, 0, err
		}
		for _, e := range entries {
			if strings.EqualFold(e.Name(), filepath.Base(name)) {
				return openFile(tb, filepath.Join(dir, e.Name()))
			}
		}
		return nil, 0, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
}

func openFile(tb testing.TB, path string) (io.ReaderAt, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	tb.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	return f, st.Size(), err
}

// found is what we make of a file: the contents of all files in all cabinets in
// it, and errors of cabinets or of files.
type found struct {
	cabinets int
	names    []string
	contents []digest
	errs     []error
	pipe     digest // of all contents in order
}

func extract(tb testing.TB, path string, o cab.Options) (all found) {
	tb.Helper()
	r, size, err := openFile(tb, path)
	if err != nil {
		tb.Fatal(err)
	}
	pipe := sha256.New()
	defer func() { all.pipe = digest(pipe.Sum(nil)) }()
	for c, err := range cab.Find(r, size, o) {
		if err != nil {
			all.errs = append(all.errs, err)
			continue
		}
		all.cabinets++
		for _, m := range c.Missing {
			all.errs = append(all.errs, m)
		}
		for _, f := range c.Files {
			h := sha256.New()
			r, err := c.Open(f)
			if err == nil {
				_, err = io.Copy(io.MultiWriter(h, pipe), r)
			}
			if err != nil {
				all.errs = append(all.errs, err)
				continue
			}
			all.names = append(all.names, f.Name)
			all.contents = append(all.contents, digest(h.Sum(nil)))
		}
	}
	return all
}

// typed: every error is one of those that the package names.
func typed(err error) bool {
	for _, class := range []error{cab.ErrNotCabinet, cab.ErrDamaged, cab.ErrMethod, cab.ErrPart} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}
