package hivesource

import (
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// Kind is where a candidate comes from.
type Kind string

// The kinds of candidates.
const (
	Own       Kind = "the hive itself with its logs"
	Alternate Kind = "mirror (.alt)"
	RegBack   Kind = "backup by Windows (RegBack)"
	Backup    Kind = "backup of the system state (repair\\RegBack)"
	Snapshot  Kind = "System Restore"
	Setup     Kind = "copy from the installation"
)

// Quality says how far a candidate can be trusted.
type Quality int

// From best to worst.
const (
	Whole    Quality = iota // no damage
	Mendable                // damage that regfcheck mends, and nothing is cut off
	Partial                 // damage that regfcheck mends by cutting off what cannot be read
	Useless                 // not there, not a hive, of another kind, or beyond mending
)

// String gives the quality in a word.
func (q Quality) String() string {
	return [...]string{"whole", "mendable", "partial", "useless"}[q]
}

// Candidate is a file that may replace a hive.
type Candidate struct {
	Kind    Kind
	Path    string // on the volume
	Dir     string // the directory: hives of one set share it
	Quality Quality
	// Written is the newest time stamp of a key; of useless candidates that of
	// the file.
	Written time.Time
	// Taken is when a System Restore point was made, and Note its name.
	Taken time.Time
	Note  string
	State hivelog.State
	// Mends is the number of findings that a repair would mend, Lost how much of
	// the hive, in 1/1000, is then in cells that nothing refers to.
	Keys, Values, Mends, Lost int
	// Reasons are sentences for people: why it has its quality and its place.
	Reasons []string
}

// fewLost is how much of a hive, in 1/1000, may be lost before an old copy from
// the installation is the better one.
const fewLost = 10

// rank orders candidates: smaller is better. Copies from the installation know
// nothing of what was installed later and come late.
func (c *Candidate) rank() int {
	switch {
	case c.Quality == Useless:
		return 9
	case c.Quality == Partial && c.Lost > fewLost:
		return 8
	case c.Kind == Setup:
		return 4 + int(c.Quality)
	case c.Kind == Own && c.Quality == Whole:
		return 0
	}
	return 1 + int(c.Quality)
}
