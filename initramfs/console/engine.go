package console

import (
	"context"
	"io"
	"slices"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
)

// Engine is what the console lets others do. Nothing but Recover, Commit and
// TakeBack writes to a disk.
type Engine interface {
	// Look opens the disks anew and examines them.
	Look(ctx context.Context, h Hearer) (*Look, error)
	// Plan opens the disks anew and plans.
	Plan(ctx context.Context, h Hearer, w session.Wish) (*report.Run, error)
	// Recover finishes what an interrupted repair left.
	Recover() ([]repair.Recovered, error)
	// Commit writes the plan of the last Plan. It is never interrupted.
	Commit(r *report.Run)

	// Bundles lists what can be taken back, the newest first.
	Bundles(ctx context.Context) ([]*repair.Bundle, error)
	PlanUndo(ctx context.Context, h Hearer, b *repair.Bundle, partial bool) (*report.Run, error)
	// TakeBack writes the plan of the last PlanUndo. It is never interrupted.
	TakeBack(r *report.Run, b *repair.Bundle)

	// Unlock tries a key on the volumes that are encrypted with BitLocker; one that
	// opens something is used from the next Look on.
	Unlock(key string) error

	// RegFiles lists the .reg files on attached media, by names that Plan
	// opens.
	RegFiles(ctx context.Context) ([]string, error)
}

// Look is what one look at the disks found.
type Look struct {
	Run         *report.Run
	Interrupted bool // there is a journal to finish
	// Letters are the drive letters that each Windows gives its volumes, by the
	// ID of the Windows.
	Letters map[string][]Letter
	// Services are the names of the drivers and services of each Windows.
	Services map[string][]string
}

// Letter is a drive letter of a Windows and what it stands for.
type Letter struct {
	Letter byte   // 'C'
	Where  string // "sda partition 1", or what Windows remembers
	Found  bool   // it is on these disks
}

// Hearer hears how work goes on; both may be nil.
type Hearer struct {
	Doing func(what string)
	Bytes repair.Progress
}

// options are those of a plan that is heard of.
func (h Hearer) options(o repair.Options) repair.Options {
	o.Doing, o.Progress = h.Doing, h.Bytes
	return o
}

// Sitting is the Engine in earnest. It holds disks open for reading from a look
// to the next.
type Sitting struct {
	Place session.Place
	Homes repair.Homes
	// Report, where it is not nil, is kept beside the undo bundle on a volume.
	Report repair.Report
	// Written, where it is not nil, gets each run that was to write, however it
	// ended.
	Written func(r *report.Run)

	open    []*session.Session
	media   *session.Session // the newest
	undoing *session.Undoing
}

// Close closes the disks.
func (s *Sitting) Close() {
	if s.undoing != nil {
		s.undoing.Close()
		s.undoing = nil
	}
	for _, o := range s.open {
		o.Close()
	}
	s.open, s.media = nil, nil
}

// again opens the disks anew.
func (s *Sitting) again() (*session.Session, error) {
	n, err := session.Open(s.Place)
	if err != nil {
		return nil, err
	}
	s.open, s.media = append(s.open, n), n
	return n, nil
}

// Look implements Engine.
func (s *Sitting) Look(ctx context.Context, h Hearer) (*Look, error) {
	s.Close()
	n, err := s.again()
	if err != nil {
		return nil, err
	}
	l := &Look{Interrupted: n.Interrupted()}
	if l.Run, err = n.Examine(ctx, session.Wish{Command: "scan", Options: h.options(repair.Options{Homes: s.Homes})}); err != nil {
		return nil, err
	}
	l.Letters, l.Services = letters(l.Run.Patient), services(l.Run.Patient)
	return l, nil
}

// Plan implements Engine.
func (s *Sitting) Plan(ctx context.Context, h Hearer, w session.Wish) (*report.Run, error) {
	n, err := s.again()
	if err != nil {
		return nil, err
	}
	w.Options.Homes, w.Options.Report = s.Homes, s.Report
	w.Options, w.Open = h.options(w.Options), s.openFile
	return n.Examine(ctx, w)
}

// Recover implements Engine.
func (s *Sitting) Recover() ([]repair.Recovered, error) {
	n, err := s.again()
	if err != nil {
		return nil, err
	}
	return n.Recover()
}

// Commit implements Engine.
func (s *Sitting) Commit(r *report.Run) {
	session.Commit(context.Background(), r)
	s.written(r)
}

func (s *Sitting) written(r *report.Run) {
	if s.Written != nil {
		s.Written(r)
	}
}

// Bundles implements Engine.
func (s *Sitting) Bundles(ctx context.Context) ([]*repair.Bundle, error) {
	n, err := s.again()
	if err != nil {
		return nil, err
	}
	if s.undoing != nil {
		s.undoing.Close()
		s.undoing = nil
	}
	if s.undoing, err = n.Undoable(ctx); err != nil {
		return nil, err
	}
	return s.undoing.Bundles, nil
}

// PlanUndo implements Engine; b is of the last Bundles.
func (s *Sitting) PlanUndo(ctx context.Context, h Hearer, b *repair.Bundle, partial bool) (*report.Run, error) {
	return s.undoing.Plan(ctx, b, partial, h.options(repair.Options{Homes: s.Homes}))
}

// TakeBack implements Engine.
func (s *Sitting) TakeBack(r *report.Run, b *repair.Bundle) {
	session.TakeBack(context.Background(), r, b)
	s.written(r)
}

// Unlock implements Engine.
func (s *Sitting) Unlock(key string) error {
	with := s.Place
	with.Keys = append(slices.Clone(s.Place.Keys), key)
	n, err := session.Open(with)
	if err != nil {
		return err
	}
	n.Close()
	s.Place = with
	return nil
}

var _ Engine = (*Sitting)(nil)

// closer makes a reader a file that needs no closing.
type closer struct{ io.Reader }

func (closer) Close() error { return nil }
