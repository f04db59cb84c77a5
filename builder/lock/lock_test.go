package lock

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestOneAtATime: of many callers one is inside, and those that wait say so.
func TestOneAtATime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "x.lock")
	first, err := Take(file, func() { t.Error("the first one waited") })
	if err != nil {
		t.Fatal(err)
	}
	const callers = 20
	var inside, waited atomic.Int32
	var all, waiting sync.WaitGroup
	waiting.Add(callers)
	for range callers {
		all.Go(func() {
			release, err := Take(file, func() { waited.Add(1); waiting.Done() })
			if err != nil {
				t.Error(err)
				return
			}
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d at once", n)
			}
			inside.Add(-1)
			release()
		})
	}
	waiting.Wait()
	first()
	all.Wait()
	if waited.Load() != callers {
		t.Errorf("%d of %d waited", waited.Load(), callers)
	}
}

// TestForeignLock: another program's lock (util-linux flock) counts, and is gone with it.
func TestForeignLock(t *testing.T) {
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("SKIP-TOOL flock: not installed")
	}
	file := filepath.Join(t.TempDir(), "x.lock")
	cmd := exec.Command("flock", file, "sh", "-c", "echo locked; read -r line")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 7)); err != nil {
		t.Fatal(err)
	}
	waited := false
	release, err := Take(file, func() { waited = true; in.Close() })
	if err != nil || !waited {
		t.Fatalf("waited: %t, %v", waited, err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("sh read a line that nobody wrote")
	}
	if err := exec.Command("flock", "-n", file, "true").Run(); err == nil {
		t.Error("flock(1) got a lock that we have")
	}
	release()
	if err := exec.Command("flock", "-n", file, "true").Run(); err != nil {
		t.Errorf("flock(1) after it was released: %v", err)
	}
}

// TestNoPlace: where the file cannot be made the error says it.
func TestNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(filepath.Join(file, "x.lock"), func() {}); err == nil {
		t.Error("a lock below a file")
	}
}

// TestFolder: one at a time is in, and nothing is put into the folder.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	var in, most atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			release, err := Folder(dir)
			if err != nil {
				t.Error(err)
				return
			}
			most.Store(max(most.Load(), in.Add(1)))
			time.Sleep(2 * time.Millisecond)
			in.Add(-1)
			release()
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d at once; want 1", most.Load())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("in the folder: %v, %v", left, err)
	}
	if _, err := Folder(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there was locked")
	}
}
