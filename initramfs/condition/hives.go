package condition

import (
	"errors"
	"fmt"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/hivesource"
)

// vitalHives are the hives without which no Windows starts; otherHives are
// judged where they exist. The rest of the registry belongs to users.
var (
	vitalHives = []string{"SYSTEM", "SOFTWARE"}
	otherHives = []string{"SAM", "SECURITY", "DEFAULT"}
)

// hiveSymptom is what the person sees without a usable hive of that name.
func hiveSymptom(name string) string {
	if name == "SYSTEM" {
		return `"\SYSTEM32\CONFIG\SYSTEM is missing or corrupt", 0xc000014c, or STOP 0x00000074 BAD_SYSTEM_CONFIG_INFO`
	}
	return "STOP 0xC0000218 UNKNOWN_HARD_ERROR: the registry cannot load the hive"
}

func hivePath(w *inspect.Installation, name string) string { return w.Path(`system32\config\` + name) }

// hiveGone reports whether there is no such hive, or nothing in it. Damage of the
// file system is none of it: condition volume-damaged says so.
func hiveGone(w *inspect.Installation, name string) (gone bool, why string) {
	info, err := w.Volume.FS.Stat(hivePath(w, name))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrNotDir):
		return true, "the file does not exist"
	case err == nil && info.IsDir():
		return true, "it is a directory"
	case err == nil && info.Size == 0:
		return true, "the file is empty"
	}
	return false, ""
}

// replacement is what takes the place of a hive.
type replacement struct {
	hivesource.Candidate
	Confidence Confidence
	Why        string // the reason for a low one
}

// own tells that the hive is mended rather than replaced.
func (r *replacement) own() bool { return r.Kind == hivesource.Own }

// freshEnough is how much older than the rest of the registry a copy may be to
// be put in place without asking: RegIdleBackup runs every ten days.
const freshEnough = 30 * 24 * time.Hour

// bestHive chooses: the hive itself where mending it loses nothing; else a whole
// copy; else what is left, which is for a person to want. Nil: there is nothing.
func bestHive(w *inspect.Installation, name string) (*replacement, error) {
	all, err := hivesource.Find(w.Volume.FS, w.Root, name)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Kind == hivesource.Own && c.Quality <= hivesource.Mendable {
			return &replacement{Candidate: c, Confidence: High}, nil
		}
	}
	for _, c := range all {
		if c.Quality != hivesource.Useless {
			r := &replacement{Candidate: c, Confidence: High}
			r.Why = doubt(w, name, c)
			if r.Why != "" {
				r.Confidence = Low
			}
			return r, nil
		}
	}
	return nil, nil
}

// doubt says why a copy is not put in place without asking, "" when nothing
// speaks against it. A copy that is much older than the rest of the registry
// knows nothing of drivers that were installed since.
func doubt(w *inspect.Installation, name string, c hivesource.Candidate) string {
	switch {
	case c.Kind == hivesource.Own:
		return "what cannot be read of it would be cut off"
	case c.Quality != hivesource.Whole:
		return "the copy is damaged itself"
	case name != "SYSTEM" && name != "SOFTWARE":
		return "SAM and SECURITY go together with the other hives of the same day"
	case c.Kind == hivesource.Snapshot:
		return "the hives of a restore point go together, and all of them would be replaced"
	case c.Kind != hivesource.RegBack && c.Kind != hivesource.Alternate:
		return "it is as of the installation or of an old backup"
	}
	sibling := map[string]string{"SYSTEM": "SOFTWARE", "SOFTWARE": "SYSTEM"}[name]
	all, err := hivesource.Find(w.Volume.FS, w.Root, sibling)
	if err != nil {
		return err.Error()
	}
	for _, s := range all {
		if s.Kind == hivesource.Own && s.Quality != hivesource.Useless {
			if age := s.Written.Sub(c.Written); age > freshEnough {
				return fmt.Sprintf("it is %d days older than %s", int(age.Hours()/24), sibling)
			}
			return ""
		}
	}
	return sibling + " cannot be read, so that nothing says how old the copy is"
}

// replaceHive is the step that puts the replacement in place.
func replaceHive(w *inspect.Installation, name string, r *replacement) (step.Step, error) {
	src, err := hivefile.OnVolume(w.Volume.FS, r.Path)
	if err != nil {
		return nil, err
	}
	change, _, err := hivefile.Repair(src, hivefile.RepairOptions{})
	if err != nil {
		return nil, err
	}
	content, err := step.NewContent(change.Content(), change.Size)
	if err != nil {
		return nil, err
	}
	s := step.WriteFile{Volume: w.Volume, Path: hivePath(w, name), New: content, Why: "Windows loads the hive " + name}
	old, err := step.StateOf(w.Volume.FS, s.Path)
	switch {
	case err == nil:
		s.Old = &old
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return s, nil
}

// hiveSteps are the steps for some hives of one Windows, and for those that go
// together with them.
func hiveSteps(w *inspect.Installation, names []string) ([]step.Step, error) {
	var steps []step.Step
	done := map[string]bool{}
	put := func(name string, r *replacement) error {
		if done[name] {
			return nil
		}
		done[name] = true
		s, err := replaceHive(w, name, r)
		if err == nil {
			steps = append(steps, s)
		}
		return err
	}
	for _, name := range names {
		r, err := bestHive(w, name)
		if err != nil {
			return nil, err
		}
		if r == nil {
			return nil, fmt.Errorf("%s: nothing can take its place", hivePath(w, name))
		}
		if err := put(name, r); err != nil {
			return nil, err
		}
		for _, other := range companions(name, r) {
			r, err := sameSet(w, other, r)
			if err == nil && r != nil {
				err = put(other, r)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return steps, nil
}

// companions are the hives that are replaced together with one: all of a restore
// point (KB 307545), and SECURITY with SAM.
func companions(name string, r *replacement) []string {
	switch {
	case r.own():
		return nil
	case r.Kind == hivesource.Snapshot:
		return append(append([]string{}, vitalHives...), otherHives...)
	case name == "SAM":
		return []string{"SECURITY"}
	case name == "SECURITY":
		return []string{"SAM"}
	}
	return nil
}

// sameSet is the copy of another hive in the directory of the first; nil where
// that Windows has none of it.
func sameSet(w *inspect.Installation, name string, first *replacement) (*replacement, error) {
	all, err := hivesource.Find(w.Volume.FS, w.Root, name)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Dir == first.Dir && c.Kind == first.Kind {
			if c.Quality == hivesource.Useless {
				return nil, fmt.Errorf("%s, which goes together with %s, cannot be used: %v", c.Path, first.Path, c.Reasons)
			}
			return &replacement{Candidate: c, Confidence: Low}, nil
		}
	}
	if gone, _ := hiveGone(w, name); gone {
		return nil, nil
	}
	return nil, fmt.Errorf("%s has no copy of %s, which goes together with the rest", first.Dir, name)
}

// judgeReplacement fills in what the finding of one hive can hope for.
func judgeReplacement(f *Finding, w *inspect.Installation, name string) {
	e := inspect.Evidence{Volume: w.Volume.ID(), Path: hivePath(w, name), Offset: -1}
	r, err := bestHive(w, name)
	switch {
	case err != nil:
		e.Actual = fmt.Sprintf("copies of it cannot be looked for: %v", err)
	case r == nil:
		e.Actual = "no usable copy of it was found on the volume"
	default:
		e.Path, e.Actual = r.Path, fmt.Sprintf("would take its place (%s, %s, %d keys, last changed %s)", r.Kind, r.Quality, r.Keys, r.Written.Format(time.DateOnly))
		if r.Why != "" {
			e.Actual += ": only on request, because " + r.Why
		}
	}
	f.Evidence = append(f.Evidence, e)
	if r == nil {
		f.Fixable = false
		return
	}
	if r.Confidence == Low {
		f.Confidence = Low
	}
}

// adviseOnHives says what to do where the repair does not do it by itself.
func adviseOnHives(f *Finding) {
	switch {
	case !f.Fixable:
		f.Confidence = High
		if f.Hides {
			f.Severity = Blocker // it cannot be edited either
		}
		f.Advice = `Restore the hive from a backup of your own; bootmend hive check says what is left of it, and bootmend fs put brings a copy in.`
	case f.Confidence == Low:
		f.Advice = fmt.Sprintf("The evidence names what would take its place and why it is not done by itself. repair --only %s does it; what is there now is kept and undo brings it back.", f.ID)
	}
}
