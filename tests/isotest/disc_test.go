package isotest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/tool"
)

const seed = 20261126

// run runs a foreign tool and gives its standard output.
func run(tb testing.TB, name string, args ...string) string {
	tb.Helper()
	return string(tool.Env{tool.UTF8}.Must(tb, name, args...))
}

// clock is the time of all files, in whole seconds.
var clock = time.Date(2003, 7, 4, 10, 30, 15, 0, time.UTC)

// addFile writes a file of the tree.
func addFile(tb testing.TB, dir, name string, content []byte) {
	tb.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		tb.Fatal(err)
	}
	if err := os.Chtimes(path, clock, clock); err != nil {
		tb.Fatal(err)
	}
}

// newTree is a directory with what discs hold: empty and large files, names of
// all sorts, a directory of many sectors, one that is deep.
func newTree(tb testing.TB) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "tree")
	rng := rand.New(rand.NewPCG(seed, 0))
	tb.Logf("seed %d", seed)
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	addFile(tb, dir, "empty", nil)
	addFile(tb, dir, "one", []byte("1"))
	addFile(tb, dir, "sector.bin", noise(2048))
	addFile(tb, dir, "large.bin", noise(1<<20+17))
	addFile(tb, dir, "Grüße aus Köln.txt", noise(100))
	addFile(tb, dir, "two.dots.in it.tar.gz", noise(5000))
	addFile(tb, dir, strings.Repeat("long ", 11)+"name.txt", noise(200))
	for i := range 200 {
		addFile(tb, dir, fmt.Sprintf("i386/driver number %03d.sy_", i), noise(rng.IntN(3000)))
	}
	addFile(tb, dir, "1/2/3/4/5/6/7/8/9/10/deep.txt", noise(10))
	return dir
}

// variants are the ways in which discs are made. options makes bsdtar look at
// the names that we show.
var variants = []struct {
	name    string
	args    []string
	options string
	names   string
}{
	{"genisoimage level 1", []string{"genisoimage", "-quiet", "-iso-level", "1", "-D"}, "", "ISO 9660"},
	{"genisoimage level 2", []string{"genisoimage", "-quiet", "-l", "-D"}, "", "ISO 9660"},
	{"genisoimage Joliet", []string{"genisoimage", "-quiet", "-J", "-D"}, "!rockridge", "Joliet"},
	{"genisoimage Rock Ridge", []string{"genisoimage", "-quiet", "-R", "-D"}, "!joliet", "Rock Ridge"},
	{"genisoimage relocated", []string{"genisoimage", "-quiet", "-R"}, "!joliet", "Rock Ridge"},
	{"genisoimage both", []string{"genisoimage", "-quiet", "-J", "-R", "-D"}, "!rockridge", "Joliet"},
	{"genisoimage bridge", []string{"genisoimage", "-quiet", "-J", "-udf", "-D"}, "!rockridge", "Joliet"},
	{"xorriso primary", []string{"xorriso", "-as", "mkisofs", "-quiet", "--norock", "-D"}, "", "ISO 9660"},
	{"xorriso Joliet", []string{"xorriso", "-as", "mkisofs", "-quiet", "--norock", "-J", "-joliet-long", "-D"}, "!rockridge", "Joliet"},
	{"xorriso both", []string{"xorriso", "-as", "mkisofs", "-quiet", "-J", "-R", "-iso-level", "3"}, "!rockridge", "Joliet"},
	{"xorriso Rock Ridge", []string{"xorriso", "-as", "mkisofs", "-quiet", "-R", "-iso-level", "3"}, "!joliet", "Rock Ridge"},
}

// makeDisc makes an image of the tree.
func makeDisc(tb testing.TB, tree string, args ...string) string {
	tb.Helper()
	image := filepath.Join(tb.TempDir(), "cd.iso")
	run(tb, args[0], append(args[1:len(args):len(args)], "-o", image, tree)...)
	return image
}

// extract gives the tree of a disc as bsdtar sees it.
func extract(tb testing.TB, image, options string) string {
	tb.Helper()
	dir := tb.TempDir()
	args := []string{"-xf", image, "-C", dir}
	if options != "" {
		args = append(args, "--options", "iso9660:"+options)
	}
	run(tb, "bsdtar", args...)
	return dir
}
