package fs

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Errors that callers branch on. All implementations wrap them.
var (
	// ErrNotExist: no such file or directory. It is only returned when the
	// directory could be read; a damaged directory is ErrDamaged.
	ErrNotExist = errors.New("no such file or directory")
	// ErrDamaged: the structure contradicts itself or the volume.
	ErrDamaged = errors.New("file system structure is damaged")
	// ErrUnsupported: sound, as far as one can see, but of a kind that we do
	// not understand; it is never touched.
	ErrUnsupported = errors.New("not supported")
	// ErrNotDir and ErrIsDir: the path names the other kind.
	ErrNotDir = errors.New("not a directory")
	ErrIsDir  = errors.New("is a directory")
)

// Kind names a file system (or what sits where one should be).
type Kind string

// What probe can find at the start of a volume.
const (
	Unknown   Kind = ""
	Empty     Kind = "empty" // the first 4 KiB are zero
	NTFS      Kind = "ntfs"
	FAT12     Kind = "fat12"
	FAT16     Kind = "fat16"
	FAT32     Kind = "fat32"
	ExFAT     Kind = "exfat"
	ReFS      Kind = "refs"
	BitLocker Kind = "bitlocker"
	ISO9660   Kind = "iso9660" // a CD, or a DVD that also has UDF
	UDF       Kind = "udf"     // without ISO 9660
)

// Attributes are DOS file attributes with the values of Windows.
type Attributes uint32

// The attributes that matter to a repair.
const (
	AttrReadOnly   Attributes = 0x1
	AttrHidden     Attributes = 0x2
	AttrSystem     Attributes = 0x4
	AttrDirectory  Attributes = 0x10
	AttrArchive    Attributes = 0x20
	AttrSparse     Attributes = 0x200
	AttrReparse    Attributes = 0x400
	AttrCompressed Attributes = 0x800
	AttrEncrypted  Attributes = 0x4000
)

// String shows attributes the way the attrib command of Windows names them, a
// dash for each that is not set: "D-HS----".
func (a Attributes) String() string {
	var b strings.Builder
	for _, l := range []struct {
		bit    Attributes
		letter byte
	}{{AttrDirectory, 'D'}, {AttrReadOnly, 'R'}, {AttrHidden, 'H'}, {AttrSystem, 'S'}, {AttrArchive, 'A'},
		{AttrCompressed, 'C'}, {AttrEncrypted, 'E'}, {AttrReparse, 'L'}} {
		if a&l.bit != 0 {
			b.WriteByte(l.letter)
		} else {
			b.WriteByte('-')
		}
	}
	return b.String()
}

// Info is what a directory says of an entry.
type Info struct {
	Name       string // as stored (the long, or Win32, name)
	Size       int64  // bytes of the unnamed data stream
	Attributes Attributes
	Modified   time.Time
}

// IsDir reports whether the entry is a directory.
func (i Info) IsDir() bool { return i.Attributes&AttrDirectory != 0 }

// FS is a mounted volume. It reads lazily: opening costs a few sectors
// whatever the size of the volume.
type FS interface {
	Kind() Kind
	// Stat describes the file or directory at path.
	Stat(path string) (Info, error)
	// ReadDir lists a directory in the order of the file system, without "."
	// and "..", without DOS aliases and without NTFS metadata files.
	ReadDir(path string) ([]Info, error)
	// Open opens a file for reading.
	Open(path string) (File, error)
}

// File is an open file. Content that exists but cannot be had (encrypted,
// compressed by a method that we lack) makes Open or ReadAt return an error
// that wraps ErrUnsupported.
type File interface {
	io.ReaderAt
	Info() Info
	// Extents gives the parts of the file that lie as plain bytes on the
	// volume, in file order: where each starts in the file and where on the
	// volume. Holes, resident and compressed data are absent.
	Extents() ([]Extent, error)
}

// Extent says that the bytes of the file from FileOff on, Vol.Len of them,
// are the bytes Vol of the volume.
type Extent struct {
	FileOff int64
	Vol     block.Range
}

// Overwriter is implemented by files of writable file systems.
type Overwriter interface {
	File
	// WriteAt replaces existing bytes of the file in place. Size, allocation
	// and metadata stay; a range that is not covered by Extents and valid data
	// is refused before anything is written.
	WriteAt(p []byte, off int64) (int, error)
}

// Errors of writing that callers branch on. All implementations wrap them, and
// return them before anything is written.
var (
	ErrExist       = errors.New("file exists")
	ErrNoSpace     = errors.New("no space left on the volume")
	ErrNotEmpty    = errors.New("directory not empty")
	ErrInvalidName = errors.New("name not allowed")
	ErrNameTooLong = errors.New("name too long")
	// ErrReadOnly is that of the Device below.
	ErrReadOnly = block.ErrReadOnly
)

// Writer is a file system that repairs can change. Paths are as in FS. Every
// method leaves the volume consistent when it returns, also with an error; what
// lies between is the business of the overlay below it. Times are set to the
// given clock, never to the machine's.
type Writer interface {
	FS
	// WriteFile creates path with the content of r, size bytes, or replaces the
	// file of that name: its directory entry then leads to a new file with the
	// old one's attributes and security; another name (hard link) of the old
	// file keeps the old content.
	WriteFile(path string, r io.Reader, size int64) error
	// Resize changes the length of a file; what is added is zero.
	Resize(path string, size int64) error
	// Mkdir creates a directory.
	Mkdir(path string) error
	// Remove deletes a file or an empty directory.
	Remove(path string) error
	// Rename moves a file or directory on the volume; to must not exist.
	Rename(from, to string) error
	// SetAttributes replaces read-only, hidden, system and archive.
	SetAttributes(path string, attrs Attributes) error
	// Free is the number of bytes that new data can take.
	Free() (int64, error)
}

// SecurityCopier is implemented by writable file systems whose files have
// security.
type SecurityCopier interface {
	// CopySecurity gives the file or directory to the security (owner, access
	// lists) of from. Both must exist. ErrUnsupported: from has none that can be
	// copied, or further names of to (hard links) would get it, too.
	CopySecurity(from, to string) error
}

// SplitPath cuts a path into its components, dropping empty ones.
func SplitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' })
}

// JoinPath is the inverse: a path with one leading backslash.
func JoinPath(parts ...string) string {
	var all []string
	for _, p := range parts {
		all = append(all, SplitPath(p)...)
	}
	return `\` + strings.Join(all, `\`)
}
