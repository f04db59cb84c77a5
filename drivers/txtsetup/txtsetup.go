package txtsetup

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of a file: real ones have 3,000 lines at most.
const (
	maxSize  = 1 << 20
	maxLines = 1 << 16
)

// Classes of errors, to be tested with errors.Is.
var (
	// ErrNotTxtsetup: the file is something else.
	ErrNotTxtsetup = errors.New("not a txtsetup.oem")
	// ErrSyntax is wrapped by every *Error.
	ErrSyntax = errors.New("txtsetup.oem cannot be used")
)

// Error says what is wrong at a line of the file.
type Error struct {
	Line   int // from 1
	Reason string
}

// Error gives line and reason.
func (e *Error) Error() string { return fmt.Sprintf("txtsetup.oem, line %d: %s", e.Line, e.Reason) }

// Unwrap makes errors.Is(err, ErrSyntax) true.
func (e *Error) Unwrap() error { return ErrSyntax }

// File is a parsed txtsetup.oem.
type File struct {
	// Options in the order in which setup shows them, of all components.
	Options []Option
	// Notes are about entries that name something that is not there.
	Notes []*Error

	sections map[string]*section
	order    []string
	items    int // files, ids and values so far
}

// Option is what a person can choose.
type Option struct {
	Component string // "scsi" and, in old files, computer, display, keyboard, mouse
	ID        string
	// Description is shown.
	Description string
	// Service is named beside it in some files, "" mostly.
	Service string
	// Default: setup chooses it when nobody does.
	Default bool
	Files   []Source
	IDs     []HardwareID
	// Values of the services' keys.
	Values []Value
}

// Source is a file on one of the disks.
type Source struct {
	Type string // driver, port, class, dll, hal, inf, catalog, detect
	Disk Disk
	Name string
	// Service of a driver, "" of other files.
	Service string
}

// Path is where the file is, below the root of the floppy, parted by \.
func (s Source) Path() string {
	if s.Disk.Directory == "" {
		return s.Name
	}
	return s.Disk.Directory + `\` + s.Name
}

// Disk is a floppy, or a directory of one.
type Disk struct {
	Key, Description string
	// TagFile tells that it is in the drive; Directory has the files. Both are
	// below the root, without the first \.
	TagFile, Directory string
}

// HardwareID is a device that a service serves.
type HardwareID struct{ ID, Service string }

// Parse reads a file. Bytes that are not ASCII are kept as they are. Errors wrap
// ErrNotTxtsetup or ErrSyntax, or come from r.
func Parse(r io.Reader) (*File, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxSize {
		return nil, fmt.Errorf("%w: more than %d MiB", ErrNotTxtsetup, maxSize>>20)
	}
	f := &File{sections: map[string]*section{}}
	err = f.split(string(b))
	if f.sections["disks"] == nil {
		return nil, fmt.Errorf("%w: there is no [Disks]", ErrNotTxtsetup)
	}
	if err != nil {
		return nil, err
	}
	return f, f.options()
}

// options puts the sections together.
func (f *File) options() error {
	for _, name := range f.order {
		component := strings.ToLower(name)
		if component == "disks" || component == "defaults" || strings.Contains(component, ".") {
			continue
		}
		chosen, _ := f.sections["defaults"].find(component)
		for i, l := range f.sections[component].lines {
			o := Option{Component: component, ID: l.key, Description: l.value(0), Service: l.value(1)}
			o.Default = strings.EqualFold(chosen.value(0), o.ID) || len(chosen.values) == 0 && i == 0
			if err := f.option(&o, l); err != nil {
				return err
			}
			f.Options = append(f.Options, o)
		}
	}
	return nil
}

func (f *File) option(o *Option, l line) error {
	suffix := "." + o.Component + "." + strings.ToLower(o.ID)
	files := f.sections["files"+suffix]
	if files == nil {
		f.note(l, "there is no [Files.%s.%s]", o.Component, o.ID)
		files = &section{}
	}
	services := []string{o.ID, o.Service}
	for _, l := range files.lines {
		s := Source{Type: strings.ToLower(l.key), Name: relative(l.value(1)), Service: l.value(2)}
		disk, ok := f.sections["disks"].find(l.value(0))
		if !ok {
			f.note(l, "there is no disk %q", l.value(0))
		}
		s.Disk = Disk{Key: l.value(0), Description: disk.value(0), TagFile: relative(disk.value(1)), Directory: relative(disk.value(2))}
		if s.Name == "" {
			return &Error{l.no, "a file without name"}
		}
		if err := f.count(l); err != nil {
			return err
		}
		o.Files = append(o.Files, s)
		services = append(services, s.Service)
	}
	if ids := f.sections["hardwareids"+suffix]; ids != nil {
		for _, l := range ids.lines {
			if err := f.count(l); err != nil {
				return err
			}
			if strings.EqualFold(l.key, "id") && l.value(0) != "" {
				o.IDs = append(o.IDs, HardwareID{l.value(0), l.value(1)})
			}
		}
	}
	return f.config(o, services)
}

// count refuses options that share sections without end.
func (f *File) count(l line) error {
	if f.items++; f.items > maxLines {
		return &Error{l.no, fmt.Sprintf("more than %d files, ids and values", maxLines)}
	}
	return nil
}

func (f *File) note(l line, format string, args ...any) {
	if len(f.Notes) < 100 {
		f.Notes = append(f.Notes, &Error{l.no, fmt.Sprintf(format, args...)})
	}
}

func relative(path string) string { return strings.Trim(path, `\`) }
