package scratch

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

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

// TestNil: without a Space folders are made and removed all the same.
func TestNil(t *testing.T) {
	var s *Space
	parent := t.TempDir()
	dir, err := s.Dir(parent, "x-")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Remove(dir), s.Remove("")); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
