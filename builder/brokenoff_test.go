package builder

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/scratch"
)

// slowQemuImg is a qemu-img that says that it was called, and stays until it may go on.
const slowQemuImg = "#!/bin/sh\n: >\"$BEGUN\"\nwhile [ ! -e \"$GO_ON\" ]; do sleep 0.05; done\nexit 1\n"

// TestBrokenOff: in the midst of a build all that it has written is in folders that are
// removed when it is broken off, beside the output and in the cache; what was there stays.
func TestBrokenOff(t *testing.T) {
	from := smallImage(t)
	bin, dir, cache, notes := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "qemu-img"), []byte(slowQemuImg), 0o755); err != nil {
		t.Fatal(err)
	}
	begun, goOn := filepath.Join(notes, "begun"), filepath.Join(notes, "go on")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("BEGUN", begun)
	t.Setenv("GO_ON", goOn)
	old := map[string]bool{"x.qcow2": true, "x.qcow2.part": true} // the second: somebody's download
	for name := range old {
		put(t, filepath.Join(dir, name), []byte("old"))
	}
	var space scratch.Space
	ended := make(chan error)
	go func() {
		_, err := USB(Options{From: from, Out: filepath.Join(dir, "x.qcow2"), Cache: cache, Scratch: &space}, Stick{DataSize: 34 << 20, Format: QCOW2})
		ended <- err
	}()
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(begun); err == nil {
			break
		}
		if time.Since(start) > time.Minute {
			t.Fatal("qemu-img was not called within a minute")
		}
	}
	if during, _ := os.ReadDir(dir); len(during) != len(old)+1 {
		t.Errorf("beside the output are %v; want one folder more", during)
	}
	if err := space.Clear(); err != nil {
		t.Error(err)
	}
	check := func(when string) {
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != len(old) {
			t.Errorf("%s: left beside the output: %v, %v", when, left, err)
		}
		for name := range old {
			if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != "old" {
				t.Errorf("%s: %s: %q, %v", when, name, b, err)
			}
		}
		if left, err := os.ReadDir(filepath.Join(cache, "tmp")); err != nil || len(left) > 0 {
			t.Errorf("%s: left in the cache: %v, %v", when, left, err)
		}
	}
	check("broken off")
	put(t, goOn, nil)
	if err := <-ended; err == nil {
		t.Error("a build that was broken off ended well")
	}
	check("ended")
}
