package repair

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// ChangedSinceError lists what is not any more as the repair left it.
type ChangedSinceError struct{ Places []string }

func (e *ChangedSinceError) Error() string {
	s := "these were changed since the repair, so it is not taken back:"
	for _, p := range e.Places {
		s += "\n  " + p
	}
	return s
}

// NewUndoPlan makes the plan that takes a repair back and removes its bundle.
// Keys and values of hives that were changed since the repair are left as they
// are (Plan.Left), since Windows rewrites its hives at every start. Files and
// sectors that were changed are a *ChangedSinceError; with partial they are left,
// too, and everything else is taken back. The plan writes nothing.
func NewUndoPlan(ctx context.Context, p *inspect.Patient, findings []condition.Finding, b *Bundle, partial bool, opt Options) (*Plan, error) {
	plan, err := newPlan(p, findings, opt)
	if err != nil {
		return nil, err
	}
	plan.restores = true
	for _, f := range findings {
		if f.ID == "journal-overtaken" {
			return nil, &RefusedError{f} // what the disks hold is not decided
		}
	}
	plan.remake = func(ctx context.Context, now *inspect.Patient, findings []condition.Finding) (*Plan, error) {
		again, err := b.on(now)
		if err != nil {
			return nil, err
		}
		return NewUndoPlan(ctx, now, findings, again, partial, plan.opt)
	}
	u := &undoing{patient: p, bundle: b, kept: map[string]bool{}}
	if err := u.collect(); err != nil {
		return nil, err
	}
	if len(u.changed) > 0 && !partial {
		return nil, &ChangedSinceError{u.changed}
	}
	plan.Left = append(u.changed, u.left...)
	// A bundle of which something is left is kept: it is the only copy.
	var removal []step.Step
	if len(plan.Left) == 0 {
		if removal, err = b.removal(); err != nil {
			return nil, err
		}
	}
	plan.Actions = []Action{{Title: "take back " + b.Manifest.ID, Steps: append(u.steps, removal...)}}
	if len(plan.Steps()) == 0 {
		return plan, nil
	}
	if because, blocked := plan.blocked(plan.Steps()); blocked {
		return nil, &RefusedError{because}
	}
	if err := plan.rehearse(ctx); err != nil {
		return nil, err
	}
	if len(plan.Left) == 0 {
		plan.Undo.host = b.host()
	}
	return plan, nil
}

// undoing turns the items of a bundle around.
type undoing struct {
	patient *inspect.Patient
	bundle  *Bundle
	steps   []step.Step
	changed []string        // files, directories and sectors
	left    []string        // keys and values, directories that hold more by now
	kept    map[string]bool // those, by keptKey
}

func (u *undoing) collect() error {
	items := slices.Clone(u.bundle.Manifest.Items)
	slices.Reverse(items)
	for _, item := range items {
		disk, volume, err := u.bundle.find(u.patient, item)
		if err != nil {
			return err
		}
		if item.Volume != nil && item.Action != bundle.WriteSectors && volume.FS == nil {
			return fmt.Errorf("%s cannot be read: %w", volume.ID(), fs.ErrUnsupported)
		}
		s, err := u.inverse(disk, volume, item)
		switch {
		case errors.Is(err, errTakenBack):
		case errors.Is(err, ErrChanged) && item.Key != "":
			u.left, u.kept[keptKey(item)] = append(u.left, err.Error()), true
		case errors.Is(err, ErrChanged):
			u.changed = append(u.changed, err.Error())
		case err != nil:
			return err
		default:
			u.steps = append(u.steps, s)
		}
	}
	return nil
}

// errTakenBack: the item is as it was before the repair already.
var errTakenBack = errors.New("as it was before")

// inverse is the step that takes an item back. Errors wrap ErrChanged where the
// place is neither as the repair left it nor as it was before.
func (u *undoing) inverse(d *inspect.Disk, v *inspect.Volume, i bundle.Item) (step.Step, error) {
	const why = "it is as before the repair"
	switch i.Action {
	case bundle.SetVariable:
		return u.variable(d, i, why)
	case bundle.SetValue:
		return u.value(v, i, why)
	case bundle.MakeKey, bundle.RemoveKey:
		return u.key(v, i, why)
	case bundle.WriteFile, bundle.Remove, bundle.Mkdir:
		return u.file(v, i, why)
	case bundle.Rename:
		from, to := isThere(v, i.To), isThere(v, i.Path)
		switch {
		case from && !to:
			return step.Rename{Volume: v, From: i.To, To: i.Path, Why: why}, nil
		case to && !from:
			return nil, errTakenBack
		}
		return nil, changedAt(v, i.To)
	case bundle.SetAttributes:
		info, err := v.FS.Stat(i.Path)
		if err != nil {
			return nil, changedAt(v, i.Path)
		}
		now, old := info.Attributes&step.Settable, fs.Attributes(i.Old.Attributes)
		switch now {
		case fs.Attributes(i.New.Attributes):
			return step.SetAttributes{Volume: v, Path: i.Path, Old: now, New: old, Why: why}, nil
		case old:
			return nil, errTakenBack
		}
		return nil, changedAt(v, "attributes of "+i.Path)
	case bundle.WriteSectors:
		now := make([]byte, len(i.New.Data))
		if n, err := d.Dev.ReadAt(now, i.Offset); n < len(now) {
			return nil, fmt.Errorf("%s at %#x: %w", d.Path, i.Offset, err)
		}
		switch {
		case slices.Equal(now, i.New.Data):
			return step.Patch{Disk: d, Volume: v, What: i.Value, Off: i.Offset, Old: i.New.Data, New: i.Old.Data, Why: why}, nil
		case slices.Equal(now, i.Old.Data):
			return nil, errTakenBack
		}
		return nil, fmt.Errorf("%s: %s at %#x: %w", d.Path, i.Value, i.Offset, ErrChanged)
	}
	return nil, fmt.Errorf("%q: %w", i.Action, fs.ErrUnsupported)
}

func changedAt(v *inspect.Volume, path string) error {
	return fmt.Errorf("%s %s: %w", v.ID(), path, ErrChanged)
}

func isThere(v *inspect.Volume, path string) bool {
	_, err := v.FS.Stat(path)
	return err == nil
}

// hive opens a hive of the patient, its logs replayed.
func (u *undoing) hive(v *inspect.Volume, path string) (*regf.Hive, error) {
	src, err := hivefile.OnVolume(v.FS, path)
	if err != nil {
		return nil, err
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil, err
	}
	return f.Hive, nil
}

func (u *undoing) value(v *inspect.Volume, i bundle.Item, why string) (step.Step, error) {
	hive, err := u.hive(v, i.Path)
	if err != nil {
		return nil, err
	}
	now, err := step.ValueOf(hive, i.Key, i.Value)
	if err != nil {
		return nil, err
	}
	before, after := dataOf(i.Old), dataOf(i.New)
	switch {
	case now.Equal(after):
		return step.SetValue{Volume: v, File: i.Path, Key: i.Key, Value: i.Value, Old: after, New: before, Why: why}, nil
	case now.Equal(before):
		return nil, errTakenBack
	}
	return nil, changedAt(v, fmt.Sprintf(`%s: %s\%s is %s, the repair made it %s`, i.Path, i.Key, i.Value, now, after))
}

// key takes back a key that was created or deleted.
func (u *undoing) key(v *inspect.Volume, i bundle.Item, why string) (step.Step, error) {
	hive, err := u.hive(v, i.Path)
	if err != nil {
		return nil, err
	}
	_, err = hive.Key(i.Key)
	there := err == nil
	if err != nil && !errors.Is(err, regf.ErrNotExist) {
		return nil, err
	}
	switch made := i.Action == bundle.MakeKey; {
	case made != there:
		return nil, errTakenBack
	case made:
		if what, err := u.foreign(hive, i); err != nil || what != "" {
			return nil, errors.Join(err, changedAt(v, fmt.Sprintf("%s: key %s, which the repair created, holds %s by now", i.Path, i.Key, what)))
		}
		return step.RemoveKey{Volume: v, File: i.Path, Key: i.Key, Why: why}, nil
	}
	k := step.MakeKey{Volume: v, File: i.Path, Key: i.Key, Why: why}
	if i.Old != nil {
		k.Class, k.Security = i.Old.Class, i.Old.Security
	}
	return k, nil
}

// foreign says what a key that the repair created holds beside what the repair
// put there, as a driver does that was started since: then the key stays.
func (u *undoing) foreign(hive *regf.Hive, i bundle.Item) (string, error) {
	k, err := hive.Key(i.Key)
	if err != nil {
		return "", err
	}
	ours := func(action bundle.Action, key, value string) bool {
		return slices.ContainsFunc(u.bundle.Manifest.Items, func(o bundle.Item) bool {
			return o.Action == action && o.Path == i.Path && regf.EqualFold(o.Key, key) && (action == bundle.MakeKey || regf.EqualFold(o.Value, value)) &&
				!u.kept[keptKey(o)]
		})
	}
	values, err := k.Values()
	if err != nil {
		return "", err
	}
	for _, v := range values {
		if !ours(bundle.SetValue, i.Key, v.Name()) {
			return "value " + v.Name(), nil
		}
	}
	below, err := k.Subkeys()
	for _, s := range below {
		if !ours(bundle.MakeKey, i.Key+`\`+s.Name(), "") {
			return "key " + s.Name(), nil
		}
	}
	return "", err
}

// keptKey names an item that stays as it is.
func keptKey(i bundle.Item) string {
	return string(i.Action) + "|" + i.Path + "|" + strings.ToUpper(i.Key) + "|" + strings.ToUpper(i.Value)
}

func dataOf(s *bundle.State) *step.Data {
	if s == nil {
		return nil
	}
	return &step.Data{Type: regf.Type(s.Type), Bytes: s.Data}
}

// file takes back a file or directory that was written, made or removed.
func (u *undoing) file(v *inspect.Volume, i bundle.Item, why string) (step.Step, error) {
	now, err := lookAt(v, i.Path)
	if err != nil {
		return nil, err
	}
	switch {
	case now.is(i.New):
	case now.is(i.Old):
		return nil, errTakenBack
	default:
		return nil, changedAt(v, i.Path)
	}
	switch {
	case i.Old == nil && i.New == nil:
		return nil, errTakenBack
	case i.Old == nil && i.New.Directory:
		return u.removesFolder(v, i.Path, why)
	case i.Old == nil:
		return step.Remove{Volume: v, Path: i.Path, Old: now.file, Why: why}, nil
	case i.Old.Directory:
		return step.Mkdir{Volume: v, Path: i.Path, Why: why}, nil
	}
	content, err := u.bundle.content(i.Old)
	if err != nil {
		return nil, err
	}
	w := step.WriteFile{Volume: v, Path: i.Path, Old: now.file, New: content, Why: why}
	if now.file == nil {
		attributes := fs.Attributes(i.Old.Attributes)
		w.Attributes = &attributes
	}
	return w, nil
}

// found is what is at a path now.
type found struct {
	directory bool
	file      *step.FileState
}

func lookAt(v *inspect.Volume, path string) (found, error) {
	info, err := v.FS.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return found{}, nil
	case err != nil:
		return found{}, err
	case info.IsDir():
		return found{directory: true}, nil
	}
	state, err := step.StateOf(v.FS, path)
	return found{file: &state}, err
}

func (f found) is(s *bundle.State) bool {
	switch {
	case s == nil:
		return !f.directory && f.file == nil
	case s.Directory:
		return f.directory
	}
	return f.file != nil && f.file.Size == s.Size && f.file.Sum.String() == s.SHA256
}

// sumOf reads the hash of a state; one that is none fits no file.
func sumOf(s *bundle.State) (step.FileState, error) {
	b, err := hex.DecodeString(s.SHA256)
	if err != nil || len(b) != len(step.Sum{}) {
		return step.FileState{}, fmt.Errorf("the bundle has a damaged hash %q", s.SHA256)
	}
	return step.FileState{Size: s.Size, Sum: step.Sum(b)}, nil
}
