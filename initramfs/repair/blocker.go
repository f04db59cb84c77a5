package repair

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// blocked finds what forbids the steps: a blocking finding on the same
// installation, the same volume, or the whole disk. BitLocker anywhere on the
// disk counts: Windows would ask for the recovery key.
func (p *Plan) blocked(steps []step.Step) (condition.Finding, bool) {
	return p.blockedFor(condition.Finding{}, steps)
}

// blockedFor is blocked for the steps that end f, which does not forbid its own
// end.
func (p *Plan) blockedFor(f condition.Finding, steps []step.Step) (condition.Finding, bool) {
	for _, b := range p.findings {
		blocks := b.Severity == condition.Blocker && !p.lifted(b) || hides(b, f) && !p.fixes(b) ||
			b.ID == unlockedID && f.ID != "" && !f.IsNamed(p.opt.Only)
		if !blocks || b.Key() == f.Key() {
			continue
		}
		for _, s := range steps {
			if b.InPlaceAllowed && step.InPlace(s) && besideLog(s) {
				continue
			}
			if forbids(b, s) {
				return b, true
			}
		}
	}
	return condition.Finding{}, false
}

// lifted reports whether a person accepted what it costs to go on.
func (p *Plan) lifted(b condition.Finding) bool {
	if slices.Contains(p.opt.Leave, b.Key()) {
		return false // accepted for another volume only
	}
	switch b.ID {
	case "ntfs-log-unclean":
		return p.opt.DiscardLog && canDiscardLog(b.Volume)
	case "hibernated":
		return p.opt.DiscardHibernation
	}
	return false
}

// spares reports whether a person who accepted a loss did not accept it for this
// volume. id is that of the finding.
func (p *Plan) spares(id string, v *inspect.Volume) bool {
	return slices.ContainsFunc(p.findings, func(b condition.Finding) bool {
		return b.ID == id && b.Volume != nil && b.Volume.Key() == v.Key() && slices.Contains(p.opt.Leave, b.Key())
	})
}

// canDiscardLog: a log of version 2.0 holds more than transactions.
func canDiscardLog(v *inspect.Volume) bool {
	return v != nil && v.State != nil && v.State.Log.Major < 2
}

func forbids(b condition.Finding, s step.Step) bool {
	disk, volume := s.Place()
	switch {
	case b.ID == "journal-overtaken", b.ID == "hibernated": // nothing at all is written beside these
		return true
	case b.ID == unlockedID && b.Severity == condition.Info:
		return b.Volume.Disk == disk && besideUnlocked(s)
	case b.ID == "bitlocker-locked":
		return b.Volume.Disk == disk
	case b.Windows != nil:
		return volume == b.Windows.Volume && within(b.Windows, s)
	case b.Volume != nil:
		return b.Volume == volume
	case b.Disk != nil:
		return b.Disk == disk
	}
	return false
}

// within reports whether the step changes the SYSTEM hive of the installation:
// what keeps us from editing it is no reason against other files.
func within(w *inspect.Installation, s step.Step) bool {
	return samePath(step.HiveOf(s), w.HivePath)
}

func samePath(a, b string) bool {
	return strings.EqualFold(fs.JoinPath(a), fs.JoinPath(b))
}

// fixes reports whether the plan ends the finding.
func (p *Plan) fixes(b condition.Finding) bool {
	return slices.ContainsFunc(p.Fixes, func(x Fix) bool { return x.Finding.Key() == b.Key() })
}

// hidden reports whether the plan already mends something that hides the true
// state of the finding's Windows.
func (p *Plan) hidden(f condition.Finding) bool {
	for _, fix := range p.Fixes {
		if fix.Finding.Windows != nil && hides(fix.Finding, f) {
			return true
		}
	}
	return false
}

// hides reports whether f could not be seen truly because of by: of the same Windows,
// or, where it hides a volume, on the same disk.
func hides(by, f condition.Finding) bool {
	if by.Hides && by.Windows == nil && by.Volume != nil && by.ID != f.ID {
		disk := f.Disk
		if v := f.OnVolume(); v != nil {
			disk = v.Disk
		}
		return disk != nil && disk.Path == by.Volume.Disk.Path
	}
	if c, ok := condition.ByID(f.ID); ok && c.InHive && by.Hides && by.Windows != nil && f.Windows == nil {
		v := f.OnVolume() // it asks the hives of a Windows, and is about the store that starts it
		return v != nil && v.Disk.Path == by.Windows.Volume.Disk.Path
	}
	return by.Hides && by.Windows != nil && f.Windows != nil && by.ID != f.ID &&
		by.Windows.Volume.Key() == f.Windows.Volume.Key() && samePath(by.Windows.Root, f.Windows.Root)
}

// rewrites reports whether the steps give a file other content than the plan
// already does: each of the two was made from what the file holds now.
func (p *Plan) rewrites(steps []step.Step) bool {
	for _, s := range steps {
		file, ok := s.(step.WriteFile)
		if ok && slices.ContainsFunc(p.Steps(), func(x step.Step) bool {
			planned, ok := x.(step.WriteFile)
			return ok && planned.Volume == file.Volume && samePath(planned.Path, file.Path) && planned.New.FileState != file.New.FileState
		}) {
			return true
		}
	}
	return false
}

// LaterNote says why a finding is left for the next repair.
func (p *Plan) LaterNote(f condition.Finding) string {
	if p.hidden(f) {
		return fmt.Sprintf("%s is left for the next repair: what is mended now hides the true state of %s.", f.Name(), f.Windows.Label())
	}
	return fmt.Sprintf("%s is left for the next repair: this one already writes the file that it changes.", f.Name())
}

func (p *Plan) laterNotes() []string {
	var all []string
	for _, f := range p.Later {
		all = append(all, p.LaterNote(f))
	}
	return all
}
