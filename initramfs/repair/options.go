package repair

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/condition"
)

// Options choose what a plan takes up and what it may do.
type Options struct {
	// Only and Except are IDs of conditions, or the names of single findings
	// (condition.ByName). Only empty: all that are found with high confidence; what it
	// names is taken up with low confidence, too.
	Only, Except []string
	// Leave are findings (Finding.Key) that a person chose not to have repaired, or,
	// with DiscardLog and DiscardHibernation, whose volumes are spared these.
	Leave []string
	// Homes says where the journal and the undo bundle go.
	Homes Homes
	// NoUndo goes on where there is no place for an undo bundle.
	NoUndo bool
	// Additions: only new files are written, to a volume that is no patient; what
	// was there before is not kept, because there was nothing.
	Additions bool
	// Uncovered goes on without a journal where there is no place for one: a
	// power cut while it writes may then leave the disk half repaired.
	Uncovered bool
	// DiscardLog empties NTFS logs that cannot be replayed: what was only in
	// them is lost. DiscardHibernation throws away the memory image of a
	// hibernated Windows, and with it what was not saved. Never set but by a
	// person.
	DiscardLog, DiscardHibernation bool
	// Report, where it is not nil, makes the report that is kept beside an undo
	// bundle on a volume.
	Report Report
	// Progress, where it is not nil, hears of long work.
	Progress Progress
	// Doing, where it is not nil, hears what is begun: "reading back what was
	// written". It is called from the goroutine that does the work.
	Doing func(what string)
	// Stamp names the transaction; the zero Stamp is replaced by a new one.
	Stamp Stamp
}

// Stamp is what makes a plan unique, so that the same plan made again comes
// out the same.
type Stamp struct {
	ID   [16]byte
	Time time.Time // what changed files get
}

// NewStamp is a random ID and the time given.
func NewStamp(now time.Time) (Stamp, error) {
	s := Stamp{Time: now.UTC().Truncate(time.Millisecond)}
	if _, err := rand.Read(s.ID[:]); err != nil {
		return s, fmt.Errorf("transaction id: %w", err)
	}
	return s, nil
}

// String is how an undo bundle is called: "20261126-120301-1f2e3d4c".
func (s Stamp) String() string {
	return s.Time.Format("20060102-150405") + fmt.Sprintf("-%x", s.ID[:4])
}

// Check refuses names that no condition has.
func (o Options) Check() error {
	for _, name := range slices.Concat(o.Only, o.Except) {
		if _, ok := condition.ByName(name); ok {
			continue
		}
		id, _, _ := strings.Cut(name, ":")
		if c, ok := condition.ByID(id); ok && c.Subject == "" {
			return fmt.Errorf("%q: %s has no more than one finding in a place; name it without what comes after it", name, id)
		} else if ok {
			return fmt.Errorf("%q: what comes after %s: is the %s", name, id, c.Subject)
		}
		var known []string
		for _, c := range condition.All() {
			known = append(known, c.ID)
		}
		return fmt.Errorf("there is no condition %q; there are: %s", name, known)
	}
	return nil
}

// wants reports whether a finding is to be taken up.
func (o Options) wants(f condition.Finding) bool {
	return (len(o.Only) == 0 || f.IsNamed(o.Only)) && !f.IsNamed(o.Except) && !slices.Contains(o.Leave, f.Key())
}

// Begin tells Doing, if there is one, what is begun.
func (o Options) Begin(what string) {
	if o.Doing != nil {
		o.Doing(what)
	}
}

// stamped makes sure that there is a stamp.
func (o Options) stamped() (Options, error) {
	if !o.Stamp.Time.IsZero() {
		return o, nil
	}
	var err error
	o.Stamp, err = NewStamp(time.Now())
	return o, err
}
