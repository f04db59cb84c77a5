package builder

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ownkernel "github.com/bootmend/bootmend/builder/kernel"
)

// TestFloppiesAreTheSame: two builds of the self-contained floppy and of the set, of
// sources in two directories, are the same to the byte, lists included. The kernel is the
// one in the cache: another test of "make campaign" builds it twice.
func TestFloppiesAreTheSame(t *testing.T) {
	for _, tool := range []string{"xz", "go", "as", "ld", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL: %s is not installed", tool)
		}
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	b := newBuild(Options{Cache: filepath.Join(root, ".cache"), Logf: t.Logf, Offline: true})
	o, _, err := b.kernelOptions(I386, ownkernel.Floppy)
	if err != nil {
		t.Skipf("SKIP-CACHE: no list of packages: %v", err)
	}
	kernel, err := ownkernel.Built(o)
	if err != nil {
		t.Fatal(err)
	}
	if kernel == "" {
		t.Skipf("SKIP-CACHE: the cache has no kernel for the floppy (make floppy)")
	}
	first := floppiesIn(t, filepath.Join(t.TempDir(), "a"), root, kernel)
	second := floppiesIn(t, filepath.Join(t.TempDir(), "some where", "else"), root, kernel)
	for name, content := range first {
		if !bytes.Equal(content, second[name]) {
			t.Errorf("%s: %d bytes and %d, which are not the same", name, len(content), len(second[name]))
		}
	}
	if len(first) != 7 || len(second) != 7 {
		t.Errorf("%d and %d files; want three images and twice two lists", len(first), len(second))
	}
	kernelIsNamed(t, first["floppy.img."+ManifestName])
	for image, list := range map[string]string{"floppy.img": "floppy.img.", "set-2.img": "set.img."} {
		if !bytes.Contains(first[image], first[list+ManifestName]) {
			t.Errorf("%s has not the manifest that is beside it", image)
		}
	}
	t.Logf("%d files are the same", len(first))
}

// floppiesIn copies sources and kernel to dir, builds there, and returns what was made.
func floppiesIn(t *testing.T, dir, root, kernel string) map[string][]byte {
	t.Helper()
	for _, part := range []string{"builder", "cmds", "drivers", "initramfs"} {
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(root, part))); err != nil {
			t.Fatal(err)
		}
	}
	copied := map[string]string{"go.mod": filepath.Join(root, "go.mod"), "go.sum": filepath.Join(root, "go.sum")}
	for _, end := range []string{"", ".sha256"} {
		copied[".cache/kernel/"+filepath.Base(kernel)+end] = kernel + end
	}
	notes, err := filepath.Glob(filepath.Join(root, ".cache/packages/amd64/linux-source*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range notes { // what apt said of the sources
		copied[".cache/packages/amd64/"+filepath.Base(note)] = note
	}
	for name, from := range copied {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, name), b)
	}
	o := Options{Source: dir, Cache: filepath.Join(dir, ".cache"), Offline: true, Epoch: time.Unix(1700000000, 0), Logf: t.Logf}
	o.Out = filepath.Join(dir, "out", "floppy.img")
	if _, err := SelfContainedFloppy(o); err != nil {
		t.Fatal(err)
	}
	o.Out = filepath.Join(dir, "out", "set.img")
	if _, err := FloppySet(o); err != nil {
		t.Fatal(err)
	}
	made := map[string][]byte{}
	files, err := os.ReadDir(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if made[f.Name()], err = os.ReadFile(filepath.Join(dir, "out", f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// kernelIsNamed: the manifest has the kernel's sources with their version, and the
// configuration.
func kernelIsNamed(t *testing.T, text []byte) {
	t.Helper()
	var m struct {
		Files []struct {
			Path     string
			Packages []string
		}
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		if f.Path != "VMLINUZ" {
			continue
		}
		all := strings.Join(f.Packages, " ")
		if !strings.Contains(all, "deb:linux-source-") || !strings.Contains(all, "own:kernel-floppy-386@config-") {
			t.Errorf("the kernel is from %s", all)
		}
		return
	}
	t.Errorf("no kernel in %d files", len(m.Files))
}
