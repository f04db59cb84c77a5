package condition

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Condition is one way in which a machine fails.
type Condition struct {
	ID    string // the file's name with dashes
	Title string // one line, for people
	// InHive: it is looked for in the SYSTEM hive. What a damaged hive seems to
	// say of it is not reported.
	InHive bool
	// Subject is what Finding.Subject names: "service of a driver". "" where there is
	// one finding for a place.
	Subject string
	// Hardware: its repair makes Windows start on hardware that it was not set up on,
	// or with another HAL. Versions that watch for that may ask for activation.
	Hardware bool
	// Detect looks for it everywhere on the patient. It returns findings that
	// are Present or Unknown; no finding means absent.
	Detect func(ctx context.Context, p *inspect.Patient) []Finding
	// Fix returns the steps that end a finding of this condition. Nil when it
	// takes a person or another tool.
	Fix func(p *inspect.Patient, f Finding) ([]step.Step, error)
}

// Result says whether a condition is there.
type Result string

// There is no "absent" finding: what is absent is not reported.
const (
	Present Result = "present"
	Unknown Result = "unknown"
)

// Severity says what the finding means for the next start.
type Severity string

// From worst to least.
const (
	Fatal   Severity = "fatal"   // Windows does not start
	Blocker Severity = "blocker" // nothing may be written until a person has dealt with it
	Warning Severity = "warning" // Windows starts, or it cannot be told
	Info    Severity = "info"    // an ordinary state that explains what else is shown
)

// Confidence says how sure we are. Automatic mode acts on High only.
type Confidence string

// The levels.
const (
	High Confidence = "high"
	Low  Confidence = "low"
)

// Finding is one condition at one place.
type Finding struct {
	ID         string
	Result     Result
	Severity   Severity
	Confidence Confidence
	// Where it is: Windows, else Volume, else Disk; all nil for the machine.
	Windows *inspect.Installation
	Volume  *inspect.Volume
	Disk    *inspect.Disk
	// Subject is what there has the fault, where each of several things can have it
	// (Condition.Subject); else "". Letter case does not count.
	Subject string
	// Symptom is what the person sees: the stop code or message.
	Symptom string
	// Summary says in one sentence what is wrong; for Unknown, why it could
	// not be told.
	Summary string
	// Advice says what a person can do where we cannot.
	Advice   string
	Evidence []inspect.Evidence
	// InPlaceAllowed: a Blocker of file systems that leaves it safe to overwrite
	// content where it lies.
	InPlaceAllowed bool
	// Hides: what else is wrong with the same Windows cannot be seen while this is
	// there. It is repaired alone, and what then comes to light is no consequence of
	// the repair. Of a volume without Windows the same goes for what comes to light on
	// its disk; what is seen there is repaired with it.
	Hides bool
	// Fixable: the condition has a fix and this finding lacks nothing for it.
	Fixable bool
}

// Key identifies the finding across two scans of the same patient.
func (f Finding) Key() string {
	key := f.ID + "|" + string(f.Result)
	switch {
	case f.Windows != nil:
		key += "|" + f.Windows.Volume.Key() + f.Windows.Root
	case f.Volume != nil:
		key += "|" + f.Volume.Key()
	case f.Disk != nil:
		key += "|" + f.Disk.Path
	}
	if f.Subject != "" {
		key += "|" + strings.ToLower(f.Subject)
	}
	return key
}

// OnVolume is the volume that the finding concerns, nil when it concerns none
// in particular.
func (f Finding) OnVolume() *inspect.Volume {
	if f.Windows != nil {
		return f.Windows.Volume
	}
	return f.Volume
}

// Detect runs all conditions, in the order of the list.
func Detect(ctx context.Context, p *inspect.Patient) ([]Finding, error) {
	var all []Finding
	for _, c := range All() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all = append(all, c.Alone(ctx, p)...)
	}
	return ofOtherDisks(p, withoutConsequences(all)), nil
}

// Alone returns the findings of this one condition, also those that Detect leaves
// out because another finding accounts for them.
func (c Condition) Alone(ctx context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, f := range guarded(ctx, c, p) {
		f.ID = c.ID
		f.Fixable = f.Fixable && c.Fix != nil
		all = append(all, inSentences(inItsWords(f)))
	}
	return all
}

// guarded runs one condition. A failure of the program in one of them must not
// take the findings of all others with it.
func guarded(ctx context.Context, c Condition, p *inspect.Patient) (all []Finding) {
	defer func() {
		if r := recover(); r != nil {
			all = []Finding{{Result: Unknown, Severity: Warning, Confidence: Low,
				Summary:  fmt.Sprintf("Whether this is so could not be told (%s): bootmend itself failed while it looked: %v.", c.Title, r),
				Advice:   "Report this with the evidence; the other findings stand.",
				Evidence: []inspect.Evidence{{Volume: "bootmend", Offset: -1, Actual: string(debug.Stack())}}}}
		}
	}()
	return c.Detect(ctx, p)
}

// ByID returns the condition with that ID.
func ByID(id string) (Condition, bool) {
	for _, c := range All() {
		if c.ID == id {
			return c, true
		}
	}
	return Condition{}, false
}
