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
	if d := os.Getenv("BOOTMEND_DATA"); d != "" {
		return d
	}
	return filepath.Join(repoRoot(tb), "..", "shared", "data")
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

func repoRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal(fmt.Errorf("no go.mod above %s", dir))
		}
		dir = parent
	}
}
