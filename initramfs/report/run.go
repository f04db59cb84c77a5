package report

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
)

// Exit codes of the command line. They are part of its contract.
const (
	ExitOK          = 0  // nothing wrong, or all repaired and verified
	ExitError       = 1  // unreadable input
	ExitUsage       = 2  // the call was wrong
	ExitRepairable  = 10 // scan, plan: findings that can be repaired
	ExitPerson      = 11 // findings that need a person or another tool
	ExitNotWritten  = 12 // verification or a precondition failed, nothing was written
	ExitInterrupted = 13 // a commit was interrupted
	ExitInUse       = 14 // the disk is in use
)

// Run is everything that a command found and did.
type Run struct {
	Command  string // "scan", "plan" or "repair"
	Asked    bool   // a person asked for actions; findings are only shown
	Patient  *inspect.Patient
	Chains   map[string][]bootchain.Stage // by ID of the Windows
	Findings []condition.Finding          // before the repair
	Plan     *repair.Plan                 // nil for scan
	Alone    []condition.Finding          // of the condition to be explained, before others account for it
	// Of a repair:
	Recovered []repair.Recovered // interrupted repairs that were finished first
	Committed bool
	Done      repair.Done
	Err       error // what ended the run early

	// Earlier are the repairs of the same call that came before: what they
	// mended brought more to light.
	Earlier []*Run
	// LastRepair is the newest undo bundle on these disks, nil where there is none.
	LastRepair *LastRepair
	Time       time.Time // when it ran; zero is left out of the report
	kept       bool      // the report that is part of the repair; see Keep
}

// LastRepair is a repair that was made in an earlier call.
type LastRepair struct {
	UndoID string
	Where  string
	Time   time.Time
}

// Healthy reports whether nothing was found that anybody would have to do
// something about, and nothing was written.
func (r *Run) Healthy() bool {
	return r.ExitCode() == ExitOK && !r.Committed && !r.Asked && len(r.Earlier) == 0
}

// StepsFor gives the planned steps of a finding.
func (r *Run) StepsFor(f condition.Finding) []step.Step {
	if r.Plan == nil {
		return nil
	}
	for _, fix := range r.Plan.Fixes {
		if fix.Finding.Key() == f.Key() {
			return fix.Steps
		}
	}
	return nil
}

// ExitCode follows from the run.
func (r *Run) ExitCode() int {
	if code, ok := errorCode(r.Err); ok {
		return code
	}
	if r.Asked {
		return r.askedCode()
	}
	repairable, person := false, r.Plan != nil && len(r.Plan.Left) > 0 || r.Done.VariablesErr != nil
	findings := r.Findings
	if r.Committed {
		findings = r.Plan.Remaining
	}
	for _, f := range findings {
		switch {
		case f.Severity == condition.Info:
		case r.refused(f) || f.Severity == condition.Blocker || !f.Fixable:
			person = true
		case r.Committed && !r.wasFixable(f), r.later(f):
			repairable = true // it could not be seen before, or not truly, or what mends it was not there
		case r.Plan != nil && r.Err == nil && r.StepsFor(f) == nil:
			person = true // left out by --only, --except or low confidence
		default:
			repairable = true
		}
	}
	switch {
	case person:
		return ExitPerson
	case repairable:
		return ExitRepairable
	}
	return ExitOK
}

// askedCode is the exit code where a person asked for something: findings that
// have nothing to do with it do not count.
func (r *Run) askedCode() int {
	if r.Command == "plan" && r.Plan != nil && !r.Plan.Empty() {
		return ExitRepairable
	}
	return ExitOK
}

// wasFixable reports whether the finding was there before the repair and could have
// been part of it.
func (r *Run) wasFixable(f condition.Finding) bool {
	return slices.ContainsFunc(r.Findings, func(b condition.Finding) bool { return b.Fixable && b.Key() == f.Key() })
}

// later reports whether the finding's turn comes with the next repair.
func (r *Run) later(f condition.Finding) bool {
	return r.Plan != nil && slices.ContainsFunc(r.Plan.Later, func(x condition.Finding) bool { return x.Key() == f.Key() })
}

func (r *Run) refused(f condition.Finding) bool {
	if r.Plan == nil {
		return false
	}
	for _, x := range r.Plan.Refusals {
		if x.Finding.Key() == f.Key() {
			return true
		}
	}
	return false
}

// errorCode maps the error that ended a run.
func errorCode(err error) (int, bool) {
	var verify *repair.VerifyError
	var partial *repair.PartialError
	switch {
	case err == nil:
		return 0, false
	case errors.As(err, &partial), errors.Is(err, journal.ErrOpen):
		return ExitInterrupted, true
	case errors.As(err, new(*repair.RefusedError)), errors.As(err, new(*repair.ChangedSinceError)), errors.Is(err, hivefile.ErrDropsLogs), errors.Is(err, action.ErrRefused):
		return ExitPerson, true
	case errors.As(err, &verify), errors.Is(err, repair.ErrNoUndo), errors.Is(err, repair.ErrNoHome), errors.Is(err, repair.ErrChanged), errors.Is(err, repair.ErrDeclined), errors.Is(err, block.ErrReadOnly),
		errors.Is(err, journal.ErrChanged), errors.Is(err, journal.ErrInvalid), errors.Is(err, journal.ErrNoSpace):
		return ExitNotWritten, true
	case errors.Is(err, context.Canceled):
		return ExitNotWritten, true
	case errors.Is(err, block.ErrInUse):
		return ExitInUse, true
	case precondition(err):
		return ExitNotWritten, true
	}
	return ExitError, true
}

// precondition reports whether a file system said beforehand why a change
// cannot be made.
func precondition(err error) bool {
	for _, known := range []error{fs.ErrNoSpace, fs.ErrExist, fs.ErrNotEmpty, fs.ErrInvalidName, fs.ErrNameTooLong, fs.ErrNotDir, fs.ErrIsDir} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// PlanDoc is the plan in the JSON form.
type PlanDoc struct {
	Writes   []WriteDoc   `json:"writes"`
	Proof    []string     `json:"proof"`
	Refusals []RefusalDoc `json:"refusals"`
	Before   []StepDoc    `json:"before,omitempty"` // what makes volumes writable first
	Steps    []StepDoc    `json:"steps,omitempty"`  // of actions without a name; those of findings and other actions stand there
	Final    []string     `json:"final,omitempty"`  // what cannot be taken back
	Notes    []string     `json:"notes,omitempty"`
	Left     []string     `json:"left,omitempty"` // undo: what was changed since
}

// WriteDoc is a run of bytes that a commit writes.
type WriteDoc struct {
	Disk   string `json:"disk"`
	Offset int64  `json:"offset"`
	Length int64  `json:"length"`
}

// RefusalDoc says what forbids a fix.
type RefusalDoc struct {
	Finding string `json:"finding"`
	Windows string `json:"windows,omitempty"`
	Subject string `json:"subject,omitempty"`
	Because string `json:"because"`
	Reason  string `json:"reason"`
}

// ResultDoc is what a repair did. Where earlier repairs of the same call were written,
// Committed and BytesWritten are of all of them, and UndoID is that of the last.
type ResultDoc struct {
	Verified     bool   `json:"verified"`
	Committed    bool   `json:"committed"`
	UndoID       string `json:"undo_id"`
	UndoWhere    string `json:"undo_where,omitempty"`
	BytesWritten *int64 `json:"bytes_written"` // null in the report that is itself among the bytes
	Journal      string `json:"journal,omitempty"`
	// Variables of the firmware that were set, and why others were not.
	VariablesWritten int    `json:"variables_written,omitempty"`
	VariablesError   string `json:"variables_error,omitempty"`
	Error            string `json:"error,omitempty"`
}

func planDoc(p *repair.Plan) *PlanDoc {
	if p == nil {
		return nil
	}
	d := &PlanDoc{Writes: []WriteDoc{}, Proof: []string{}, Refusals: []RefusalDoc{}}
	for _, disk := range p.Disks {
		for _, c := range disk.Changes {
			d.Writes = append(d.Writes, WriteDoc{disk.Disk.Path, c.Off, c.Range().Len})
		}
		for _, s := range disk.Streams {
			d.Writes = append(d.Writes, WriteDoc{disk.Disk.Path, s.Off, s.Len})
		}
	}
	d.Proof = append(d.Proof, p.Proof...)
	for _, s := range p.Before {
		d.Before = append(d.Before, stepDoc(s))
	}
	for _, a := range p.Actions {
		if a.Name != "" {
			continue // they stand there
		}
		for _, s := range a.Steps {
			d.Steps = append(d.Steps, stepDoc(s))
		}
	}
	d.Final, d.Left, d.Notes = p.Undo.Final, p.Left, p.Notes
	for _, r := range p.Refusals {
		x := RefusalDoc{Finding: r.Finding.ID, Subject: r.Finding.Subject, Because: r.Because.ID, Reason: r.Because.Summary}
		if r.Finding.Windows != nil {
			x.Windows = r.Finding.Windows.ID
		}
		d.Refusals = append(d.Refusals, x)
	}
	return d
}

func resultDoc(r *Run) *ResultDoc {
	if r.Command != "repair" && r.Command != "undo" {
		return nil
	}
	d := &ResultDoc{Verified: r.Plan != nil && len(r.Plan.Proof) > 0, Journal: r.Done.Journal}
	bytes, written := r.bytesInAll(), r.written()
	d.Committed, d.BytesWritten = len(written) > 0, &bytes
	if r.kept {
		d.Verified, d.BytesWritten = true, nil
	}
	if n := len(written); n > 0 {
		d.UndoID, d.UndoWhere = written[n-1].Plan.Undo.ID, written[n-1].Plan.Undo.Where
	}
	d.VariablesWritten = r.Done.Variables
	if r.Done.VariablesErr != nil {
		d.VariablesError = r.Done.VariablesErr.Error()
	}
	if r.Err != nil {
		d.Error = r.reason()
	}
	return d
}
