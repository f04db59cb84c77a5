package builder

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/floppyboot"
	"github.com/bootmend/bootmend/builder/lean"
	"github.com/bootmend/bootmend/builder/manifest"
)

// floppyKernels are what the kernels of floppies may take: 1,114,624 and 1,115,136 bytes of
// linux-source 6.1.192-2, and some for the next updates of it.
var floppyKernels = map[Arch]int{I386: 1_118_000, AMD64: 1_118_000}

// TestFloppyFits: the program of the self-contained floppy leaves room for its kernel.
// Whoever makes it fail has made the engine larger: the sizes by package are in the
// log; leave out what NT 4 to 2003 do not need (package edition), or find room elsewhere
// (package lean).
func TestFloppyFits(t *testing.T) {
	for _, tool := range []string{"xz", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL: %s is not installed", tool)
		}
	}
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []Arch{I386, AMD64} {
		t.Run(string(arch), func(t *testing.T) { floppyFits(t, source, arch) })
	}
}

func floppyFits(t *testing.T, source string, arch Arch) {
	kernel := make([]byte, floppyKernels[arch])
	p, err := lean.Build(lean.Options{Source: source, TempDir: t.TempDir(), Arch: floppyProgram.goarch(), Tags: []string{"nt5"}, SSE2: arch == AMD64})
	if err != nil {
		t.Fatal(err)
	}
	initrd, err := leanInitramfs(p.Content, "6.1.0-bootmend", nil, time.Unix(1700000000, 0))
	if err != nil {
		t.Fatal(err)
	}
	epoch := time.Unix(1700000000, 0)
	// What a kernel of today is listed with, and a longer version for the next updates.
	from := []manifest.Package{
		{Kind: manifest.Debian, Name: "linux-source-6.1", Version: "6.1.1920-20", Arch: "all", Source: "linux", URL: "http://deb.debian.org/debian-security/pool/updates/main/l/linux/linux-source-6.1_6.1.1920-20_all.deb", SHA256: strings.Repeat("a", 64), Licence: "GPL-2.0-only"},
		{Kind: manifest.Own, Name: "kernel-floppy-amd64", Version: "config-0123456789abcdef", URL: own().URL, Licence: own().Licence}}
	parts := floppyParts{kernel: kernel, from: from, program: p.Content, initrd: initrd}
	for _, set := range []bool{false, true} {
		b := newBuild(Options{Source: source, Epoch: epoch, work: t.TempDir(), Logf: t.Logf})
		images, room, err := b.floppies(parts, set)
		free := room - floppyboot.SizeOf(kernel) - floppyboot.SizeOf(initrd)
		t.Logf("set %v: program %d bytes, initramfs %d, kernel %d, room for these %d, free %d", set, len(p.Content), len(initrd), len(kernel), room, free)
		if err != nil {
			for _, s := range p.Packages[:min(60, len(p.Packages))] {
				t.Logf("%9d  %s", s.Bytes, s.Package)
			}
			t.Fatal(err)
		}
		list, err := b.made.JSON(epoch)
		if err != nil {
			t.Fatal(err)
		}
		if last := images[len(images)-1]; !bytes.Contains(last, list) || free < 0 {
			t.Errorf("the list of %d bytes is not on the floppy", len(list))
		}
	}
	if out := os.Getenv("BOOTMEND_LEAN_OUT"); out != "" && arch == I386 { // to look at it
		if err := os.WriteFile(out, p.Content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
