package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// errChanged: somebody else wrote to the file meanwhile.
var errChanged = errors.New("the file has changed since it was read; nothing was written")

// watchedFile is a file that was read, and that nobody else may have changed when
// what was made of it is written.
type watchedFile struct {
	path string
	f    *os.File
	stat os.FileInfo // when it was opened
	sum  []byte      // of the content then; nil when nothing is going to be written
}

// hash reads all of the file.
func (w *watchedFile) hash() ([]byte, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(w.f, 0, w.stat.Size())); err != nil {
		return nil, fmt.Errorf("%s: %w", w.path, err)
	}
	return sum.Sum(nil), nil
}

// unchanged demands that the name leads to the file still and that the file is what
// was read. A time stamp alone does not tell: it has steps, and can be set back.
func (w *watchedFile) unchanged() error {
	if w.sum == nil {
		return fmt.Errorf("%s: it was not opened to be written", w.path)
	}
	sum, err := w.hash()
	if err != nil {
		return err
	}
	now, err := os.Stat(w.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err != nil || !bytes.Equal(sum, w.sum) || !os.SameFile(now, w.stat) || now.Size() != w.stat.Size() || !now.ModTime().Equal(w.stat.ModTime()) {
		return fmt.Errorf("%s: %w", w.path, errChanged)
	}
	return nil
}

// unchanged demands it of the hive and of its logs, of which there must be no more
// than there were.
func (h *hostHive) unchanged() error {
	for _, w := range h.watched {
		if err := w.unchanged(); err != nil {
			return err
		}
	}
	names, err := os.ReadDir(filepath.Dir(h.path))
	if err != nil {
		return err
	}
	logs := 0
	for _, n := range names {
		if st, err := os.Stat(filepath.Join(filepath.Dir(h.path), n.Name())); err == nil && st.Mode().IsRegular() && isLogOf(filepath.Base(h.path), n.Name()) {
			logs++
		}
	}
	if logs != len(h.watched)-1 {
		return fmt.Errorf("%s: its logs are not those that were there: %w", h.path, errChanged)
	}
	return nil
}
