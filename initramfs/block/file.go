package block

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ErrInUse is wrapped by the error of OpenExclusive when somebody else holds
// the disk: a mounted file system, a loop device, a running virtual machine.
var ErrInUse = errors.New("disk is in use")

// ErrNoMedium is wrapped by the error of opening a drive that is empty.
var ErrNoMedium = errors.New("there is no medium in the drive")

// File is a raw image or a block device of the running system.
type File struct {
	f        *os.File
	size     int64
	sector   int
	isDevice bool
	writable bool
}

// OpenReadOnly opens a raw image or a block device; nothing can change
// through it. An image in another format gives a *FormatError.
func OpenReadOnly(path string) (*File, error) {
	return open(path, os.O_RDONLY)
}

// OpenExclusive opens for writing and makes sure that nobody else does: a
// block device with O_EXCL, which the kernel refuses while any part of it is
// mounted or claimed, an image with locks that conflict with those of qemu and
// of another bootmend. The error wraps ErrInUse when the disk is taken, and ErrReadOnly
// when it is write-protected or an image that nobody may write.
func OpenExclusive(path string) (*File, error) { return OpenLifting(path, nil) }

// OpenLifting is OpenExclusive for a disk whose write protection the caller can lift:
// lift is called when the disk is claimed, before its protection is looked at.
func OpenLifting(path string, lift func() error) (*File, error) {
	d, err := open(path, os.O_RDWR|unix.O_EXCL)
	if err != nil {
		if errors.Is(err, unix.EBUSY) {
			return nil, fmt.Errorf("%s: %w: %v", path, ErrInUse, err)
		}
		return nil, err
	}
	d.writable = true
	if err := d.claim(path, lift); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// claim refuses what others use and what is write-protected.
func (d *File) claim(path string, lift func() error) error {
	if err := lock(d.f, path); err != nil {
		return err
	}
	if lift != nil {
		if err := lift(); err != nil {
			return err
		}
	}
	if !d.isDevice {
		return d.mayChange(path)
	}
	// Linux opens a write-protected device for writing and fails later.
	protected, err := unix.IoctlGetInt(int(d.f.Fd()), unix.BLKROGET)
	if err != nil {
		return fmt.Errorf("%s: write protection: %w", path, err)
	}
	if protected != 0 {
		return fmt.Errorf("%s is write-protected: %w", path, ErrReadOnly)
	}
	return nil
}

// mayChange refuses an image that nobody may write (chmod a-w): whoever did that wants it
// kept as it is, and root, for whom the system does not ask, would write it all the same.
func (d *File) mayChange(path string) error {
	st, err := d.f.Stat()
	if err != nil {
		return fmt.Errorf("%s: permissions: %w", path, err)
	}
	const anyone = 0o222
	if st.Mode().Perm()&anyone == 0 {
		return fmt.Errorf("%s is marked read-only (mode %04o); to change it, give it back its permission (chmod u+w) or work on a copy: %w", path, st.Mode().Perm(), ErrReadOnly)
	}
	return nil
}

// open never creates: without O_CREAT, O_EXCL has a meaning for block devices
// only and is ignored for regular files.
func open(path string, flags int) (*File, error) {
	// Without O_NONBLOCK a FIFO would keep us waiting. With it, drives for CDs
	// and floppies open without a medium and have the size of the last one.
	if st, err := os.Stat(path); err != nil || st.Mode()&os.ModeDevice == 0 || st.Mode()&os.ModeCharDevice != 0 {
		flags |= unix.O_NONBLOCK
	}
	f, err := os.OpenFile(path, flags, 0)
	if errors.Is(err, unix.ENOMEDIUM) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoMedium)
	}
	if err != nil {
		return nil, err
	}
	d, err := newFile(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	return d, nil
}

func newFile(f *os.File, path string) (*File, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	d := &File{f: f, sector: 512}
	switch mode := st.Mode(); {
	case mode.IsRegular():
		d.size = st.Size()
	case mode&os.ModeDevice != 0 && mode&os.ModeCharDevice == 0:
		d.isDevice = true
		if d.size, err = f.Seek(0, io.SeekEnd); err != nil {
			return nil, fmt.Errorf("%s: size: %w", path, err)
		}
		if d.sector, err = unix.IoctlGetInt(int(f.Fd()), unix.BLKSSZGET); err != nil {
			return nil, fmt.Errorf("%s: logical sector size: %w", path, err)
		}
	default:
		return nil, fmt.Errorf("%s: neither an image nor a block device", path)
	}
	if d.size == 0 {
		return nil, fmt.Errorf("%s: empty: there is no disk in it", path)
	}
	if d.isDevice {
		return d, nil
	}
	if format := detectFormat(d); format != "" {
		return nil, &FormatError{Path: path, Format: format}
	}
	return d, nil
}

// Size is the length in bytes.
func (d *File) Size() int64 { return d.size }

// SectorSize is what the kernel says for a device and 512 for an image.
func (d *File) SectorSize() int { return d.sector }

// IsDevice reports whether this is a block device and not an image.
func (d *File) IsDevice() bool { return d.isDevice }

// ReadAt implements io.ReaderAt.
func (d *File) ReadAt(p []byte, off int64) (int, error) { return d.f.ReadAt(p, off) }

// WriteAt writes what OpenExclusive opened; a write past the end is refused
// whole, because it would make an image longer.
func (d *File) WriteAt(p []byte, off int64) (int, error) {
	if !d.writable {
		return 0, fmt.Errorf("%s: %w", d.f.Name(), ErrReadOnly)
	}
	if !(Range{0, d.size}).Contains(Range{off, int64(len(p))}) {
		return 0, fmt.Errorf("%s: write of %#x bytes at %#x, disk ends at %#x: %w", d.f.Name(), len(p), off, d.size, ErrBounds)
	}
	return d.f.WriteAt(p, off)
}

// Flush waits until all writes are on stable storage.
func (d *File) Flush() error { return d.f.Sync() }

// DropCache makes the next reads come from the disk and not from the page
// cache, as far as the system allows it; reading back after a write means
// little without it.
func (d *File) DropCache() error {
	if d.isDevice {
		return unix.IoctlSetInt(int(d.f.Fd()), unix.BLKFLSBUF, 0)
	}
	return unix.Fadvise(int(d.f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// Close closes the file and drops its locks.
func (d *File) Close() error { return d.f.Close() }
