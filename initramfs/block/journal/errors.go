package journal

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Errors that callers branch on.
var (
	// ErrNone: there is no journal.
	ErrNone = errors.New("no journal")
	// ErrOpen: a journal is open and was not finished.
	ErrOpen = errors.New("a journal is open")
	// ErrOvertaken: somebody else changed a disk since the cut.
	ErrOvertaken = errors.New("journal-overtaken")
	// ErrMissing: a disk of the journal is not attached. Nothing was written.
	ErrMissing = errors.New("a disk of the journal is missing")
	// ErrAmbiguous: two attached disks could be the same disk of the journal.
	ErrAmbiguous = errors.New("two disks look like the same one")
	// ErrChanged: a disk is not what the transaction was made on. Nothing was
	// written.
	ErrChanged = errors.New("the disk changed since it was scanned")
	// ErrVersion: the journal was written by another version of bootmend.
	ErrVersion = errors.New("journal of an unknown version")
	// ErrDamaged: record or payload cannot be trusted.
	ErrDamaged = errors.New("journal is damaged")
	// ErrNoPlace: there is no room for the record.
	ErrNoPlace = errors.New("no place for the journal's record")
	// ErrNoSpace: there is no room for the payload.
	ErrNoSpace = errors.New("not enough free space for the journal")
	// ErrInvalid: the transaction contradicts itself. Nothing was written.
	ErrInvalid = errors.New("transaction is not valid")

	errReadBack = errors.New("the disk does not give back what was written")
)

// Place is something that is neither as before nor as after.
type Place struct {
	Disk string
	block.Range
	What string
}

func (p Place) String() string { return fmt.Sprintf("%s at %v: %s", p.Disk, p.Range, p.What) }

// maxPlaces bounds the list of an OvertakenError.
const maxPlaces = 1000

// OvertakenError lists why a journal must not be replayed. It wraps
// ErrOvertaken.
type OvertakenError struct {
	Places []Place // at most 1000
}

func (e *OvertakenError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v: the disk was used since the power cut, an interrupted repair is not carried on", ErrOvertaken)
	for i, p := range e.Places {
		if i == 3 {
			fmt.Fprintf(&b, " and %d more", len(e.Places)-i)
			break
		}
		fmt.Fprintf(&b, "; %v", p)
	}
	return b.String()
}

func (e *OvertakenError) Unwrap() error { return ErrOvertaken }

// OpenError says that a journal stays open: the next start finishes it. It
// wraps ErrOpen and the cause.
type OpenError struct {
	State State
	Err   error
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("the journal stays open (%v) and is finished at the next start: %v", e.State, e.Err)
}

func (e *OpenError) Unwrap() []error { return []error{ErrOpen, e.Err} }

// NoPlaceError says why FindRecordSpace found nothing. It wraps ErrNoPlace.
type NoPlaceError struct {
	Gap      block.Range // what was looked at
	Reason   string
	Occupied int // blocks of the gap that hold something
}

func (e *NoPlaceError) Error() string {
	return fmt.Sprintf("%v: %s (gap %v, %d blocks occupied)", ErrNoPlace, e.Reason, e.Gap, e.Occupied)
}

func (e *NoPlaceError) Unwrap() error { return ErrNoPlace }

// joined keeps the first cause and what went wrong on top of it.
func joined(cause, err error) error {
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w (after: %w)", err, cause)
}
