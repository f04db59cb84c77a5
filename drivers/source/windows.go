package source

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/drivers/pe"
)

// Windows is an installed Windows as a place of files.
type Windows struct {
	Tree Tree   // of the volume that it is on
	Root string // its folder: `\WINDOWS`
	// Label is for people; "" is the name of the tree and the folder.
	Label string
	// Volumes are other volumes of the same computer, whose \I386 and driver
	// folders are searched too.
	Volumes []Tree
	// Media are what a person provides; they are searched in every folder, cabinet
	// and self-extracting program, and a Windows on them as a donor.
	Media []Tree
}

// Name is for people.
func (w *Windows) Name() string {
	if w.Label != "" {
		return w.Label
	}
	return w.Tree.Name() + " " + Join(w.Root)
}

// Path is a path below the folder of Windows.
func (w *Windows) Path(below ...string) string {
	return Join(append([]string{w.Root}, below...)...)
}

// Kernel is the file version of system32\ntoskrnl.exe and its processor. It says
// more than the registry: the service pack and what was updated since.
func (w *Windows) Kernel() (pe.Version, pe.Machine, error) {
	path := w.Path("system32", "ntoskrnl.exe")
	f, err := w.Tree.Open(path)
	if err != nil {
		return pe.Version{}, 0, fmt.Errorf("%s: %w", w.Tree.Name(), err)
	}
	image, err := pe.Open(f, f.Size())
	if err != nil {
		return pe.Version{}, 0, fmt.Errorf("%s %s: %w", w.Tree.Name(), path, err)
	}
	v, err := image.Version()
	if err != nil {
		return pe.Version{}, image.Machine(), fmt.Errorf("%s %s: %w", w.Tree.Name(), path, err)
	}
	return v.File, image.Machine(), nil
}

// Origin is the kind of place that a file was found in.
type Origin string

// The kinds of places, in the order in which they are searched.
const (
	Drivers     Origin = "system32\\drivers"
	DriverStore Origin = "driver store"
	WinSxS      Origin = "component store"
	DriverCache Origin = "driver cache"
	ServicePack Origin = "service pack files"
	DLLCache    Origin = "file protection cache"
	LastGood    Origin = "last good drivers"
	Uninstall   Origin = "uninstall folder of an update"
	HotfixStore Origin = "hotfix store"
	SetupFolder Origin = "set-up files"
	OEM         Origin = "driver folder of the manufacturer"
	INFFolder   Origin = "INF folder"
	Medium      Origin = "medium"
)

// Older: the place keeps what updates have replaced, or branches of it.
func (o Origin) Older() bool { return o == Uninstall || o == HotfixStore }

// Want is a file of Windows that is looked for.
type Want struct {
	Name    string // "atapi.sys"
	Machine pe.Machine
	// Major, Minor and Build of the Windows that is to have it. When the
	// installation has a kernel that can be read, the file version of that
	// counts instead; Build 0 is not known.
	Major, Minor, Build int
	// ServicePack of the Windows, -1 is not known. It counts when the kernel
	// cannot be read.
	ServicePack int
}

// Candidate is a file that was found.
type Candidate struct {
	// Where is for people: `\WINDOWS\Driver Cache\i386\sp3.cab -> atapi.sys`, on
	// Volume.
	Where, Volume string
	Origin        Origin
	// Donor: it is from another Windows than the first; From is its name.
	Donor bool
	From  string
	// Version is that of VS_FIXEDFILEINFO; HasVersion false: the file has none.
	Version    pe.Version
	HasVersion bool
	Machine    pe.Machine
	Size       int64 // bytes
	// Fit says how its version goes with the Windows that is to have it.
	Fit Fit
	// Rejected says why it cannot be used, nil when it can.
	Rejected error

	open func() (File, error)
}

// Open gives the content, unpacked.
func (c *Candidate) Open() (File, error) { return c.open() }

// String is for people.
func (c *Candidate) String() string {
	s := c.Where + " on " + c.Volume
	if c.HasVersion {
		s += ", version " + c.Version.String()
	}
	if c.Rejected != nil {
		s += ": " + c.Rejected.Error()
	}
	return s
}

// Found is what a search for a file gave.
type Found struct {
	// Candidates that can be used, the best first.
	Candidates []Candidate
	// Rejected are files of that name that cannot be used.
	Rejected []Candidate
	// Problems are places that could not be read.
	Problems []error
	// Kernel is the version that candidates were ranked by; zero: the numbers
	// of Want.
	Kernel pe.Version
}

// Reasons to reject a file, to be tested with errors.Is.
var (
	ErrEmpty        = errors.New("the file is empty")
	ErrWrongMachine = errors.New("the file is for another processor")
	ErrNotDriver    = errors.New("the file cannot be loaded")
	ErrOtherWindows = errors.New("the file is of another version of Windows")
)

// Files looks for a file of Windows: in the installation that is to have it, then
// in others (donors), which count less. An error comes from reading the tree of
// the installation itself; everything else is told in the result.
func Files(want Want, w Windows, donors ...Windows) (*Found, error) {
	s := search{want: want, found: &Found{}}
	kernel, machine, err := w.Kernel()
	if err == nil {
		s.kernel, s.found.Kernel = kernel, kernel
		if want.Machine == 0 {
			s.want.Machine = machine
		}
	}
	if _, err := w.Tree.ReadDir(w.Root); err != nil {
		return nil, fmt.Errorf("%s: %w", w.Name(), err)
	}
	for i, installation := range append([]Windows{w}, donors...) {
		s.windows, s.donor, s.place = &installation, i > 0, 0
		s.search()
	}
	s.sort()
	return s.found, nil
}
