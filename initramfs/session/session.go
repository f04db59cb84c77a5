package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
)

// ErrUsage is wrapped by errors about what was asked for, not about what is on
// the disks.
var ErrUsage = errors.New("not understood")

// usageError says in its own words what was wrong.
type usageError struct{ err error }

func (e usageError) Error() string   { return e.err.Error() }
func (e usageError) Unwrap() []error { return []error{ErrUsage, e.err} }

// Place says where the disks are and what they will run in.
type Place struct {
	Profile string   // machine profile, "" for what is known by itself
	Disks   []string // block devices and images; none: all disks of this machine
	Drivers []string // what a person named as holding driver packages
	// Image is the folder in which the rescue image has driver packages, "" on a
	// host.
	Image string
	// Variables is the folder with the variables of the machine's UEFI firmware as
	// Linux shows them; "": they are unknown.
	Variables string
	// Keys unlock volumes that are encrypted with BitLocker: recovery passwords, with
	// or without "ID:" before them, and paths of key files.
	Keys []string
	// SpareKeys are tried, too, and need not fit.
	SpareKeys []string
	StateDir  string // where journals and undo bundles of block devices are kept
}

// Session holds the disks open for reading until Close.
type Session struct {
	Machine *machine.Machine // nil: unknown
	Sources []inspect.Source
	Media   []source.Tree // where driver packages may come from
	place   Place
	files   []*block.File
}

// Open opens the disks. Errors about what place asks for wrap ErrUsage.
func Open(place Place) (*Session, error) {
	s := &Session{place: place}
	for _, path := range place.Drivers {
		t, err := media.Open(path)
		if err != nil {
			return nil, fmt.Errorf("--drivers %s: %w", path, err)
		}
		s.Media = append(s.Media, t)
	}
	if err := s.openDisks(); err != nil {
		s.Close()
		return nil, err
	}
	if err := s.unlock(); err != nil {
		s.Close()
		return nil, err
	}
	var err error
	if s.Machine, err = withVariables(s.Machine, place.Profile, place.Variables); err != nil {
		s.Close()
		return nil, err
	}
	if len(place.Disks) == 0 {
		s.Media = append(s.Media, attached(place.Image)...)
	}
	return s, nil
}

// Close closes the disks. What was found stays readable as far as it was read.
func (s *Session) Close() {
	for _, f := range s.files {
		f.Close() // nothing was written through it
	}
	s.files = nil
}

// attached are what a person put into this machine, the rescue medium itself,
// and what the image has in memory.
func attached(image string) []source.Tree {
	var all []source.Tree
	if info, err := os.Stat(image); err == nil && info.IsDir() {
		all = append(all, media.Folder(image))
	}
	return append(all, media.Attached("/sys", "/dev")...)
}

// Interrupted reports whether there is a journal to finish.
func (s *Session) Interrupted() bool {
	return repair.HasJournals(s.Machine, s.Sources, s.place.StateDir)
}

// Recover finishes open journals, if there are any: a healthy disk is not even
// opened for writing.
func (s *Session) Recover() ([]repair.Recovered, error) {
	return Recover(s.Machine, s.Sources, s.place.StateDir)
}

// Recover is Session.Recover for disks that were opened otherwise.
func Recover(m *machine.Machine, sources []inspect.Source, stateDir string) ([]repair.Recovered, error) {
	if !repair.HasJournals(m, sources, stateDir) {
		return nil, nil
	}
	var paths []string
	for _, src := range sources {
		if _, ok := src.Dev.(repair.Target); ok {
			paths = append(paths, src.Path)
		}
	}
	return repair.Recover(m, paths, repair.OpenUnlocked(repair.OpenDisk, sources), stateDir)
}

// Wish is what is to be found out, and what is to be done.
type Wish struct {
	Command string // "scan", "plan" or "repair", as the report names it
	Options repair.Options
	// Requests, where there are any, are what a person asks for; nothing else
	// is planned then. Windows is the ID of the one that is meant, "" for each.
	Requests []action.Request
	Windows  string
	Open     action.Opener // opens files that requests name; nil: on this host
	// Explain is the condition whose whole judgement the report is to hold; nil: none.
	Explain *condition.Condition
}

// Examine looks, walks the boot chains, detects, and unless the command is "scan"
// makes the plan. Nothing is written. What the plan stumbles over is Run.Err.
func (s *Session) Examine(ctx context.Context, w Wish) (*report.Run, error) {
	w.Options.Homes.StateDir = s.place.StateDir
	order := report.Order{Command: w.Command, Machine: s.Machine, Sources: s.Sources, Media: s.Media, Options: w.Options, Explain: w.Explain}
	if len(w.Requests) > 0 {
		opener := w.Open
		if opener == nil {
			opener = func(path string) (io.ReadCloser, error) { return os.Open(path) }
		}
		order.Actions = func(ctx context.Context, p *inspect.Patient) ([]repair.Action, error) {
			return action.Plan(ctx, p, w.Requests, action.Options{Windows: w.Windows, Open: opener})
		}
	}
	return order.Examine(ctx)
}

// Commit writes the plan of a run to the disks and completes the run.
func Commit(ctx context.Context, r *report.Run) {
	r.Done, r.Err = r.Plan.Commit(ctx, repair.OpenDisk)
	r.Committed = r.Err == nil
}
