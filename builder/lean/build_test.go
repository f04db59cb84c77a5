package lean

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// TestSameAnywhere: the program is the same to the byte wherever its sources and the folder
// for temporary files lie, and when two are built at once. A path in it would also move what
// comes behind it, so that it fits onto a floppy on one machine and not on another.
func TestSameAnywhere(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("SKIP-TOOL: go is not installed")
	}
	here, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "some where", "with a longer name")
	for _, part := range []string{"builder", "cmds", "drivers", "initramfs"} {
		if err := os.CopyFS(filepath.Join(elsewhere, part), os.DirFS(filepath.Join(here, part))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join(here, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(elsewhere, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tmp := t.TempDir()
	made := make([][]byte, 3)
	var all sync.WaitGroup
	for i, source := range []string{here, here, elsewhere} {
		dir := tmp
		if source == elsewhere {
			dir = t.TempDir()
		}
		all.Go(func() {
			p, err := Build(Options{Source: source, TempDir: dir, Arch: "386", Tags: []string{"nt5"}})
			if err != nil {
				t.Errorf("%s: %v", source, err)
				return
			}
			made[i] = p.Content
		})
	}
	all.Wait()
	for i, content := range made[1:] {
		if !bytes.Equal(content, made[0]) {
			t.Errorf("program %d: %d bytes, which are not the first one's %d", i+2, len(content), len(made[0]))
		}
	}
	for _, path := range []string{here, elsewhere, tmp} {
		if bytes.Contains(made[0], []byte(path)) {
			t.Errorf("the program has the path %s", path)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if len(made[0]) < 1<<20 {
		t.Errorf("the program has %d bytes", len(made[0]))
	}
}
