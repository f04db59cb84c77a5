package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/iso9660"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// headSize is how much of a volume is looked at.
const headSize = 4096

// GUIDs of BitLocker volumes as they lie on disk (libbde's documentation):
// 4967D63B-2E29-4AD8-8399-F6A339E3D001, and 92A84D3B-DD80-4D0E-9E4E-B1E3284EAED8
// where only the used space is encrypted.
var bitLockerGUIDs = [...]string{
	"\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01",
	"\x3b\x4d\xa8\x92\x80\xdd\x0e\x4d\x9e\x4e\xb1\xe3\x28\x4e\xae\xd8",
}

// Detect tells what is at the start of the volume r. fs.Unknown is not an
// error; an error means that the start could not be read. A file system that
// is recognised may still be damaged.
func Detect(r block.Device) (fs.Kind, error) {
	b := make([]byte, headSize)
	n, err := r.ReadAt(b, 0)
	if n < len(b) && err != nil && !errors.Is(err, io.EOF) {
		return fs.Unknown, fmt.Errorf("start of the volume: %w", err)
	}
	kind := detect(b, n)
	if kind != fs.Unknown && kind != fs.Empty {
		return kind, nil
	}
	// The start of a CD belongs to nobody: zeros, boot code, a partition table.
	if disc, err := iso9660.Detect(r); err != nil || disc != fs.Unknown {
		return disc, err
	}
	return kind, nil
}

// detect judges the first n bytes of b; the rest of b is zero.
func detect(b []byte, n int) fs.Kind {
	switch {
	case len(bytes.Trim(b, "\x00")) == 0:
		return fs.Empty
	case n < 512:
		return fs.Unknown
	case isBitLocker(b):
		return fs.BitLocker
	case at(b, 3, "NTFS    "):
		return fs.NTFS
	case at(b, 3, "EXFAT   "):
		return fs.ExFAT
	case at(b, 3, "ReFS\x00\x00\x00\x00") && at(b, 0x10, "FSRS"):
		return fs.ReFS
	}
	// A FAT boot sector has no signature of its own: the BPB has to make
	// sense. A section that is too short is for Open to complain about.
	if boot, err := fat.ParseBoot(b, 1<<62); err == nil && (b[0] == 0xeb || b[0] == 0xe9) {
		return boot.Kind
	}
	return fs.Unknown
}

// isBitLocker knows the boot sectors of Vista, of 7 and later, and of
// BitLocker To Go, which looks like FAT32 with the OEM name of Windows 98.
func isBitLocker(b []byte) bool {
	if at(b, 3, "-FVE-FS-") {
		return true
	}
	if !at(b, 3, "MSWIN4.1") {
		return false
	}
	for _, g := range bitLockerGUIDs {
		if at(b, 0x1a8, g) {
			return true
		}
	}
	return false
}

func at(b []byte, off int, s string) bool { return string(b[off:off+len(s)]) == s }

// words explain why a kind cannot be opened.
func words(k fs.Kind) string {
	switch k {
	case fs.Empty:
		return "not formatted, its start is all zeros"
	case fs.ExFAT:
		return "exFAT"
	case fs.ReFS:
		return "ReFS"
	case fs.BitLocker:
		return "encrypted with BitLocker, unlock it first"
	}
	return "no known file system"
}

// UnsupportedError says that a volume holds something that is not read. It
// wraps fs.ErrUnsupported.
type UnsupportedError struct {
	Kind fs.Kind
}

// Error names the kind.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("volume: %s: %v", words(e.Kind), fs.ErrUnsupported)
}

// Unwrap returns fs.ErrUnsupported.
func (e *UnsupportedError) Unwrap() error { return fs.ErrUnsupported }

// Open opens the file system of the volume. For what is recognised but not
// read the error is an *UnsupportedError, for UDF an *iso9660.UDFError; a
// damaged volume wraps fs.ErrDamaged.
func Open(dev block.Device) (fs.FS, error) {
	kind, err := Detect(dev)
	if err != nil {
		return nil, err
	}
	switch kind {
	case fs.NTFS:
		v, err := ntfs.Open(dev)
		if err != nil {
			return nil, fmt.Errorf("ntfs: %w", err)
		}
		return v, nil
	case fs.FAT12, fs.FAT16, fs.FAT32:
		v, err := fat.Open(dev)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		return v, nil
	case fs.ISO9660, fs.UDF:
		v, err := iso9660.Open(dev)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		return v, nil
	}
	return nil, &UnsupportedError{Kind: kind}
}
