package progress

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

// told keeps what it is told.
type told struct {
	lock sync.Mutex
	all  [][2]int64
}

func (t *told) tell(done, total int64) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.all = append(t.all, [2]int64{done, total})
}

func (t *told) have() [][2]int64 {
	t.lock.Lock()
	defer t.lock.Unlock()
	return slices.Clone(t.all)
}

func TestReader(t *testing.T) {
	var got told
	r := Func(got.tell).Reader(iotest.OneByteReader(strings.NewReader("abc")), 3)
	if b, err := io.ReadAll(r); err != nil || string(b) != "abc" {
		t.Errorf("read %q, %v", b, err)
	}
	if want := [][2]int64{{1, 3}, {2, 3}, {3, 3}, {3, 3}}; !slices.Equal(got.have(), want) {
		t.Errorf("told %v; want %v", got.have(), want)
	}
}

// TestLines: lines count however they come in, those that are too long once.
func TestLines(t *testing.T) {
	long := strings.Repeat("x", 3*maxLine)
	text := "  CC a.o\nwarning\n\n  LD b.o\n  " + long + "\n  no end"
	for _, size := range []int{1, 2, 7, len(text)} {
		var got told
		w := Func(got.tell).Lines(2, func(line []byte) bool { return bytes.HasPrefix(line, []byte("  ")) })
		for part := range slices.Chunk([]byte(text), size) {
			if n, err := w.Write(part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if want := [][2]int64{{1, 2}, {2, 2}, {3, 2}}; !slices.Equal(got.have(), want) {
			t.Errorf("in parts of %d: told %v; want %v", size, got.have(), want)
		}
	}
}

// TestPosition: how far another reads a file is told, and nothing more after stop.
func TestPosition(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, make([]byte, 100), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(40, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var got told
	stop, err := Func(got.tell).Position(file)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); len(got.have()) == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	stop()
	all := got.have()
	if len(all) == 0 || all[0] != [2]int64{40, 100} {
		t.Errorf("told %v; want 40 of 100", all)
	}
	time.Sleep(2 * pollEvery)
	if n := len(got.have()); n != len(all) {
		t.Errorf("told %d times after stop", n-len(all))
	}
}

func TestNobodyListens(t *testing.T) {
	var none Func
	none.Tell(1, 2)
	r := strings.NewReader("a")
	if none.Reader(r, 1) != io.Reader(r) {
		t.Error("a reader that nobody listens to is another")
	}
	if _, err := none.Lines(1, func([]byte) bool { return true }).Write([]byte("a\n")); err != nil {
		t.Error(err)
	}
	stop, err := none.Position(os.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	stop()
}
