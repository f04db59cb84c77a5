package filehome

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

const suffix = ".bootmend-journal"

// payloadStart is behind the two copies of the record.
const payloadStart = 2 * journal.BlockSize

// Beside is the path of the journal of an image.
func Beside(image string) string { return image + suffix }

// In is the path of the journal of a transaction in a state directory.
func In(dir string, id [16]byte) string { return filepath.Join(dir, hex.EncodeToString(id[:])+suffix) }

// List gives the journals in a state directory; one that does not exist holds
// none.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var all []string
	for _, e := range entries {
		if n := e.Name(); len(n) > len(suffix) && n[len(n)-len(suffix):] == suffix {
			all = append(all, filepath.Join(dir, n))
		}
	}
	return all, nil
}

// File is an open journal file.
type File struct {
	*block.File
	path string
}

// Create makes the file for a payload of n bytes (journal.PayloadSize) and its
// directory where that is missing. A file of this name must not exist: it
// would be another, open journal.
func Create(path string, n int64) (*File, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := create(path, payloadStart+n); err != nil {
		return nil, err
	}
	if err := syncDir(dir); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return Open(path)
}

// create makes an all-zero file with all its blocks and syncs it.
func create(path string, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(fmt.Errorf("journal file: %w", err), os.Remove(path))
		}
	}()
	err = unix.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, unix.ENOSPC) {
		return fmt.Errorf("%d bytes: %w: %w", size, journal.ErrNoSpace, err)
	}
	if err != nil { // a file system without fallocate
		if err := writeZeros(f, size); err != nil {
			return err
		}
	}
	return f.Sync()
}

func writeZeros(f *os.File, size int64) error {
	zeros := make([]byte, 64<<10)
	for off := int64(0); off < size; off += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-off)], off); err != nil {
			return err
		}
	}
	return nil
}

// Open opens a journal file for recovery, exclusively. A file that a cut left
// empty was never used: the error wraps journal.ErrNone.
func Open(path string) (*File, error) {
	if st, err := os.Stat(path); err == nil && st.Size() == 0 {
		return nil, fmt.Errorf("%s is empty: %w", path, journal.ErrNone)
	}
	f, err := block.OpenExclusive(path)
	if err != nil {
		return nil, err
	}
	return &File{f, path}, nil
}

// OpenReadOnly opens a journal file for commands that only look.
func OpenReadOnly(path string) (*File, error) {
	f, err := block.OpenReadOnly(path)
	if err != nil {
		return nil, err
	}
	return &File{f, path}, nil
}

// Home is the journal.Home in this file.
func (f *File) Home() journal.Home {
	return journal.Home{Disk: journal.OnFile, File: f.File, Copies: [2]int64{0, journal.BlockSize}, Space: space{f}}
}

// Remove closes and deletes the file, once the journal in it is finished. A
// file in which a journal is open, or something that cannot be judged, stays.
func (f *File) Remove() error {
	r, err := journal.Locate(f)
	if errors.Is(err, journal.ErrNone) {
		err = f.Unused()
	} else if err == nil {
		err = fmt.Errorf("%v: %w", r.State, journal.ErrOpen)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s is not removed: %w", f.path, err), f.Close())
	}
	if err := errors.Join(os.Remove(f.path), f.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(f.path))
}

// Unused says why a file without a record is none of ours that was never used:
// then both places of the record are zero. A file that was cut or overwritten, or
// that is somebody else's, is an error that wraps journal.ErrDamaged; nothing may
// remove it.
func (f *File) Unused() error {
	b := make([]byte, payloadStart)
	if n, err := f.ReadAt(b, 0); n < len(b) {
		return fmt.Errorf("%s has only %d bytes: %w", f.path, n, errors.Join(err, journal.ErrDamaged))
	}
	for i, c := range b {
		if c != 0 {
			return fmt.Errorf("%s holds something that is no record of a journal at %#x: %w", f.path, i, journal.ErrDamaged)
		}
	}
	return nil
}

// space is everything behind the record.
type space struct{ f *File }

// Reserve implements journal.Space.
func (s space) Reserve(n int64) (journal.Reservation, error) {
	if have := s.f.Size() - payloadStart; n > have {
		return journal.Reservation{}, fmt.Errorf("journal file takes %d bytes: %w", have, journal.ErrNoSpace)
	}
	return journal.Reservation{Extents: []block.Range{{Off: payloadStart, Len: n}}}, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
