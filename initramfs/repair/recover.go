package repair

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/journal/filehome"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
)

// OpenJournal is a journal that an interrupted repair left behind. Journal is
// nil when Err says why it cannot be judged.
type OpenJournal struct {
	Where   string // "on /dev/sda", or the file
	Journal *journal.Journal
	Err     error
	file    *filehome.File
	empty   string // path of a file in which a cut left nothing at all
}

// Close lets go of the journal's file.
func (o OpenJournal) Close() {
	if o.file != nil {
		o.file.Close() // nothing was written through it, or it was flushed
	}
}

// FindJournals looks for open journals: on the disks, beside images, and for
// block devices in the state directory. It only reads. A journal in the state
// directory whose disks are not among these belongs to others and is passed
// over.
func FindJournals(disks []journal.Attached, stateDir string) []OpenJournal {
	var found []OpenJournal
	homes, err := journal.Find(disks)
	if err != nil {
		found = append(found, OpenJournal{Where: "on a disk", Err: err})
	}
	for _, h := range homes {
		o := OpenJournal{Where: "on " + disks[h.Disk].Name}
		o.Journal, o.Err = journal.Open(disks, h)
		found = append(found, o)
	}
	devices := false
	for _, d := range disks {
		if isDevice(d.Name) {
			devices = true
			continue
		}
		if path := filehome.Beside(d.Name); exists(path) {
			found = append(found, openFile(disks, path))
		}
	}
	if devices {
		found = append(found, inStateDir(disks, stateDir)...)
	}
	return found
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func inStateDir(disks []journal.Attached, dir string) []OpenJournal {
	paths, err := filehome.List(dir)
	if err != nil {
		return []OpenJournal{{Where: dir, Err: err}}
	}
	var found []OpenJournal
	for _, path := range paths {
		o := openFile(disks, path)
		if errors.Is(o.Err, journal.ErrMissing) {
			o.Close()
			continue
		}
		found = append(found, o)
	}
	return found
}

// openFile judges a journal in a file. A file in which nothing was begun is
// one, too: it is removed when it is finished.
func openFile(disks []journal.Attached, path string) OpenJournal {
	o := OpenJournal{Where: path}
	if o.file, o.Err = filehome.Open(path); o.Err != nil {
		o.file = nil
		if errors.Is(o.Err, journal.ErrNone) {
			o.Err, o.empty = nil, path
		}
		return o
	}
	if o.Journal, o.Err = journal.Open(disks, o.file.Home()); errors.Is(o.Err, journal.ErrNone) {
		o.Err = o.file.Unused()
	}
	return o
}

// Attach describes a disk to the journal: the machine, where it is known, knows
// model and serial number.
func Attach(m *machine.Machine, path string, dev journal.Target) (a journal.Attached) {
	a = journal.Attached{Name: path, Dev: dev}
	defer func() {
		if k := keyed(dev); k != "" {
			a.Model = shorten(k + "; " + a.Model)
		}
	}()
	if m != nil {
		for _, d := range m.Disks {
			if d.Path == path {
				a.Model, a.Serial = shorten(d.Model), shorten(d.Serial)
			}
		}
	}
	return a
}

// Recovered is a journal that was finished.
type Recovered struct {
	Where   string
	Outcome journal.Outcome
	Leaked  bool
}

func (r Recovered) String() string {
	what := "the disk is as before the repair"
	if r.Outcome == journal.After {
		what = "the repair is complete"
	}
	s := fmt.Sprintf("an interrupted repair (journal %s) was finished: %s", r.Where, what)
	if r.Leaked {
		s += "; some free clusters stay marked as used until Windows checks the volume"
	}
	return s
}

// Recover finishes all open journals of the disks, which it opens exclusively.
// A journal that must not be carried on gives an error that wraps
// journal.ErrOvertaken; what can be finished is finished all the same.
func Recover(m *machine.Machine, paths []string, open OpenTarget, stateDir string) ([]Recovered, error) {
	var disks []journal.Attached
	for _, path := range paths {
		t, err := open(path)
		if err != nil {
			return nil, err
		}
		defer t.Close()
		disks = append(disks, Attach(m, path, sectored(t, part.SectorSize(t))))
	}
	var done []Recovered
	var errs []error
	for _, o := range FindJournals(disks, stateDir) {
		r, err := o.finish()
		if err != nil {
			errs = append(errs, fmt.Errorf("journal %s: %w", o.Where, err))
			continue
		}
		done = append(done, r)
		if r.Outcome == journal.Before && o.Journal != nil {
			errs = append(errs, dropBundle(paths, stateDir, o.Journal.Record.ID))
		}
	}
	return done, errors.Join(errs...)
}

// dropBundle removes the undo bundle on the host of a repair that did not
// happen.
func dropBundle(paths []string, stateDir string, id [16]byte) error {
	dirs := []string{bundle.In(stateDir)}
	for _, path := range paths {
		dirs = append(dirs, bundle.Beside(path))
	}
	var errs []error
	for _, dir := range dirs {
		folders, err := bundle.Folders(dir)
		errs = append(errs, err)
		for _, f := range folders {
			if m, err := f.Manifest(); err == nil && m.Transaction == hex.EncodeToString(id[:]) {
				errs = append(errs, f.Remove())
			}
		}
	}
	return errors.Join(errs...)
}

// finish carries one journal to its end and removes its file.
func (o OpenJournal) finish() (Recovered, error) {
	r := Recovered{Where: o.Where, Outcome: journal.Before}
	if o.Err != nil {
		o.Close()
		return r, o.Err
	}
	if o.Journal != nil {
		if o.Journal.Verdict == journal.Overtaken {
			o.Close()
			return r, &journal.OvertakenError{Places: o.Journal.Places}
		}
		result, err := o.Journal.Finish()
		if err != nil {
			o.Close()
			return r, err
		}
		r.Outcome, r.Leaked = result.Outcome, result.Leaked
	}
	if o.empty != "" {
		return r, os.Remove(o.empty)
	}
	if o.file != nil {
		return r, o.file.Remove()
	}
	return r, nil
}
