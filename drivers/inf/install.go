package inf

import (
	"fmt"
	"slices"
	"strings"
)

// maxItems bounds the lines that an installation is made from.
const maxItems = 1 << 15

// Install is what installing a device does.
type Install struct {
	// Section is the name of the install section that applies, as in the file.
	Section string
	// Extension is what its name has more than the model says, e.g. ".NTamd64".
	Extension string
	DriverVer DriverVer
	Catalog   string
	// Files are copied, in this order.
	Files []Copy
	// Registry applies to the driver's key (HKR is its key below Control\Class),
	// Hardware to the device's (HKR is its key below Enum).
	Registry, Hardware []Registry
	// Services are added; one of them is associated with the device.
	Services []Service
	// DeletedServices are removed, most by name only.
	DeletedServices []string
	// Include and Needs name other INF files and sections in them that apply too.
	Include, Needs []string
	// CopyINF are INF files that are installed with it.
	CopyINF []string
	// Notes are about entries that Windows passes over: sections that AddReg
	// names and that are not there, flags that are no numbers.
	Notes []*Error
}

// installer collects an Install.
type installer struct {
	f     *File
	d     dict
	t     Target
	do    *Install
	items int
}

// Install says what installing a model of Models(t) does. An error wraps
// ErrSyntax: a section that is named is not there, or a number is none.
func (f *File) Install(m Model, t Target) (*Install, error) {
	s := f.decorated(m.Section, t)
	if s == nil {
		return nil, &Error{m.Line, m.From, fmt.Sprintf("there is no install section [%s]", m.Section)}
	}
	in := &installer{f: f, d: f.strings(t.Language), t: t}
	in.do = &Install{Section: s.name, Extension: s.name[len(m.Section):], DriverVer: f.Version.DriverVer, Catalog: f.Version.Catalog(t)}
	if err := in.section(s); err != nil {
		return nil, err
	}
	var err error
	if hw := f.section(s.name + ".HW"); hw != nil {
		if in.do.Hardware, err = in.registry(hw); err != nil {
			return nil, err
		}
		in.needs(hw)
	}
	if services := f.section(s.name + ".Services"); services != nil {
		if err := in.services(services); err != nil {
			return nil, err
		}
		in.needs(services)
	}
	return in.do, nil
}

// section reads the directives of the install section itself.
func (in *installer) section(s *section) error {
	for _, l := range s.lines {
		var err error
		switch strings.ToLower(l.key) {
		case "copyfiles":
			err = in.copyFiles(s, l)
		case "copyinf":
			in.do.CopyINF = append(in.do.CopyINF, in.d.names(l)...)
		case "driverver":
			in.do.DriverVer = driverVer(in.d, l)
		}
		if err != nil {
			return err
		}
	}
	in.needs(s)
	var err error
	in.do.Registry, err = in.registry(s)
	return err
}

// needs records Include and Needs, each name once.
func (in *installer) needs(s *section) {
	for _, l := range s.lines {
		to := &in.do.Include
		switch {
		case strings.EqualFold(l.key, "Needs"):
			to = &in.do.Needs
		case !strings.EqualFold(l.key, "Include"):
			continue
		}
		for _, name := range in.d.names(l) {
			if !slices.Contains(*to, name) && len(*to) < 100 {
				*to = append(*to, name)
			}
		}
	}
}

// named finds a section that an entry refers to.
func (in *installer) named(name string, by *section, l line) (*section, error) {
	if s := in.f.section(name); s != nil {
		return s, nil
	}
	return nil, &Error{l.no, by.name, fmt.Sprintf("%s names [%s], which is not there", l.key, name)}
}

// note records what Windows passes over.
func (in *installer) note(s *section, l line, format string, args ...any) {
	if len(in.do.Notes) < 100 {
		in.do.Notes = append(in.do.Notes, &Error{l.no, s.name, fmt.Sprintf(format, args...)})
	}
}

// flags is a number; what is none counts as 0, as for Windows.
func (in *installer) flags(s *section, l line, i int) uint32 {
	n, err := number(in.d.text(l.value(i)))
	if err != nil {
		in.note(s, l, "flags: %v", err)
	}
	return n
}

// count refuses what repeats itself without end.
func (in *installer) count(s *section, l line) error {
	if in.items++; in.items > maxItems {
		return &Error{l.no, s.name, fmt.Sprintf("more than %d files, services and registry entries", maxItems)}
	}
	return nil
}
