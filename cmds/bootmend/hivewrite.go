package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// write replaces the file so that at every moment, power cuts included, its name leads to
// the old content or to the new one, whole: the new content goes to a
// temporary file of the same folder, which is flushed, read back and judged; the old
// file gets a second name, which is never overwritten by a later backup; then
// the new file takes the old name.
//
// Logs stay where they are. The new hive is clean and its sequence number is above all
// of theirs, so that neither Windows nor bootmend takes anything out of them; with the
// backup they give the state from before. The mirror of Windows NT 4.0 and 2000 (.ALT) is
// written anew: their loader takes it when the hive does not open.
func (h *hostHive) write(_ *hivefile.File, c *hivefile.Change) (string, error) {
	if err := h.unchanged(); err != nil {
		return "", err
	}
	alt, err := h.alternate(c)
	if err != nil {
		return "", err
	}
	backup, err := replaceFile(h.path, io.NewSectionReader(c.Content(), 0, c.Size), h.judge, h.unchanged)
	if err != nil || alt == nil {
		return backup, err
	}
	if _, err := replaceFile(alt.path, alt.content, nil, alt.old.unchanged); err != nil {
		return backup, fmt.Errorf("the hive is written (%s keeps the old one), its mirror is not: delete %s: %w", backup, alt.path, err)
	}
	return backup, nil
}

// judge opens the new file with the logs beside the old one: it must be clean,
// and nothing may be taken out of them.
func (h *hostHive) judge(f *os.File, size int64) error {
	r, err := hivelog.Open(f, size, h.src.Logs)
	if err != nil {
		return err
	}
	if r.State != hivelog.Clean {
		return fmt.Errorf("the new hive would be %q; nothing was written", r.State)
	}
	return nil
}

// mirror is the new content of an .ALT file.
type mirror struct {
	path    string
	content io.Reader
	old     *watchedFile
}

// alternate makes the mirror that is beside the hive.
func (h *hostHive) alternate(c *hivefile.Change) (*mirror, error) {
	content, name, err := c.Mirror(h.src.Logs)
	if content == nil || err != nil {
		return nil, err
	}
	path := filepath.Join(filepath.Dir(h.path), name)
	for _, w := range h.watched {
		if w.path == path {
			return &mirror{path, io.NewSectionReader(content, 0, c.Size), w}, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", path, errChanged)
}

// replaceFile gives a file new content and returns the name under which the
// old one is kept. judge may refuse what was written, before anything changes, and
// last may do so right before the new file takes the name.
func replaceFile(path string, content io.Reader, judge func(f *os.File, size int64) error, last func() error) (backup string, err error) {
	old, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, temporary(path)+"*")
	if err != nil {
		return "", err
	}
	defer func() {
		tmp.Close()
		if err != nil {
			os.Remove(tmp.Name()) // after the rename there is no such file
		}
	}()
	if err := lockFile(tmp); err != nil {
		return "", err
	}
	if err := removeLeftovers(path); err != nil {
		return "", err
	}
	if err := fill(tmp, content, old); err != nil {
		return "", err
	}
	if judge != nil {
		st, err := tmp.Stat()
		if err != nil {
			return "", err
		}
		if err := judge(tmp, st.Size()); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	if backup, err = keepOld(path); err != nil {
		return "", err
	}
	if err := syncDir(dir); err != nil {
		return backup, err
	}
	if err := last(); err != nil {
		os.Remove(backup) // the file itself keeps its name
		return "", err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return backup, err
	}
	return backup, syncDir(dir)
}

// fill writes the content, flushes it and reads it back. Owner and mode are those
// of the old file.
func fill(f *os.File, content io.Reader, old os.FileInfo) error {
	want, got := sha256.New(), sha256.New()
	n, err := io.Copy(io.MultiWriter(f, want), content)
	if err != nil {
		return err
	}
	if st, ok := old.Sys().(*syscall.Stat_t); ok {
		if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil && !errors.Is(err, os.ErrPermission) {
			return err
		}
	}
	if err := f.Chmod(old.Mode().Perm()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if _, err := io.Copy(got, io.NewSectionReader(f, 0, n)); err != nil {
		return err
	}
	if !bytes.Equal(want.Sum(nil), got.Sum(nil)) {
		return fmt.Errorf("%s: what was written is read back otherwise", f.Name())
	}
	return nil
}

// keepOld gives the file a second name that no file has.
func keepOld(path string) (string, error) {
	for n := 1; ; n++ {
		name := path + ".bootmend-backup"
		if n > 1 {
			name = fmt.Sprintf("%s-%d", name, n)
		}
		err := os.Link(path, name)
		if err == nil {
			return name, nil
		}
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if _, serr := os.Lstat(name); serr == nil {
			continue // some file systems know no links, and say so first
		}
		return name, copyTo(name, path)
	}
}

// copyTo is for file systems without hard links.
func copyTo(dst, src string) (err error) {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(dst, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(dst)
		}
	}()
	return fill(out, in, st)
}

// syncDir makes names durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
