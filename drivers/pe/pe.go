package pe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Classes of errors, to be tested with errors.Is.
var (
	// ErrNotPE: the file is something else; the message says what.
	ErrNotPE = errors.New("not a PE executable")
	// ErrDamaged is wrapped by every *FormatError.
	ErrDamaged = errors.New("PE executable is damaged")
	// ErrNoVersion: a sound file without version resource.
	ErrNoVersion = errors.New("no version resource")
)

// FormatError says that the file breaks the format at one place.
type FormatError struct {
	Struct string // what was read there
	Off    int64  // byte offset in the file
	Reason string
}

// Error gives structure, offset and reason.
func (e *FormatError) Error() string {
	return fmt.Sprintf("PE executable is damaged: %s at %#x: %s", e.Struct, e.Off, e.Reason)
}

// Unwrap makes errors.Is(err, ErrDamaged) true.
func (e *FormatError) Unwrap() error { return ErrDamaged }

// Machine is the processor an image is for.
type Machine uint16

// The processors of Windows on PC hardware.
const (
	X86   Machine = 0x014c
	AMD64 Machine = 0x8664
	ARM64 Machine = 0xaa64
	IA64  Machine = 0x0200
)

// String gives Windows' short name, e.g. "amd64".
func (m Machine) String() string {
	switch m {
	case X86:
		return "x86"
	case AMD64:
		return "amd64"
	case ARM64:
		return "arm64"
	case IA64:
		return "ia64"
	}
	return fmt.Sprintf("machine %#04x", uint16(m))
}

// File is an open PE image.
type File struct {
	r        io.ReaderAt
	size     int64
	machine  Machine
	sections []section

	subsystem   Subsystem
	base        uint64 // address that it is linked for
	checksumAt  int64
	checksum    uint32
	securityAt  int64 // of the entry in the data directory, 0: it has none
	plus        bool  // PE32+: addresses have 64 bits
	exports     directory
	imports     directory
	resource    directory
	security    directory // its address is an offset in the file
	delayImport directory
}

// Subsystem is what an image runs under.
type Subsystem uint16

// Subsystems of what takes part in booting.
const (
	Native     Subsystem = 1 // drivers, the kernel, autochk
	WindowsGUI Subsystem = 2
	WindowsCUI Subsystem = 3
	EFI        Subsystem = 10 // application: bootmgfw.efi
	EFIBoot    Subsystem = 11 // driver
	BootApp    Subsystem = 16 // bootmgr, winload.exe
)

// directory is an entry of the data directory.
type directory struct{ rva, size uint32 }

// section maps addresses in memory to offsets in the file.
type section struct{ rva, size, off uint32 }

// The kernel refuses images with more sections.
const maxSections = 96

var le = binary.LittleEndian

// Open reads the headers of a file of size bytes. Errors wrap ErrNotPE or
// ErrDamaged, or come from r.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size}
	if size < 64 {
		return nil, fmt.Errorf("%w: %d bytes", ErrNotPE, size)
	}
	dos, err := f.read("DOS header", 0, 64)
	if err != nil {
		return nil, err
	}
	if string(dos[:2]) != "MZ" {
		return nil, fmt.Errorf("%w: it starts with % x", ErrNotPE, dos[:4])
	}
	pos := int64(le.Uint32(dos[0x3c:]))
	if pos+24 > size {
		return nil, fmt.Errorf("%w: a DOS program, or cut off: headers at %#x of %d bytes", ErrNotPE, pos, size)
	}
	coff, err := f.read("COFF header", pos, 24)
	if err != nil {
		return nil, err
	}
	if string(coff[:4]) != "PE\x00\x00" {
		return nil, fmt.Errorf("%w: a DOS or 16-bit program (% x at %#x)", ErrNotPE, coff[:4], pos)
	}
	f.machine = Machine(le.Uint16(coff[4:]))
	optional, sections := int(le.Uint16(coff[20:])), int(le.Uint16(coff[6:]))
	if err := f.readOptional(pos+24, optional); err != nil {
		return nil, err
	}
	return f, f.readSections(pos+24+int64(optional), sections)
}

// read returns n bytes that must lie in the file.
func (f *File) read(structure string, off int64, n int) ([]byte, error) {
	if off < 0 || off+int64(n) > f.size {
		return nil, &FormatError{structure, off, fmt.Sprintf("%d bytes reach past the end of the file at %#x", n, f.size)}
	}
	b := make([]byte, n)
	if m, err := f.r.ReadAt(b, off); m < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read PE executable at %#x: %w", off, err)
	}
	return b, nil
}

// readOptional takes what is needed of the optional header, whose form depends on
// the magic number (PE32 or PE32+).
func (f *File) readOptional(off int64, n int) error {
	b, err := f.read("optional header", off, n)
	if err != nil {
		return err
	}
	if n < 2 {
		return &FormatError{"optional header", off, "it is missing"}
	}
	dirs := 96
	switch magic := le.Uint16(b); magic {
	case 0x10b:
	case 0x20b:
		dirs = 112
	default:
		return &FormatError{"optional header", off, fmt.Sprintf("magic is %#x, want 0x10b or 0x20b", magic)}
	}
	if n < dirs {
		return &FormatError{"optional header", off, fmt.Sprintf("it has %d bytes, want %d at least", n, dirs)}
	}
	f.base = uint64(le.Uint32(b[28:]))
	if f.plus = dirs == 112; f.plus {
		f.base = le.Uint64(b[24:])
	}
	f.checksumAt, f.checksum, f.subsystem = off+64, le.Uint32(b[64:]), Subsystem(le.Uint16(b[68:]))
	count := int(min(le.Uint32(b[dirs-4:]), uint32(n-dirs)/8))
	for i, to := range map[int]*directory{0: &f.exports, 1: &f.imports, 2: &f.resource, 4: &f.security, 13: &f.delayImport} {
		if i < count {
			*to = directory{le.Uint32(b[dirs+8*i:]), le.Uint32(b[dirs+8*i+4:])}
			if i == 4 {
				f.securityAt = off + int64(dirs+8*i)
			}
		}
	}
	return nil
}

func (f *File) readSections(off int64, n int) error {
	if n > maxSections {
		return &FormatError{"section table", off, fmt.Sprintf("%d sections, at most %d are possible", n, maxSections)}
	}
	b, err := f.read("section table", off, 40*n)
	if err != nil {
		return err
	}
	for ; len(b) > 0; b = b[40:] {
		f.sections = append(f.sections, section{le.Uint32(b[12:]), le.Uint32(b[16:]), le.Uint32(b[20:])})
	}
	return nil
}

// Machine is the processor the image is for.
func (f *File) Machine() Machine { return f.machine }

// Subsystem is what the image runs under.
func (f *File) Subsystem() Subsystem { return f.subsystem }

// Check reports a file that was cut off: all sections and the signature have to
// lie in it. The error wraps ErrDamaged.
func (f *File) Check() error {
	for i, s := range f.sections {
		if end := int64(s.off) + int64(s.size); s.size > 0 && end > f.size {
			return &FormatError{"section", int64(s.off), fmt.Sprintf("number %d ends at %#x, the file at %#x", i+1, end, f.size)}
		}
	}
	_, err := f.Signature()
	return err
}

// offset finds n bytes at an address in the file.
func (f *File) offset(structure string, rva uint32, n int) (int64, error) {
	for _, s := range f.sections {
		if rva >= s.rva && uint64(rva-s.rva)+uint64(n) <= uint64(s.size) {
			return int64(s.off) + int64(rva-s.rva), nil
		}
	}
	return 0, &FormatError{structure, 0, fmt.Sprintf("address %#x+%#x is in no section of the file", rva, n)}
}

// at reads n bytes at an address.
func (f *File) at(structure string, rva uint32, n int) ([]byte, int64, error) {
	off, err := f.offset(structure, rva, n)
	if err != nil {
		return nil, 0, err
	}
	b, err := f.read(structure, off, n)
	return b, off, err
}
