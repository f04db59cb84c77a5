package step

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Step is one change.
type Step interface {
	// Place is the disk that is changed and the volume on it, nil where the
	// change lies outside of volumes.
	Place() (*inspect.Disk, *inspect.Volume)
	// Describe says what changes, for reports.
	Describe() Description
}

// Description is a step for people and for the JSON form; fields that do not
// apply are empty.
type Description struct {
	Action string // "set-registry-value", "write-file", ...
	Volume string // ID of the volume, or the path of the disk
	File   string
	Key    string
	Value  string
	Old    string
	New    string
	Why    string
	Text   string // one sentence without a full stop: "set X from 3 to 0"
}

// String gives place and text on one line. Two steps with the same string
// change the same.
func (d Description) String() string {
	s := d.Volume
	if d.File != "" {
		s += " " + d.File
	}
	return s + ": " + d.Text
}

// Sum is the SHA-256 of the content of a file.
type Sum [sha256.Size]byte

func (s Sum) String() string { return fmt.Sprintf("%x", s[:]) }

// FileState is what is known of a file's content.
type FileState struct {
	Size int64
	Sum  Sum
}

func (f FileState) String() string { return fmt.Sprintf("%d bytes, SHA-256 %x...", f.Size, f.Sum[:6]) }

// Content is the content of a file that is to be written. R is read more than
// once and must give the same each time.
type Content struct {
	FileState
	R io.ReaderAt
}

// NewContent reads r once, for its hash.
func NewContent(r io.ReaderAt, size int64) (Content, error) {
	state, err := stateOf(r, size)
	return Content{state, r}, err
}

// Reader gives the content from its start.
func (c Content) Reader() io.Reader { return io.NewSectionReader(c.R, 0, c.Size) }

func stateOf(r io.ReaderAt, size int64) (FileState, error) {
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(r, 0, size))
	if err == nil && n < size {
		err = fmt.Errorf("%d of %d bytes: %w", n, size, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return FileState{}, err
	}
	return FileState{size, Sum(h.Sum(nil))}, nil
}

// StateOf reads a file of a volume.
func StateOf(volume fs.FS, path string) (FileState, error) {
	f, err := volume.Open(path)
	if err != nil {
		return FileState{}, err
	}
	state, err := stateOf(f, f.Info().Size)
	if err != nil {
		return FileState{}, fmt.Errorf("%s: %w", path, err)
	}
	return state, nil
}

// On is the same step on another disk and volume, those of another inspection
// of the same patient.
func On(s Step, disk *inspect.Disk, volume *inspect.Volume) Step {
	switch s := s.(type) {
	case SetValue:
		s.Volume = volume
		return s
	case MakeKey:
		s.Volume = volume
		return s
	case RemoveKey:
		s.Volume = volume
		return s
	case WriteFile:
		s.Volume = volume
		return s
	case Remove:
		s.Volume = volume
		return s
	case Mkdir:
		s.Volume = volume
		return s
	case Rename:
		s.Volume = volume
		return s
	case SetAttributes:
		s.Volume = volume
		return s
	case Patch:
		s.Disk, s.Volume = disk, volume
		return s
	case SetVariable:
		s.Disk = disk
		return s
	case ReplayLog:
		s.Volume = volume
		return s
	case DiscardLog:
		s.Volume = volume
		return s
	}
	return s
}

// InPlace reports whether the step overwrites bytes where they are and changes
// nothing of the file system. A value of another length needs room, which may
// make the hive grow.
func InPlace(s Step) bool {
	switch s := s.(type) {
	case SetValue:
		return s.Old != nil && s.New != nil && s.Old.Type == s.New.Type && len(s.Old.Bytes) == len(s.New.Bytes)
	case Patch:
		return true
	}
	return false
}

// OneSector reports whether the step changes bytes of one sector, which a disk
// writes whole or not at all. regf.Edit refuses values that span two.
func OneSector(s Step) bool {
	if p, ok := s.(Patch); ok {
		return len(p.New) > 0 && p.Off/512 == (p.Off+int64(len(p.New))-1)/512
	}
	return InPlace(s)
}
