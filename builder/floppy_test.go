package builder

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/fatimage"
)

func put(t *testing.T, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDriverFloppy: files that are no packages are on the floppy as they are.
func TestDriverFloppy(t *testing.T) {
	if _, err := exec.LookPath("mcopy"); err != nil {
		t.Skip("SKIP-TOOL mcopy: not installed")
	}
	dir := t.TempDir()
	driver := bytes.Repeat([]byte("a driver "), 5000)
	single := put(t, filepath.Join(dir, "SCSIPORT.SYS"), driver)
	put(t, filepath.Join(dir, "update", "Windows2000-KB891861-v2-x86-ENU.EXE"), driver[:20000])
	put(t, filepath.Join(dir, "update", "sub", "read me.txt"), []byte("text"))
	out := filepath.Join(dir, "out.img")
	o := FloppyOptions{Out: out, Size: fatimage.Floppy1440, Paths: []string{single, filepath.Join(dir, "update")}, Epoch: time.Unix(1.7e9, 0)}
	got, err := DriverFloppy(o)
	if err != nil || len(got.Files) != 3 || got.Packages != nil || got.Bytes != int64(len(driver)+20000+4) {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, want := range map[string][]byte{"SCSIPORT.SYS": driver, "Windows2000-KB891861-v2-x86-ENU.EXE": driver[:20000], "sub/read me.txt": []byte("text")} {
		b, err := exec.Command("mtype", "-i", out, "::"+name).Output()
		if err != nil || !bytes.Equal(b, want) {
			t.Errorf("%s: %d bytes, %v; want %d", name, len(b), err, len(want))
		}
	}
	first, _ := os.ReadFile(out)

	// What does not fit leaves the old image, and names what is large.
	o.Paths = append(o.Paths, put(t, filepath.Join(dir, "large.sys"), make([]byte, 1400<<10)))
	if _, err := DriverFloppy(o); !errors.Is(err, ErrFloppyFull) || !strings.Contains(err.Error(), "large.sys") {
		t.Errorf("too much: %v", err)
	}
	o.Paths = []string{put(t, filepath.Join(dir, "huge.sys"), make([]byte, 3000<<10))}
	if _, err := DriverFloppy(o); !errors.Is(err, ErrFloppyFull) {
		t.Errorf("much too much: %v", err)
	}
	if b, _ := os.ReadFile(out); !bytes.Equal(b, first) {
		t.Error("the old image was changed")
	}
	// Two files of one name, a path that is not there, an empty folder.
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, paths := range [][]string{{single, put(t, filepath.Join(dir, "other", "scsiport.sys"), driver)}, {filepath.Join(dir, "absent")}, {empty}} {
		o.Paths = paths
		if _, err := DriverFloppy(o); err == nil {
			t.Errorf("%q: no error", paths)
		}
	}
}

// TestDriverFloppyLinks: a link that is named is followed and gives its own name, one that
// is found is refused.
func TestDriverFloppyLinks(t *testing.T) {
	if _, err := exec.LookPath("mcopy"); err != nil {
		t.Skip("SKIP-TOOL mcopy: not installed")
	}
	dir := t.TempDir()
	file := put(t, filepath.Join(dir, "real", "scsiport-5.1.2600.sys"), []byte("driver"))
	link := func(to, name string) string {
		name = filepath.Join(dir, name)
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
		return name
	}
	toFile, toFolder, dangling := link(file, "scsiport.sys"), link(filepath.Dir(file), "current"), link(filepath.Join(dir, "none"), "dangling")
	out := filepath.Join(t.TempDir(), "out.img")
	o := FloppyOptions{Out: out, Size: fatimage.Floppy1440, Paths: []string{toFile, toFolder}, Epoch: time.Unix(1.7e9, 0)}
	if got, err := DriverFloppy(o); err != nil || len(got.Files) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, name := range []string{"scsiport.sys", "scsiport-5.1.2600.sys"} {
		if b, err := exec.Command("mtype", "-i", out, "::"+name).Output(); err != nil || string(b) != "driver" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	link(file, "real/again.sys")
	for _, path := range []string{toFolder, filepath.Dir(file), dangling} {
		o.Paths = []string{path}
		_, err := DriverFloppy(o)
		if path == dangling && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "again.sys is a symbolic link") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestRootDirectoryFull: small files with long names need entries and not bytes, and the
// way out that is named is one.
func TestRootDirectoryFull(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		put(t, filepath.Join(dir, "sub", fmt.Sprintf("driver of a controller %03d.sys", i)), []byte("x"))
	}
	o := FloppyOptions{Out: filepath.Join(t.TempDir(), "out.img"), Size: fatimage.Floppy1440, Paths: []string{filepath.Join(dir, "sub")}, Epoch: time.Unix(1.7e9, 0)}
	_, err := DriverFloppy(o)
	if !errors.Is(err, ErrFloppyFull) || !strings.Contains(err.Error(), "root directory is full") || strings.Contains(err.Error(), "the largest") {
		t.Errorf("%v; want %v, because of the root directory", err, ErrFloppyFull)
	}
	o.Paths = []string{dir}
	if got, err := DriverFloppy(o); err != nil || len(got.Files) != 300 {
		t.Fatalf("in a folder: %v", err)
	}
	if _, err := exec.LookPath("fsck.vfat"); err != nil {
		t.Skip("SKIP-TOOL fsck.vfat: not installed")
	}
	// The folder and the label count, too.
	if said, err := exec.Command("fsck.vfat", "-n", o.Out).CombinedOutput(); err != nil || !strings.Contains(string(said), "302 files") {
		t.Errorf("fsck.vfat: %v: %s", err, said)
	}
}
