package realdata

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"

	"github.com/bootmend/bootmend/tests/sparse"
)

// Dir is the root of the collection: $BOOTMEND_DATA, or ../shared/data beside
// the repository. It need not exist.
func Dir(tb testing.TB) string {
	tb.Helper()
	dir, err := root()
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

func root() (string, error) {
	if d := os.Getenv("BOOTMEND_DATA"); d != "" {
		return d, nil
	}
	repo, err := repoRoot()
	return filepath.Join(repo, "..", "shared", "data"), err
}

// Has reports whether the collection holds the file.
func Has(name string) bool {
	dir, err := root()
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil
}

// Unpack writes a file of the collection, decompressed where its name ends in ".xz",
// to dst, for what is shared by tests.
func Unpack(dst, name string) error {
	dir, err := root()
	if err != nil {
		return err
	}
	in, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer in.Close()
	return unpack(dst, in, strings.HasSuffix(name, ".xz"))
}

// File returns the path of a private, writable copy of a file of the
// collection, decompressed where its name ends in ".xz". name is relative to
// Dir. The test is skipped when the collection does not hold it.
func File(tb testing.TB, name string) string {
	tb.Helper()
	src := filepath.Join(Dir(tb), filepath.FromSlash(name))
	in, err := os.Open(src)
	if errors.Is(err, os.ErrNotExist) {
		tb.Skipf("SKIP-REALDATA %s: collection of real data not present", name)
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer in.Close()
	dst := filepath.Join(tb.TempDir(), strings.TrimSuffix(filepath.Base(src), ".xz"))
	if err := unpack(dst, in, strings.HasSuffix(src, ".xz")); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return dst
}

// unpack leaves holes where there is nothing: some of the volumes are a gigabyte
// of zeros.
func unpack(dst string, in io.Reader, compressed bool) error {
	if compressed {
		var err error
		if in, err = xz.NewReader(in); err != nil {
			return err
		}
	}
	return sparse.Write(dst, in)
}

func repoRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod above %s", dir)
		}
		dir = parent
	}
}
