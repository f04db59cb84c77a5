package scratch

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

var errTest = errors.New("test")

// TestClear: what is in use goes, what was given back or is somebody else's stays.
func TestClear(t *testing.T) {
	parent := t.TempDir()
	var s Space
	var dirs []string
	for range 3 {
		dir, err := s.Dir(parent, "x-")
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
		if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Remove(dirs[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dirs[0], 0o755); err != nil { // another's now
		t.Fatal(err)
	}
	if err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) != 1 || left[0].Name() != filepath.Base(dirs[0]) {
		t.Errorf("left: %v, %v; want %s alone", left, err, dirs[0])
	}
	if dir, err := s.Dir(parent, "x-"); !errors.Is(err, ErrCleared) {
		t.Errorf("%q, %v; want %v", dir, err, ErrCleared)
	}
}

// TestClearWaits: what is done whole ends before anything is removed; nothing is begun after.
func TestClearWaits(t *testing.T) {
	parent := t.TempDir()
	var s Space
	dir, err := s.Dir(parent, "x-")
	if err != nil {
		t.Fatal(err)
	}
	begun, cleared := make(chan struct{}), make(chan error)
	go func() {
		<-begun
		cleared <- s.Clear()
	}()
	err = s.Whole(func() error {
		close(begun)
		for range 100 { // time for Clear to do what it must not
			if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644); err != nil {
				return err
			}
			time.Sleep(time.Millisecond)
		}
		return nil
	})
	if err := errors.Join(err, <-cleared); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(parent); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := s.Whole(func() error { t.Error("done after it was broken off"); return nil }); !errors.Is(err, ErrCleared) {
		t.Errorf("%v; want %v", err, ErrCleared)
	}
}

// TestClearDuringRemove: a folder that is being removed is removed whole, when Clear
// comes, before Clear returns.
func TestClearDuringRemove(t *testing.T) {
	for range 5 {
		parent := t.TempDir()
		var s Space
		dir, err := s.Dir(parent, "x-")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2000 {
			if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		removed := make(chan error)
		go func() { removed <- s.Remove(dir) }()
		time.Sleep(time.Millisecond)
		if err := s.Clear(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(parent); len(left) > 0 {
			t.Errorf("left when Clear had ended: %v", left)
		}
		if err := <-removed; err != nil {
			t.Error(err)
		}
	}
}

// TestNil: without a Space folders are made and removed all the same.
func TestNil(t *testing.T) {
	var s *Space
	parent := t.TempDir()
	dir, err := s.Dir(parent, "x-")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Whole(func() error { return errTest }); !errors.Is(err, errTest) {
		t.Error(err)
	}
	if err := errors.Join(s.Remove(dir), s.Remove("")); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
