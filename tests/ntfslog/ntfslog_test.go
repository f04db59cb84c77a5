package ntfslog

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

const dir, name = `\Windows\System32\drivers`, "logged.sys"

// volume is one of mkntfs with a folder of 60 files, of which the last one was
// made and deleted again, and that file.
func volume(t *testing.T) (path string, made *Made) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "volume")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 64<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkntfs", "-Q", "-F", "-q", "-s", "512", "-c", "4096", "-p", "0", "-H", "255", "-S", "63", path).CombinedOutput(); err != nil {
		t.Fatalf("mkntfs: %v: %s", err, out)
	}
	script := `mkdir -p Windows/System32/drivers; cd Windows/System32/drivers
		for i in $(seq 60); do head -c 9000 /dev/urandom > driver$i.sys; done
		echo 'a new driver' > "$1"`
	if err := guests.WithNTFS(path, script, name); err != nil {
		t.Fatal(err)
	}
	v, err := Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if made, err = v.Made(dir, name); err != nil {
		t.Fatal(err)
	}
	if err := guests.WithNTFS(path, `rm "Windows/System32/drivers/$1"`, name); err != nil {
		t.Fatal(err)
	}
	return path, made
}

// write puts a log onto the volume: a touch before the checkpoint, a file that
// grows and one that is made behind it.
func write(t *testing.T, path string, made *Made, old bool, start int64, stop int) {
	t.Helper()
	v, err := Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	l, err := New(v, start)
	if err != nil {
		t.Fatal(err)
	}
	l.Old, l.Stop = old, stop
	touched, err := v.Find(dir + `\driver7.sys`)
	if err != nil {
		t.Fatal(err)
	}
	l.History(2)
	touch, grow, create := l.Begin(), l.Begin(), l.Begin()
	err = l.Touch(touch, touched)
	l.Commit(touch)
	l.Checkpoint()
	if err == nil {
		err = l.Grow(grow, 0)
	}
	l.Commit(grow)
	if err == nil {
		err = l.Create(create, made)
	}
	l.Commit(create)
	if err == nil {
		err = l.Install()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestForeign: ntfsrecover takes what we write for a log, and with what it does
// the volume is sound and the file is there.
func TestForeign(t *testing.T) {
	for _, tool := range []string{"mkntfs", "ntfs-3g", "ntfsrecover", "ntfsresize", "ntfscat"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL %s", tool)
		}
	}
	clean, made := volume(t)
	for _, tt := range []struct {
		name  string
		old   bool
		start int64
	}{{"new", false, 4}, {"old", true, 4}, {"round the end", false, -2}} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "volume")
			if out, err := exec.Command("cp", "--sparse=always", clean, path).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			start := tt.start
			if start < 0 {
				v, err := Open(path, 0)
				if err != nil {
					t.Fatal(err)
				}
				size, _, err := v.logFile()
				if err != nil {
					t.Fatal(err)
				}
				start += size / pageSize
				v.Close()
			}
			write(t, path, made, tt.old, start, 0)
			if exec.Command("ntfs-3g.probe", "--readwrite", path).Run() == nil {
				t.Error("ntfs-3g takes the log for clean")
			}
			out, err := exec.Command("ntfsrecover", path).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "successful after playing") || strings.Contains(string(out), "**") {
				t.Fatalf("ntfsrecover: %v\n%s", err, out)
			}
			if out, err := exec.Command("ntfsresize", "-i", "-f", "-P", path).CombinedOutput(); err != nil {
				t.Errorf("ntfsresize: %v\n%s", err, out)
			}
			got, err := exec.Command("ntfscat", path, strings.ReplaceAll(dir, `\`, "/")+"/"+name).CombinedOutput()
			if err != nil || string(got) != "a new driver\n" {
				t.Errorf("ntfscat: %q, %v", got, err)
			}
		})
	}
}
