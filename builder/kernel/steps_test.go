package kernel

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestIsStep(t *testing.T) {
	for line, want := range map[string]bool{
		"  CC      init/main.o": true, "  HOSTCC  scripts/basic/fixdep": true, "  AR      built-in.a": true,
		"": false, "  ": false, "make[1]: Entering directory '/x'": false, "Kernel: arch/x86/boot/bzImage is ready  (#1)": false,
		"../mm/slab.c:1:2: warning: unused": false, "  312 |  int x;": false, "    CC": false,
	} {
		if got := isStep([]byte(line)); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
}

// TestBuildTells: how far the sources are unpacked and how many files of the kernel are
// made, and not those of configuring it; what make prints is still in the error.
func TestBuildTells(t *testing.T) {
	path := os.Getenv("PATH")
	for _, fails := range []bool{false, true} {
		fakes(t, "<stdlib.h> <libelf.h>", Tools()...)
		bin := os.Getenv("PATH")
		t.Setenv("PATH", bin+string(os.PathListSeparator)+path)
		script := strings.ReplaceAll(fakeMake, "sleep 1;", "echo '  CC      a.o'; echo 'a.c: warning: b' >&2; echo '  LD      c.o';")
		script = strings.ReplaceAll(script, "olddefconfig) ;;", "olddefconfig) echo '  HOSTCC  conf' ;;")
		if fails {
			script = strings.ReplaceAll(script, "mkdir -p", "exit 2; mkdir -p")
		}
		for tool, text := range map[string]string{
			"make":     script,
			"dpkg-deb": "#!/bin/sh\nmkdir -p \"$3/usr/src\" && echo 123456789 >\"$3/usr/src/linux-source-1.tar.xz\"\n",
			// It reads three bytes and ends when that was seen.
			"tar": "#!/bin/sh\n[ \"$*\" = '--xz -xf - --strip-components=1' ] || exit 1\ndd bs=1 count=3 of=/dev/null 2>/dev/null\nn=0; while [ ! -e \"$SEEN\" ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1)); done\n",
		} {
			if err := os.WriteFile(filepath.Join(bin, tool), []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		seen := filepath.Join(t.TempDir(), "seen")
		t.Setenv("SEEN", seen)
		var lock sync.Mutex
		var unpacked, built []int64
		_, err := Build(Options{Dir: filepath.Join(t.TempDir(), "kernel"), Package: "linux-source-1.deb", Arch: "amd64", Variant: Floppy, Logf: t.Logf,
			Fetch: func() (string, error) { return "package", nil },
			Progress: func(done, total int64) {
				lock.Lock()
				defer lock.Unlock()
				switch total {
				case 10:
					unpacked = append(unpacked, done)
					if done == 3 {
						if err := os.WriteFile(seen, nil, 0o644); err != nil {
							t.Error(err)
						}
					}
				case steps("amd64", Floppy):
					built = append(built, done)
				default:
					t.Errorf("%d of %d", done, total)
				}
			}})
		if fails != (err != nil) || fails && !strings.Contains(err.Error(), "a.c: warning: b\n  LD      c.o") {
			t.Errorf("Build = %v", err)
		}
		if !slices.Contains(unpacked, 3) || !slices.IsSorted(unpacked) || !slices.Equal(built, []int64{1, 2}) {
			t.Errorf("told of unpacking %v, of building %v", unpacked, built)
		}
	}
}

func TestPackedInAnotherWay(t *testing.T) {
	if err := extract("linux-source-1.tar.lzma", t.TempDir(), nil); err == nil || errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "linux-source-1.tar.lzma") {
		t.Errorf("extract = %v", err)
	}
}
