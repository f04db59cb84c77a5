package builder

import (
	"bytes"
	"errors"
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
