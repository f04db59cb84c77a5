package step

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// WriteFile creates a file, or replaces the one that Old describes. Another
// name (hard link) of that file keeps the old content.
type WriteFile struct {
	Volume *inspect.Volume
	Path   string
	Old    *FileState // nil: there is none
	New    Content
	// Attributes of a new file; nil leaves what the file system gives. A file
	// that is replaced keeps its own.
	Attributes *fs.Attributes
	Why        string
}

// Place implements Step.
func (s WriteFile) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s WriteFile) Describe() Description {
	d := Description{Action: "write-file", Volume: s.Volume.ID(), File: s.Path, New: s.New.FileState.String(), Why: s.Why,
		Text: fmt.Sprintf("create %s, %s", s.Path, s.New.FileState)}
	if s.Old != nil {
		d.Old = s.Old.String()
		d.Text = fmt.Sprintf("replace %s (%s) by %s", s.Path, s.Old, s.New.FileState)
	}
	return d
}

// Remove deletes a file, or an empty directory where Old is nil.
type Remove struct {
	Volume *inspect.Volume
	Path   string
	Old    *FileState
	Why    string
}

// Place implements Step.
func (s Remove) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s Remove) Describe() Description {
	d := Description{Action: "remove", Volume: s.Volume.ID(), File: s.Path, Why: s.Why, Text: "delete directory " + s.Path}
	if s.Old != nil {
		d.Old, d.Text = s.Old.String(), fmt.Sprintf("delete %s (%s)", s.Path, s.Old)
	}
	return d
}

// Mkdir creates a directory. Like, where it is not "", is a path whose
// security the directory gets, where the file system knows security.
type Mkdir struct {
	Volume *inspect.Volume
	Path   string
	Like   string
	Why    string
}

// Place implements Step.
func (s Mkdir) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s Mkdir) Describe() Description {
	return Description{Action: "make-directory", Volume: s.Volume.ID(), File: s.Path, Why: s.Why, Text: "make directory " + s.Path}
}

// Rename moves a file or directory; nothing may be at To.
type Rename struct {
	Volume   *inspect.Volume
	From, To string
	Why      string
}

// Place implements Step.
func (s Rename) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s Rename) Describe() Description {
	return Description{Action: "rename", Volume: s.Volume.ID(), File: s.From, Old: s.From, New: s.To, Why: s.Why,
		Text: fmt.Sprintf("rename %s to %s", s.From, s.To)}
}

// Settable are the attributes that SetAttributes sets.
const Settable = fs.AttrReadOnly | fs.AttrHidden | fs.AttrSystem | fs.AttrArchive

// SetAttributes replaces the settable attributes of a file or directory.
type SetAttributes struct {
	Volume   *inspect.Volume
	Path     string
	Old, New fs.Attributes // of Settable
	Why      string
}

// Place implements Step.
func (s SetAttributes) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s SetAttributes) Describe() Description {
	return Description{Action: "set-attributes", Volume: s.Volume.ID(), File: s.Path, Old: s.Old.String(), New: s.New.String(), Why: s.Why,
		Text: fmt.Sprintf("set attributes of %s from %s to %s", s.Path, s.Old, s.New)}
}
