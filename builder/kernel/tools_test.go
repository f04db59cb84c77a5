package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// fakes makes programs that PATH has alone; gcc finds the headers that are in that list.
func fakes(t *testing.T, headers string, tools ...string) {
	t.Helper()
	bin := t.TempDir()
	for _, tool := range tools {
		text := "#!/bin/sh\n"
		if tool == "gcc" {
			text += "case \"$*\" in -dumpfullversion) echo 12.2.0; exit;; esac\nread -r _ name\ncase '" + headers + "' in *\"$name\"*) exit 0;; esac\necho \"no $name\" >&2; exit 1\n"
		}
		if err := os.WriteFile(filepath.Join(bin, tool), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
}

// TestMissing: what a kernel is built with is looked for before its sources are fetched,
// headers by the compiler, which knows where they lie.
func TestMissing(t *testing.T) {
	for _, tt := range []struct {
		arch, headers string
		without       []string
		want          []string
	}{
		{"amd64", "<stdlib.h> <libelf.h>", nil, nil},
		{"amd64", "<stdlib.h>", nil, []string{"libelf.h"}},
		{"386", "<stdlib.h>", nil, nil}, // no objtool
		{"386", "", []string{"bc"}, []string{"bc", "stdlib.h"}},
		{"amd64", "", []string{"gcc", "flex"}, []string{"gcc", "flex"}},
	} {
		fakes(t, tt.headers, slices.DeleteFunc(Tools(), func(s string) bool { return slices.Contains(tt.without, s) })...)
		if got := Missing(tt.arch); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %q", tt, got)
		}
		fetched := errors.New("fetched")
		_, err := Build(Options{Dir: t.TempDir(), Package: "p", Arch: tt.arch, Variant: Floppy, Logf: t.Logf, Fetch: func() (string, error) { return "", fetched }})
		if len(tt.want) == 0 && !errors.Is(err, fetched) || len(tt.want) > 0 && (!errors.Is(err, ErrTools) || !strings.Contains(err.Error(), strings.Join(tt.want, ", "))) {
			t.Errorf("%+v: Build = %v", tt, err)
		}
	}
}

// fakeMake knows the three calls of a build, and takes its time for the last.
const fakeMake = `#!/bin/sh
work=${1#O=}
for last; do :; done
case $last in
tinyconfig) : >"$work/.config"; [ "$TZ $LC_ALL" = "UTC C" ] || { echo "zone $TZ, locale $LC_ALL" >&2; exit 1; } ;;
olddefconfig) ;;
bzImage) sleep 1; mkdir -p "$work/arch/x86/boot" && echo kernel >"$work/arch/x86/boot/bzImage" ;;
*) echo "what is $*?" >&2; exit 1 ;;
esac
`

// TestTwoAtOnce: of two builds of the same kernel in the same place the second waits, says
// so, and takes what the first has built.
func TestTwoAtOnce(t *testing.T) {
	path := os.Getenv("PATH")
	fakes(t, "<stdlib.h> <libelf.h>", Tools()...)
	bin := os.Getenv("PATH")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+path)
	for tool, text := range map[string]string{"make": fakeMake, "dpkg-deb": "#!/bin/sh\nmkdir -p \"$3/usr/src\" && : >\"$3/usr/src/linux-source-1.tar.xz\"\n"} {
		if err := os.WriteFile(filepath.Join(bin, tool), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TZ", "Asia/Kathmandu") // must not get into the kernel
	dir := filepath.Join(t.TempDir(), "kernel")
	broken := filepath.Join(dir, leftOver+"build-1", "vmlinux.o")
	kept := filepath.Join(dir, "build-of-somebody", "a")
	for _, name := range []string{broken, kept} {
		if err := os.MkdirAll(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var fetched, waited, built atomic.Int32
	images := make([]string, 2)
	var all sync.WaitGroup
	for i := range images {
		all.Go(func() {
			var err error
			images[i], err = Build(Options{Dir: dir, Package: "linux-source-1.deb", Arch: "amd64", Variant: Lite,
				Fetch: func() (string, error) { fetched.Add(1); return "package", nil },
				Logf: func(format string, args ...any) {
					switch text := fmt.Sprintf(format, args...); {
					case strings.HasPrefix(text, "waiting for another build of a kernel in "+dir):
						waited.Add(1)
					case strings.HasPrefix(text, "building a kernel"):
						built.Add(1)
					}
				}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if images[0] == "" || images[0] != images[1] || fetched.Load() != 1 || built.Load() != 1 || waited.Load() != 1 {
		t.Errorf("%q; fetched %d times, built %d, waited %d; want the same image and once each", images, fetched.Load(), built.Load(), waited.Load())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, leftOver+"*")); len(left) > 0 {
		t.Errorf("left lying about: %v", left)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(images[0]); err != nil || string(b) != "kernel\n" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestSourcesAreNew: each kernel is built of sources that were unpacked for it; what the one
// before left in them, or somebody put where an older bootmend kept them, does not get in.
func TestSourcesAreNew(t *testing.T) {
	path := os.Getenv("PATH")
	fakes(t, "<stdlib.h> <libelf.h>", Tools()...)
	bin := os.Getenv("PATH")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+path)
	const asUnpacked = "[ \"$(cat Makefile)\" = new ] && [ ! -e litter ] || { echo 'not as unpacked' >&2; exit 1; }; "
	for tool, text := range map[string]string{
		"make":     strings.Replace(fakeMake, "sleep 1; ", asUnpacked+"echo changed >Makefile; : >litter; ", 1),
		"tar":      "#!/bin/sh\n[ ! -e Makefile ] && echo new >Makefile\n",
		"dpkg-deb": "#!/bin/sh\nmkdir -p \"$3/usr/src\" && : >\"$3/usr/src/linux-source-1.tar.xz\"\n"} {
		if err := os.WriteFile(filepath.Join(bin, tool), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "kernel")
	older := filepath.Join(dir, "linux-source-1")
	if err := os.MkdirAll(filepath.Join(older, "litter"), 0o755); err != nil {
		t.Fatal(err)
	}
	fetched := 0
	for i, v := range []Variant{Floppy, Lite} {
		_, err := Build(Options{Dir: dir, Package: "linux-source-1.deb", Arch: "amd64", Variant: v, Logf: t.Logf,
			Fetch: func() (string, error) { fetched++; return "package", nil }})
		if err != nil || fetched != i+1 {
			t.Errorf("%s: %v; the sources were fetched %d times, want %d", v, err, fetched, i+1)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 5 { // the lock, two kernels with their sums
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestPathOfSources: a path that the kernel's makefiles stop at is refused before the
// sources are fetched.
func TestPathOfSources(t *testing.T) {
	fakes(t, "<stdlib.h> <libelf.h>", Tools()...)
	for _, dir := range []string{filepath.Join(t.TempDir(), "with a space"), filepath.Join(t.TempDir(), "with:colon"), "relative"} {
		_, err := Build(Options{Dir: dir, Package: "p", Arch: "386", Variant: Floppy, Logf: t.Logf,
			Fetch: func() (string, error) { t.Error("fetched"); return "", nil }})
		if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "cache") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}
