package condition

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// A hive of the registry is there, but no hive, cut short, or contradicts
// itself.
//
// Seen as: "\WINDOWS\SYSTEM32\CONFIG\SYSTEM is missing or corrupt" (NT 4 to
// 2003), 0xc000014c, STOP 0x00000074 BAD_SYSTEM_CONFIG_INFO, STOP 0xC0000218 for
// the other hives.
// Evidence: every cell of the hive, after the replay of its logs (package
// regfcheck).
// Fix, in this order: the logs are carried out and damage is mended where the
// rest of the hive proves what belongs there and nothing is cut off; else a whole
// copy takes its place (see hive-missing); cutting off what cannot be read, old
// copies and snapshots on request.
// Not fixed: where nothing is left and no copy is usable.
var hiveDamaged = Condition{
	ID:     "hive-damaged",
	Title:  "A hive of the registry is damaged",
	Detect: detectHiveDamaged,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		var names []string
		for name := range damagedHives(f.Windows) {
			names = append(names, name)
		}
		return hiveSteps(f.Windows, inOrder(names))
	},
}

// inOrder sorts hives as they are reported.
func inOrder(names []string) []string {
	var all []string
	for _, name := range append(append([]string{}, vitalHives...), otherHives...) {
		for _, n := range names {
			if n == name {
				all = append(all, n)
			}
		}
	}
	return all
}

// damagedHives says what is wrong with each damaged hive.
func damagedHives(w *inspect.Installation) map[string][]string {
	all := map[string][]string{}
	for _, name := range append(append([]string{}, vitalHives...), otherHives...) {
		if gone, _ := hiveGone(w, name); gone {
			continue
		}
		if why := hiveDamage(w, name); len(why) > 0 {
			all[name] = why
		}
	}
	return all
}

// hiveDamage lists what is wrong, in sentences; nil when nothing is, or when the
// file system or the disk is to blame.
func hiveDamage(w *inspect.Installation, name string) []string {
	src, err := hivefile.OnVolume(w.Volume.FS, hivePath(w, name))
	if err != nil {
		return nil // condition volume-damaged says so
	}
	c, err := hivefile.Check(src)
	switch {
	case errors.Is(err, regfcheck.ErrUnsupported), errors.Is(err, regf.ErrDamaged):
		return []string{err.Error()}
	case err != nil:
		return nil
	case !c.Usable && name == "SYSTEM" && w.HiveErr == nil:
		return nil // condition hive-log-pending
	}
	var why []string
	if !c.Usable {
		why = append(why, c.Reasons...)
	}
	for _, f := range c.Findings {
		if !f.Harmless && f.Kind != hivefile.UnusedEntries {
			why = append(why, fmt.Sprintf("%s: %s", f.Kind, f.Text))
		}
	}
	if len(why) == 0 && name == "SYSTEM" {
		why = notSystem(w)
	}
	return why
}

// notSystem says why a hive that is whole is no SYSTEM hive.
func notSystem(w *inspect.Installation) []string {
	switch {
	case w.HiveErr != nil && !errors.Is(w.HiveErr, fs.ErrDamaged):
		return []string{w.HiveErr.Error()}
	case errors.Is(w.SystemErr, registry.ErrNotSystem):
		return []string{w.SystemErr.Error()}
	case w.HiveErr == nil && w.SystemErr == nil && len(w.ControlSets) == 0:
		return []string{"it holds no control set"}
	}
	return nil
}

// shownDamage is how many contradictions are listed; a hive can have thousands.
const shownDamage = 5

func detectHiveDamaged(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		damaged := damagedHives(w)
		var names []string
		for name := range damaged {
			names = append(names, name)
		}
		if names = inOrder(names); len(names) == 0 {
			continue
		}
		f := Finding{ID: "hive-damaged", Result: Present, Severity: Fatal, Confidence: High, Windows: w, Fixable: true, Hides: names[0] == "SYSTEM",
			Symptom: hiveSymptom(names[0]),
			Summary: fmt.Sprintf("Hives of %s are damaged: %s.", w.Label(), strings.Join(names, ", "))}
		for _, name := range names {
			why := damaged[name]
			for i, text := range why[:min(len(why), shownDamage)] {
				e := inspect.Evidence{Volume: w.Volume.ID(), Path: hivePath(w, name), Offset: -1, Actual: text}
				if i == shownDamage-1 && len(why) > shownDamage {
					e.Actual += fmt.Sprintf(" (and %d more)", len(why)-shownDamage)
				}
				f.Evidence = append(f.Evidence, e)
			}
			judgeReplacement(&f, w, name)
		}
		adviseOnHives(&f)
		all = append(all, f)
	}
	return all
}
