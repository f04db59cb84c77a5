//go:build !lean

package kmod

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"
)

func TestUnbundle(t *testing.T) {
	root := t.TempDir()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		BundlesFile: []byte("kernel/a.ko b/one.zst 0 3\nkernel/b.ko b/one.zst 3 4\nkernel/cut.ko b/one.zst 5 4\nkernel/gone.ko b/two.zst 0 1\nkernel/bad.ko b/bad.zst 0 1\n"),
		"b/one.zst": z.EncodeAll([]byte("AAABBBB"), nil), "b/bad.zst": []byte("no stream"),
	} {
		if err := os.MkdirAll(filepath.Join(root, "b"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{"kernel/a.ko": "AAA", "kernel/b.ko": "BBBB"} {
		if ko, err := unbundle(root, file); err != nil || string(ko) != want {
			t.Errorf("%s: %q, %v; want %q", file, ko, err, want)
		}
	}
	for _, file := range []string{"kernel/cut.ko", "kernel/gone.ko", "kernel/bad.ko", "kernel/none.ko"} {
		if ko, err := unbundle(root, file); err == nil {
			t.Errorf("%s: %q; want an error", file, ko)
		}
	}
	if _, err := unbundle(t.TempDir(), "kernel/a.ko"); err == nil {
		t.Error("a tree without bundles gives a module")
	}
}

func TestReadBundlesRefuses(t *testing.T) {
	for _, line := range []string{"a b 0", "a b 0 0", "a b -1 1", "a b 0 99999999999", "a ../b 0 1", "a /b 0 1", "a b x 1", "a b 0 1 2", "a b 9999999999999 1"} {
		if p, err := ReadBundles(fstest.MapFS{BundlesFile: {Data: []byte(line)}}); err == nil {
			t.Errorf("%q: %v; want an error", line, p)
		} else if !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %v does not say where", line, err)
		}
	}
}
