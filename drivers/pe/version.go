package pe

import (
	"bytes"
	"fmt"
)

// Version is a file or product version, the most significant part first.
type Version [4]uint16

// String gives the dotted form, e.g. "5.0.2195.7017".
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3]) }

// Compare is negative, zero or positive as v is older than, equal to or newer
// than w.
func (v Version) Compare(w Version) int {
	for i := range v {
		if v[i] != w[i] {
			return int(v[i]) - int(w[i])
		}
	}
	return 0
}

// FixedFileInfo is the language independent part of a version resource.
type FixedFileInfo struct {
	File, Product Version
	Flags         uint32 // 1 debug, 2 prerelease, 4 patched, 8 private, 0x20 special
}

const (
	typeVersion  = 16   // RT_VERSION
	maxEntries   = 4096 // of a resource directory; real drivers have a handful
	subdirectory = 1 << 31
	// fixedAt is where VS_FIXEDFILEINFO starts in VS_VERSIONINFO: behind three
	// u16 and the key with its NUL, padded to a multiple of four.
	fixedAt   = 40
	fixedSize = 52
	fixedSig  = 0xfeef04bd
)

// Version reads the version resource. Errors wrap ErrNoVersion when there is
// none, ErrDamaged when it cannot be followed.
func (f *File) Version() (FixedFileInfo, error) {
	rel, err := f.versionEntry()
	if err != nil {
		return FixedFileInfo{}, err
	}
	return f.fixed(rel)
}

// versionEntry finds the data entry of the version resource.
func (f *File) versionEntry() (uint32, error) {
	if f.resource.rva == 0 || f.resource.size == 0 {
		return 0, ErrNoVersion
	}
	// Three levels: type, name, language. Of names and languages the first
	// will do: system files have one, and the fixed part is the same in all.
	rel, err := f.entry(0, typeVersion, false)
	for range 2 {
		if err != nil {
			return 0, err
		}
		if rel&subdirectory == 0 {
			return 0, &FormatError{"resource directory", 0, "data where a directory should be"}
		}
		rel, err = f.entry(rel&^subdirectory, 0, true)
	}
	if err == nil && rel&subdirectory != 0 {
		err = &FormatError{"resource directory", 0, "directory where data should be"}
	}
	return rel, err
}

// entry finds an entry of the resource directory at an offset from its root:
// the one with a numeric id, or the first of all.
func (f *File) entry(rel uint32, id uint32, first bool) (uint32, error) {
	const structure = "resource directory"
	head, off, err := f.at(structure, f.resource.rva+rel, 16)
	if err != nil {
		return 0, err
	}
	named, n := int(le.Uint16(head[12:])), int(le.Uint16(head[14:]))
	if n += named; n > maxEntries {
		return 0, &FormatError{structure, off, fmt.Sprintf("%d entries", n)}
	}
	b, err := f.read(structure, off+16, 8*n)
	if err != nil {
		return 0, err
	}
	for ; len(b) > 0; b = b[8:] {
		if first || le.Uint32(b) == id {
			return le.Uint32(b[4:]), nil
		}
	}
	return 0, ErrNoVersion
}

func (f *File) fixed(rel uint32) (FixedFileInfo, error) {
	const structure = "VS_VERSIONINFO"
	entry, _, err := f.at("resource data entry", f.resource.rva+rel, 16)
	if err != nil {
		return FixedFileInfo{}, err
	}
	b, off, err := f.at(structure, le.Uint32(entry), fixedAt+fixedSize)
	if err != nil {
		return FixedFileInfo{}, err
	}
	if size := le.Uint32(entry[4:]); size < uint32(len(b)) {
		return FixedFileInfo{}, &FormatError{structure, off, fmt.Sprintf("resource has %d bytes", size)}
	}
	if !bytes.Equal(b[6:38], []byte("V\x00S\x00_\x00V\x00E\x00R\x00S\x00I\x00O\x00N\x00_\x00I\x00N\x00F\x00O\x00\x00\x00")) {
		return FixedFileInfo{}, &FormatError{structure, off, "key is not VS_VERSION_INFO"}
	}
	fixed := b[fixedAt:]
	if sig := le.Uint32(fixed); sig != fixedSig {
		return FixedFileInfo{}, &FormatError{"VS_FIXEDFILEINFO", off + fixedAt, fmt.Sprintf("signature is %#x, want %#x", sig, uint32(fixedSig))}
	}
	return FixedFileInfo{File: version(fixed[8:]), Product: version(fixed[16:]), Flags: le.Uint32(fixed[28:]) & le.Uint32(fixed[24:])}, nil
}

// version decodes two u32, each with its more significant half first.
func version(b []byte) Version {
	return Version{le.Uint16(b[2:]), le.Uint16(b), le.Uint16(b[6:]), le.Uint16(b[4:])}
}
