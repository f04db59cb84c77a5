package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// changedHive is a hive file, opened, and a change of it that was not written.
func changedHive(t *testing.T) (*hostHive, *hivefile.Change) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "SYSTEM")
	root := regftest.Key{Name: "r", Keys: []regftest.Key{{Name: "k"}}}
	if err := os.WriteFile(path, regftest.Build(root, regftest.Options{}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".LOG2", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := openHiveFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	f, err := hivefile.Open(h.source())
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := f.Set("k", "v", regf.RegBinary, []byte("data"), false, hivefile.EditOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return h, c
}

func names(t *testing.T, h *hostHive) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(h.path))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestChangedMeanwhile: what somebody else wrote is not overwritten.
func TestChangedMeanwhile(t *testing.T) {
	for name, meddle := range map[string]func(path string) error{
		"time": func(path string) error { return os.Chtimes(path, time.Now(), time.Now().Add(-time.Hour)) },
		"size": func(path string) error { return os.Truncate(path, 5000) },
		"another": func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, []byte("x"), 0o600))
		},
	} {
		h, c := changedHive(t)
		if err := meddle(h.path); err != nil {
			t.Fatal(err)
		}
		before, had := names(t, h), mustRead(t, h.path)
		if _, err := h.write(nil, c); !errors.Is(err, errChanged) {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(names(t, h), before) || !bytes.Equal(mustRead(t, h.path), had) {
			t.Errorf("%s: something was written: %v", name, names(t, h))
		}
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestChangedWhileWriting: somebody writes while the new content is being written,
// so that it is noticed right before the new file takes the name, even where the
// time stamp does not tell.
func TestChangedWhileWriting(t *testing.T) {
	for name, meddle := range map[string]func(path string) error{
		"content, with its old time": func(path string) error {
			st, err := os.Stat(path)
			if err != nil {
				return err
			}
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte("theirs"), 5000)
			return errors.Join(err, f.Close(), os.Chtimes(path, st.ModTime(), st.ModTime()))
		},
		"time":    func(path string) error { return os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)) },
		"gone":    os.Remove,
		"a log":   func(path string) error { return os.WriteFile(path+".LOG1", []byte("theirs"), 0o600) },
		"its log": func(path string) error { return os.WriteFile(path+".LOG2", []byte("theirs"), 0o600) },
	} {
		h, c := changedHive(t)
		var had []string
		content := io.MultiReader(io.NewSectionReader(c.Content(), 0, c.Size), callReader(func() error {
			err := meddle(h.path)
			for _, n := range names(t, h) {
				if !strings.HasPrefix(n, ".") {
					had = append(had, n)
				}
			}
			return err
		}))
		if _, err := replaceFile(h.path, content, nil, h.unchanged); err == nil || name != "gone" && !errors.Is(err, errChanged) {
			t.Errorf("%s: %v", name, err)
		}
		if got := names(t, h); !slices.Equal(got, had) {
			t.Errorf("%s: %q, was %q", name, got, had)
		}
	}
}

// callReader does something when it is read, and is empty.
type callReader func() error

func (r callReader) Read([]byte) (int, error) {
	if err := r(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

// TestRefusedContent: what the judge does not want leaves nothing behind.
func TestRefusedContent(t *testing.T) {
	h, _ := changedHive(t)
	old := mustRead(t, h.path)
	no := errors.New("no")
	if _, err := replaceFile(h.path, strings.NewReader("new"), func(*os.File, int64) error { return no }, h.unchanged); !errors.Is(err, no) {
		t.Errorf("%v", err)
	}
	if _, err := replaceFile(h.path, errorReader{no}, nil, h.unchanged); !errors.Is(err, no) {
		t.Errorf("%v", err)
	}
	// A hive that is not clean is refused by the judge that counts.
	dirty := regftest.Build(regftest.Key{Name: "r"}, regftest.Options{Seq1: 2, Seq2: 1})
	if _, err := replaceFile(h.path, bytes.NewReader(dirty), h.judge, h.unchanged); err == nil {
		t.Error("a hive that is not clean was written")
	}
	if got := names(t, h); !slices.Equal(got, []string{"SYSTEM", "SYSTEM.LOG2"}) || !bytes.Equal(mustRead(t, h.path), old) {
		t.Errorf("%v", got)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

// TestBackupWithoutLinks: the copy that takes the place of a second name holds
// the same, and never replaces a file.
func TestBackupWithoutLinks(t *testing.T) {
	h, _ := changedHive(t)
	copied := h.path + ".copy"
	if err := copyTo(copied, h.path); err != nil || !bytes.Equal(mustRead(t, copied), mustRead(t, h.path)) {
		t.Fatal(err)
	}
	if err := copyTo(copied, h.path); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
}

// TestLeftovers: temporary files that a killed process left go with the next write, those
// that are young, locked or named otherwise stay.
func TestLeftovers(t *testing.T) {
	h, c := changedHive(t)
	dir, old := filepath.Dir(h.path), time.Now().Add(-2*leftoverAge)
	for _, name := range []string{".SYSTEM.bootmend-1", ".SYSTEM.bootmend-2", ".SYSTEM.bootmend-3", ".SYSTEM.bootmend-x", ".SYSTEM.bootmend-", ".OTHER.bootmend-1", "SYSTEM.bootmend-backup-1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name == ".SYSTEM.bootmend-2" {
			continue // young
		}
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	locked, err := os.Open(filepath.Join(dir, ".SYSTEM.bootmend-3"))
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if err := lockFile(locked); err != nil {
		t.Fatal(err)
	}
	if _, err := h.write(nil, c); err != nil {
		t.Fatal(err)
	}
	want := []string{".OTHER.bootmend-1", ".SYSTEM.bootmend-", ".SYSTEM.bootmend-2", ".SYSTEM.bootmend-3", ".SYSTEM.bootmend-x", "SYSTEM", "SYSTEM.LOG2", "SYSTEM.bootmend-backup", "SYSTEM.bootmend-backup-1"}
	if got := names(t, h); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestWayBack(t *testing.T) {
	for backup, want := range map[string]string{"": "; the old hive is not kept", "/x/SYSTEM.bootmend-backup": "; the old hive is /x/SYSTEM.bootmend-backup",
		undoPrefix + "20260101-1": "; bootmend undo 20260101-1 takes it back"} {
		if got := wayBack(backup); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
