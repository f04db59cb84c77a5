package mediatest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/tests/tool"
)

// builderProgram is mkrescue, built once for a test.
func builderProgram(t *testing.T, source string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "mkrescue")
	tool.Must(t, "go", "-C", source, "build", "-trimpath", "-o", out, "./cmds/mkrescue")
	return out
}

// same compares two files (for a set of floppies: two and two) with their lists, or all
// files of two directories, and prints what they are.
func same(t *testing.T, a, b string) {
	t.Helper()
	if set := builder.FloppySetNames(a); isThere(set[0]) {
		a, b = set[0], builder.FloppySetNames(b)[0]
	}
	info, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	one, two := a, b
	if !info.IsDir() {
		one, two = filepath.Dir(a), filepath.Dir(b)
	}
	first, second := sums(t, one), sums(t, two)
	if len(first) == 0 || len(first) != len(second) {
		t.Fatalf("%d and %d files", len(first), len(second))
	}
	for name, sum := range first {
		if second[name] != sum {
			t.Errorf("%s differs", name)
		}
	}
	if t.Failed() {
		return
	}
	if info.IsDir() {
		t.Logf("%d files are the same", len(first))
		return
	}
	t.Logf("%d bytes, sha256 %s, twice", info.Size(), first[filepath.Base(a)])
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// where is how a build is run: machines differ in these.
type where struct {
	dir, zone, locale, umask string
}

// twoPlaces are two directories on as different machines as one can be.
func twoPlaces(t *testing.T) []where {
	return []where{{filepath.Join(t.TempDir(), "one"), "UTC", "C", "022"},
		{filepath.Join(t.TempDir(), "another and longer"), "Asia/Kathmandu", "C.UTF-8", "077"}}
}

// cache is the one beside the sources, or in the second place one elsewhere.
func (w where) cache(i int) string {
	if i == 0 {
		return filepath.Join(w.dir, ".cache")
	}
	return filepath.Join(filepath.Dir(w.dir), "elsewhere", "kept")
}

// run runs a program there.
func (w where) run(t *testing.T, args ...string) {
	t.Helper()
	env := tool.Env{"TZ=" + w.zone, "LC_ALL=" + w.locale, "SOURCE_DATE_EPOCH=1700000000"}
	env.Must(t, "sh", append([]string{"-c", `umask "$1"; shift; exec "$@"`, "sh", w.umask}, args...)...)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSameFromImage: media of the image that is there, made in two places, are the same,
// each with drivers, answers and files of a person.
func TestSameFromImage(t *testing.T) {
	from := image(t)
	readManifest(t, from)
	program := builderProgram(t, root(t))
	for _, kind := range [][]string{{"iso"}, {"usb"}, {"usb", "--table", "mbr"}, {"usb", "--format", "qcow2"}} {
		t.Run(strings.Join(kind, " "), func(t *testing.T) {
			if slices.Contains(kind, "qcow2") {
				tool.Need(t, "qemu-img")
			}
			var made []string
			for _, w := range twoPlaces(t) {
				write(t, filepath.Join(w.dir, "a.yaml"), "mode: ask\n")
				write(t, filepath.Join(w.dir, "note.txt"), "note")
				write(t, filepath.Join(w.dir, "profile.yaml"), "answers: a.yaml\nfiles: [{from: note.txt, to: /root/note}]\n")
				out := filepath.Join(w.dir, "out", "medium.img")
				w.run(t, append(append([]string{program}, kind...), "--source", root(t), "--from", from, "--cache", filepath.Join(w.dir, "cache"),
					"--profile", filepath.Join(w.dir, "profile.yaml"), "-o", out)...)
				made = append(made, out)
			}
			same(t, made[0], made[1])
		})
	}
}

// TestSameDriverFloppy: it has no system, and nothing of the machine it is made on.
func TestSameDriverFloppy(t *testing.T) {
	program := builderProgram(t, root(t))
	var made []string
	for _, w := range twoPlaces(t) {
		write(t, filepath.Join(w.dir, "in", "scsiport.sys"), "a driver")
		write(t, filepath.Join(w.dir, "in", "update", "Long Name of an Update.exe"), strings.Repeat("update ", 9000))
		out := filepath.Join(w.dir, "out", "drivers.img")
		w.run(t, program, "driver-floppy", "-o", out, filepath.Join(w.dir, "in", "scsiport.sys"), filepath.Join(w.dir, "in", "update"))
		made = append(made, out)
	}
	same(t, made[0], made[1])
}

// media are the calls of mkrescue that the sources alone give a medium by.
var media = map[string][]string{
	"iso": {"iso"}, "usb": {"usb"}, "netboot": {"pxe"}, "iso-i386": {"iso", "--arch", "i386"}, "universal": {"iso", "--arch", "universal"},
	"lite": {"iso", "--lite"}, "floppy": {"floppy"}, "starter": {"floppy", "--size", "1440"},
	"floppy-amd64": {"floppy", "--arch", "amd64"}, "set": {"floppy", "--size", "1440x2"}, "set-amd64": {"floppy", "--size", "1440x2", "--arch", "amd64"},
	"usb-mbr": {"usb", "--table", "mbr"}, "usb-qcow2": {"usb", "--format", "qcow2"}, "netboot-universal": {"pxe", "--arch", "universal"},
}

// TestSameFromSource: two copies of the sources in two directories, with caches that
// share the downloaded packages only, give the same media byte for byte, and nothing on
// them is from where it may not be. BOOTMEND_SAME names some of the media.
func TestSameFromSource(t *testing.T) {
	if os.Getenv("BOOTMEND_CAMPAIGN") != "1" {
		t.Skip("SKIP-CAMPAIGN: only with BOOTMEND_CAMPAIGN=1")
	}
	tool.Need(t, "git", "zstd", "apt-get")
	wanted := slices.Sorted(maps.Keys(media))
	if only := os.Getenv("BOOTMEND_SAME"); only != "" {
		wanted = strings.Split(only, ",")
	}
	packages := t.TempDir()
	places := twoPlaces(t)
	for i, w := range places {
		tool.Must(t, "git", "clone", "-q", root(t), w.dir)
		cache := w.cache(i)
		if i > 0 {
			if err := os.MkdirAll(cache, 0o755); err != nil {
				t.Fatal(err)
			}
			tool.Must(t, "ln", "-s", filepath.Join(packages, "deb"), cache)
		} else {
			packages = cache
		}
	}
	program := builderProgram(t, root(t))
	for _, name := range wanted {
		t.Run(name, func(t *testing.T) {
			var made []string
			for i, w := range places {
				out := filepath.Join(w.dir, "out", name, "medium")
				args := append([]string{program}, media[name]...)
				if i > 0 { // the same versions: a mirror may get new ones meanwhile
					tool.Must(t, "cp", "-r", filepath.Join(packages, "packages"), w.cache(i))
					args = append(args, "--offline")
				}
				w.run(t, append(args, "--source", w.dir, "--cache", w.cache(i), "-o", out)...)
				made = append(made, out)
			}
			same(t, made[0], made[1])
			origins(t, listOf(t, made[0]))
		})
	}
}
