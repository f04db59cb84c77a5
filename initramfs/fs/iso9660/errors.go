package iso9660

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// UDFError says that a disc holds UDF and no ISO 9660. It wraps
// fs.ErrUnsupported.
type UDFError struct{}

// Error says what a person can do.
func (*UDFError) Error() string {
	return "the disc holds UDF and no ISO 9660 file system; bootmend does not read UDF: " +
		"copy the files to a USB stick with FAT or NTFS on another machine: " + fs.ErrUnsupported.Error()
}

// Unwrap returns fs.ErrUnsupported.
func (*UDFError) Unwrap() error { return fs.ErrUnsupported }

// BlockSizeError says that the logical blocks of a disc are not 2048 bytes
// long. It wraps fs.ErrUnsupported.
type BlockSizeError struct {
	Size int // bytes
}

// Error names the size.
func (e *BlockSizeError) Error() string {
	return fmt.Sprintf("logical blocks of %d bytes, only 2048 are read: %v", e.Size, fs.ErrUnsupported)
}

// Unwrap returns fs.ErrUnsupported.
func (*BlockSizeError) Unwrap() error { return fs.ErrUnsupported }

func damaged(what, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", what, fmt.Sprintf(format, args...), fs.ErrDamaged)
}

func unsupported(what, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", what, fmt.Sprintf(format, args...), fs.ErrUnsupported)
}

// noEOF: a medium that ends earlier than it said is no end of a file.
func noEOF(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
