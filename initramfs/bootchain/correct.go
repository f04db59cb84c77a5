package bootchain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// Correction is one change that a boot menu needs.
type Correction struct {
	Why   string // one sentence without a full stop
	Entry *MenuEntry
	// One of these says what is done: the entry leads to Windows; without an entry
	// one is added; Default makes Entry (or the added one) the one that starts by
	// itself; Drop removes switches of the entry.
	To      *inspect.Installation
	Default bool
	Drop    []string
	// Copy: a further entry like Entry, with these switches, and a menu that waits
	// long enough to choose it.
	Copy     bool
	Switches []string
	// Doubt says why it is done on request only, "" for nothing.
	Doubt string
	// Fatal: without it what starts by itself does not start.
	Fatal bool
}

// Wrong lists what has to change because entries or default= lead nowhere. unsure
// says in words what leads nowhere and cannot be corrected without a person.
func (l *NTLoader) Wrong() (all []Correction, unsure []string) {
	m := &l.Menu
	mended := map[int]*inspect.Installation{} // what entries lead to afterwards
	scsi, _ := l.NeedsSCSI()
	for _, c := range scsi {
		mended[l.index(c.Entry)] = c.To
	}
	for i := range m.Entries {
		e := &m.Entries[i]
		if e.ARC.Access != bootini.Multi || e.Target.Why == "" || e.Target.Unsure {
			continue
		}
		w, several := l.meant(e)
		switch {
		case w != nil && absent(e, w):
			continue
		case w != nil:
			mended[i] = w
			all = append(all, Correction{Entry: e, To: w, Fatal: i == m.Default,
				Why: fmt.Sprintf("%s leads nowhere (%s); its Windows is %s", e.place(), e.Target.Why, w.Label())})
		case several:
			unsure = append(unsure, fmt.Sprintf("entry %q leads nowhere (%s), and several Windows could be meant", e.Title, e.Target.Why))
		}
	}
	all = append(all, l.besideAbsent(mended)...)
	if c, why := l.wrongDefault(mended); c != nil {
		all = append(slices.DeleteFunc(all, func(o Correction) bool { return o.Entry == nil && c.Entry == nil && o.To == c.To }), *c)
	} else if why != "" {
		unsure = append(unsure, why)
	}
	return all, unsure
}

// index is the place of an entry in the menu.
func (l *NTLoader) index(e *MenuEntry) int {
	return slices.IndexFunc(l.Menu.Entries, func(o MenuEntry) bool { return o.Index == e.Index })
}

// meant finds the installation that an entry which leads nowhere was written
// for: the only one in a folder of that name that no entry leads to. Of several
// it is the one that was last started from such a path.
func (l *NTLoader) meant(e *MenuEntry) (w *inspect.Installation, several bool) {
	claimed := l.Claimed()
	var all []*inspect.Installation
	for _, one := range l.Windows {
		if _, _, _, ok := l.Address(one); ok && !claimed[one] && samePath(one.Root, e.ARC.Path) {
			all = append(all, one)
		}
	}
	if len(all) < 2 {
		return first(all), false
	}
	same := slices.DeleteFunc(slices.Clone(all), func(w *inspect.Installation) bool {
		a, err := bootini.ParseARC(lastStartedFrom(w))
		return err != nil || a.Partition != e.ARC.Partition
	})
	if len(same) == 1 {
		return same[0], false
	}
	return nil, true
}

func first(all []*inspect.Installation) *inspect.Installation {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// lastStartedFrom is the ARC path that the loader gave this Windows when it last
// started: Control\SystemBootDevice. "" when it is not there.
func lastStartedFrom(w *inspect.Installation) string {
	if w.System == nil || w.SystemErr != nil {
		return ""
	}
	set, err := w.System.ControlSet(bootSet(w.System))
	if err != nil {
		return ""
	}
	k, err := w.System.Hive.Key(set.Path + `\Control`)
	if err != nil {
		return ""
	}
	v, err := k.Value("SystemBootDevice")
	if err != nil {
		return ""
	}
	text, _ := v.Text()
	return text
}

// wrongDefault judges what starts by itself, after the entries in mended were
// corrected.
func (l *NTLoader) wrongDefault(mended map[int]*inspect.Installation) (c *Correction, unsure string) {
	m := &l.Menu
	why, fatal := "", true
	switch {
	case m.Default >= 0:
		e := m.Entries[m.Default]
		if e.Target.Why == "" || e.Target.Unsure || mended[m.Default] != nil || e.ARC.Access != bootini.Multi {
			return nil, ""
		}
		why = fmt.Sprintf("the entry that starts by itself leads nowhere (%s)", e.Target.Why)
	case m.StartsOther():
		if m.Ini != nil && l.unreached(mended) {
			return nil, "another system starts by itself, and no entry leads to a Windows of these disks"
		}
		return nil, ""
	case m.DefaultTarget != nil && m.DefaultTarget.Unsure:
		return nil, ""
	case m.DefaultTarget != nil && m.DefaultTarget.Why == "":
		why, fatal = fmt.Sprintf("default=%s is the left side of no entry", m.DefaultPath), false
		for i := range m.Entries {
			if w := m.DefaultTarget.Windows; mended[i] == w || m.Entries[i].Target.Windows == w && m.Entries[i].Target.Why == "" {
				return &Correction{Entry: &m.Entries[i], Default: true, Why: why}, ""
			}
		}
		return &Correction{To: m.DefaultTarget.Windows, Default: true, Why: why}, ""
	case m.DefaultPath != "":
		why = fmt.Sprintf("default=%s is the left side of no entry and leads nowhere", m.DefaultPath)
	default:
		return nil, "" // without default= the first entry starts
	}
	return l.otherDefault(mended, why, fatal)
}

// otherDefault chooses what is to start by itself instead: the only Windows that
// the entries lead to, else the only one there is.
func (l *NTLoader) otherDefault(mended map[int]*inspect.Installation, why string, fatal bool) (*Correction, string) {
	m := &l.Menu
	var works *MenuEntry
	var leads []*inspect.Installation
	for i := range m.Entries {
		e := &m.Entries[i]
		w := mended[i]
		switch {
		case w != nil:
		case e.Target.Why != "" || e.ARC.Access != bootini.Multi && l.scsiFault(e) != "":
			continue
		default:
			w = e.Target.Windows
		}
		if works == nil {
			works = e
		}
		if !slices.Contains(leads, w) {
			leads = append(leads, w)
		}
	}
	doubt := ""
	if m.Default >= 0 && m.Entries[m.Default].Target.NoDisk || m.DefaultTarget != nil && m.DefaultTarget.NoDisk {
		doubt = "the Windows that starts by itself may be on a disk that is not attached"
	}
	switch {
	case len(leads) == 1:
		return &Correction{Entry: works, Default: true, Why: why, Fatal: fatal, Doubt: doubt}, ""
	case len(leads) > 1:
		return nil, why + ", and the other entries lead to several Windows"
	case len(l.Windows) == 1:
		if _, _, _, ok := l.Address(l.Windows[0]); ok {
			return &Correction{To: l.Windows[0], Default: true, Why: why, Fatal: fatal, Doubt: doubt}, ""
		}
	}
	return nil, why
}

// NeedsSCSI lists entries that reach their disk by a SCSI driver, ntbootdd.sys,
// which cannot work here, each with the Windows it leads to; unsure those whose
// Windows is not certain.
func (l *NTLoader) NeedsSCSI() (all []Correction, unsure []string) {
	for i := range l.Menu.Entries {
		e := &l.Menu.Entries[i]
		if e.ARC.Access == bootini.Multi {
			continue
		}
		why := l.scsiFault(e)
		if why == "" {
			continue
		}
		w, doubt := e.Target.Windows, ""
		if e.Target.Why != "" {
			if w, _ = l.meant(e); w != nil && absent(e, w) {
				doubt = doubtAbsent
			}
		}
		chosen := i == l.Menu.Default
		if !chosen && (w == nil || l.reachedOtherwise(w)) {
			continue // it hinders nobody
		}
		if w == nil {
			unsure = append(unsure, fmt.Sprintf("entry %q: %s, and which Windows it is for cannot be told", e.Title, why))
			continue
		}
		if _, _, _, ok := l.Address(w); !ok {
			unsure = append(unsure, fmt.Sprintf("entry %q: %s, and the BIOS does not reach %s", e.Title, why, w.Volume.ID()))
			continue
		}
		all = append(all, Correction{Entry: e, To: w, Fatal: chosen, Doubt: doubt, Why: fmt.Sprintf("%s: %s", e.ARC.Device(), why)})
	}
	return all, unsure
}

// reachedOtherwise reports whether an entry leads to the installation through the
// BIOS.
func (l *NTLoader) reachedOtherwise(w *inspect.Installation) bool {
	return slices.ContainsFunc(l.Menu.Entries, func(e MenuEntry) bool {
		return e.ARC.Access == bootini.Multi && e.Target.Why == "" && e.Target.Windows == w
	})
}

// scsiFault says why a path through ntbootdd.sys cannot work, "" when it may.
func (l *NTLoader) scsiFault(e *MenuEntry) string {
	const driver = `\ntbootdd.sys`
	switch c := l.System.Disk.Controller; {
	case e.ARC.Access == bootini.Signature && e.Target.NoDisk:
		return e.Target.Why
	case !Exists(l.System, driver):
		return driver + " does not exist on " + l.System.ID()
	case checkPE(l.System, driver, pe.X86) != nil:
		return checkPE(l.System, driver, pe.X86).Error()
	case c != nil && c.Class != 0 && c.SubClass() != machine.ClassSCSI && c.SubClass() != machine.ClassRAID:
		return fmt.Sprintf("the disk hangs on %s, which no SCSI driver reaches", c)
	}
	if e.Target.Why != "" && !e.Target.Unsure {
		return e.Target.Why
	}
	return ""
}

// MissingSwitchFiles lists /KERNEL= and /HAL= that name files which are not
// there or cannot be used, where the entry leads or will lead when its path is
// corrected.
func (l *NTLoader) MissingSwitchFiles() (all []Correction) {
	leads, chosen := l.corrected()
	for i := range l.Menu.Entries {
		e := &l.Menu.Entries[i]
		w := leads[i]
		if w == nil || w.Volume.FS == nil {
			continue
		}
		c := Correction{Entry: e, Fatal: i == chosen}
		var why []string
		for _, s := range []struct{ name, file string }{{"/KERNEL", e.Kernel}, {"/HAL", e.HAL}} {
			if s.file == "" {
				continue
			}
			if err := checkPE(w.Volume, w.Path(`system32\`+s.file), MachineOf(w)); err != nil {
				c.Drop = append(c.Drop, s.name)
				why = append(why, fmt.Sprintf("%s=%s: %v", s.name, s.file, err))
			}
		}
		if len(c.Drop) > 0 {
			c.Why = strings.Join(why, "; ")
			all = append(all, c)
		}
	}
	return all
}

// corrected says by their places where entries lead, and which of them starts by
// itself, when all is corrected that needs no person.
func (l *NTLoader) corrected() (leads map[int]*inspect.Installation, chosen int) {
	leads, chosen = map[int]*inspect.Installation{}, l.Menu.Default
	for i, e := range l.Menu.Entries {
		leads[i] = e.Target.Windows
	}
	wrong, _ := l.Wrong()
	scsi, _ := l.NeedsSCSI()
	for _, c := range append(wrong, scsi...) {
		if c.Entry == nil || c.Doubt != "" {
			continue
		}
		i := l.index(c.Entry)
		if c.To != nil {
			leads[i] = c.To
		}
		if c.Default {
			chosen = i
		}
	}
	return leads, chosen
}
