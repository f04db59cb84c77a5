package sourcetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/tests/realdata"
)

func fileOf(b []byte) source.File { return source.Bytes(b) }

// write fills a folder; names are parted by slashes.
func write(tb testing.TB, dir string, files map[string][]byte) {
	tb.Helper()
	for name, b := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o666); err != nil {
			tb.Fatal(err)
		}
	}
}

// treeOf is a folder with these files.
func treeOf(tb testing.TB, files map[string][]byte) source.Tree {
	tb.Helper()
	dir := tb.TempDir()
	write(tb, dir, files)
	return media.Folder(dir)
}

// untar unpacks an archive of drivers of the collection.
func untar(tb testing.TB, name string) string {
	tb.Helper()
	return realdata.Untar(tb, "drivers/"+name+".tar.xz")
}

// content reads a file of a tree.
func content(tb testing.TB, t source.Tree, path string) string {
	tb.Helper()
	b, err := source.ReadFile(t, path, 16<<20)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// windows are the versions that a package may be for.
func windows() []inf.Target {
	var all []inf.Target
	for _, v := range []struct{ major, minor, build int }{{5, 0, 2195}, {5, 1, 2600}, {5, 2, 3790}, {6, 0, 6002}, {6, 1, 7601}, {6, 2, 9200}, {6, 3, 9600}, {10, 0, 19045}} {
		for _, arch := range []inf.Arch{inf.X86, inf.AMD64, inf.ARM64, inf.IA64} {
			nt := v.major*10 + v.minor
			if arch == inf.AMD64 && nt < 52 || arch == inf.ARM64 && nt < 100 || arch == inf.IA64 && (nt < 52 || nt > 61) {
				continue
			}
			all = append(all, inf.Target{Major: v.major, Minor: v.minor, Build: v.build, Arch: arch, Product: inf.Workstation})
		}
	}
	return all
}

// names lists the packages by path, in lower case.
func names(l source.List) string {
	var all []string
	for _, p := range l.Packages {
		all = append(all, strings.ToLower(p.Where))
	}
	return strings.Join(all, "\n")
}
