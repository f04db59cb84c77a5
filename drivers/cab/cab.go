package cab

import (
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding"
)

// Options say what a cabinet does not.
type Options struct {
	// Names is the code page of names that are not marked as UTF-8; nil is
	// Windows-1252.
	Names encoding.Encoding
	// Part opens another cabinet of the set by the file name that is written in
	// its neighbour. nil: there are no others. The name is not to be trusted:
	// take its base name and look in one directory, without regard to case.
	Part func(name string) (io.ReaderAt, int64, error)
}

// Cabinet is an open cabinet, or the set that it belongs to. It is not safe for
// concurrent use.
type Cabinet struct {
	// Header of the cabinet that was opened.
	Header
	// Files in the order of folders and of their place in them.
	Files []*File
	// Missing are the neighbours that could not be opened, nil mostly.
	Missing []*PartError

	folders []*folder
	current *stream
	opened  int // counts calls of Open
}

// Header is what a cabinet says about itself.
type Header struct {
	Offset     int64  // in the file that holds the cabinet
	Size       int64  // bytes; a signature may follow, and the file may be shorter
	Set, Index uint16 // number of the set, place in it from 0
	Prev, Next Neighbour
	Reserved   []byte // for the application; in signed cabinets, where the signature is
}

// Neighbour is the cabinet before or behind in a set; the zero value is none.
type Neighbour struct{ Name, Disk string }

// Attributes of a file.
type Attributes uint16

// Attributes that cabinets know.
const (
	ReadOnly Attributes = 1 << iota
	Hidden
	System
	Archive    Attributes = 0x20
	RunAfter   Attributes = 0x40 // is to be run when extracted
	NameIsUTF8 Attributes = 0x80
)

// File is a file in a cabinet.
type File struct {
	// Name may have directories, parted by \ or /. It is not to be trusted.
	Name string
	// Size in bytes, as the cabinet says.
	Size int64
	// Modified is a wall clock's time, given as UTC; zero when invalid.
	Modified   time.Time
	Attributes Attributes

	folder *folder
	off    int64 // in the plain folder
}

// Base is the last part of the name.
func (f *File) Base() string { return f.Name[strings.LastIndexAny(f.Name, `/\`)+1:] }

// Folder is the number of the folder: files of the same one are compressed
// together.
func (f *File) Folder() int { return f.folder.index }

// Method is how the file is compressed.
func (f *File) Method() Method { return f.folder.method }

// folder is a compressed stream; in a set, it may be in several cabinets.
type folder struct {
	index    int
	method   Method
	segments []segment
	prev     *PartError // its start is in a cabinet that is not there
	next     *PartError // its end
	failed   error      // decoding ended with this,
	failedAt int64      // at this plain offset
}

// segment is the part of a folder in one cabinet.
type segment struct {
	part   *part
	off    int64 // of the first CFDATA, in the cabinet
	blocks int
}

// limit is how many plain bytes there can be.
func (f *folder) limit() (n int64) {
	for _, s := range f.segments {
		n += int64(s.blocks) * maxPlain
	}
	return n
}
