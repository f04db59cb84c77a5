package builder

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/floppyboot"
	"github.com/bootmend/bootmend/builder/lean"
	"github.com/bootmend/bootmend/initramfs/media"
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
	loader, err := floppyboot.Assemble(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	image, err := floppyboot.Build(floppyboot.Content{Size: floppyboot.Size2880, Label: media.Label, Kernel: kernel, Initrd: initrd,
		Append: floppyArgs, Epoch: time.Unix(1700000000, 0)}, loader)
	t.Logf("program %d bytes, initramfs %d, room %d, kernel %d", len(p.Content), len(initrd), floppyboot.Room(floppyboot.Size2880), len(kernel))
	if err != nil || len(image) != floppyboot.Size2880 {
		for _, s := range p.Packages[:min(60, len(p.Packages))] {
			t.Logf("%9d  %s", s.Bytes, s.Package)
		}
		t.Fatal(err)
	}
	_, _, err = floppyboot.BuildSet(floppyboot.Content{Size: floppyboot.Size1440, Label: media.Label, Kernel: kernel, Initrd: initrd,
		Append: floppyArgs, Epoch: time.Unix(1700000000, 0)}, floppyboot.Loaders{First: loader, Second: make([]byte, 512)})
	if err != nil {
		t.Errorf("the set of two floppies, which has room for %d bytes: %v", floppyboot.RoomOfSet(floppyboot.Size1440), err)
	}
	if out := os.Getenv("BOOTMEND_LEAN_OUT"); out != "" && arch == I386 { // to look at it
		if err := os.WriteFile(out, p.Content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
