package action

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// Safe mode at every start until it is turned off, as msconfig sets it: for
// machines on which nobody can press F8 in time, and Windows 8 and later, which do
// not listen to it.
//
// Where: up to Server 2003 /safeboot:minimal or /safeboot:network behind the
// entry of boot.ini; from Vista on the element safeboot (25000080) of the loader
// object: 0 minimal, 1 network. "off" removes whatever kind of safe mode is set,
// directory services restore mode as well.
// Changed: the entry that starts this Windows by default, else its first one; no
// other switch, no title, no other entry.
// Refused: Windows NT 4.0, which has no safe mode; where no entry starts this
// Windows, which is a fault to be mended first.
var safeMode = Action{
	Name: "safe-mode", Argument: "on|off|network",
	Title: "Start Windows in safe mode, until it is turned off again",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, arg string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("start %s in safe mode", w.Label()), Brings: []string{"bcd-safeboot-left"}}
		switch arg {
		case "network":
			o.Title += " with network"
		case "off":
			o.Title, o.Brings = fmt.Sprintf("start %s without safe mode", w.Label()), nil
		}
		if arg != "off" {
			o.note("Windows starts in safe mode every time until safe-mode=off, or bootmend undo, takes it back.")
		}
		var err error
		switch generation, verr := loaderOfVersion(w); {
		case verr != nil:
			err = verr
		case edition.NT6 && generation == byBootManager:
			err = safeModeByBCD(d, w, arg, &o)
		case !w.Version.AtLeast(5, 0):
			err = refuse("%s has no safe mode; Windows 2000 was the first with one", w.Label())
		default:
			err = safeModeByINI(d, w, arg, &o)
		}
		return o, err
	},
}

func safeModeWhy(arg string) string {
	return map[string]string{"on": "Windows starts in safe mode", "network": "Windows starts in safe mode with network", "off": "Windows starts as usual"}[arg]
}

// safeBootSwitch is the switch of boot.ini, its value behind a colon.
const safeBootSwitch = "/safeboot"

func safeModeByINI(d *Desk, w *inspect.Installation, arg string, o *Outcome) error {
	e, err := d.iniEntry(w)
	if err != nil {
		return err
	}
	o.Steps, err = e.change(safeModeWhy(arg), func(*bootini.File) error {
		have, is := e.entry.Switch(safeBootSwitch)
		switch {
		case arg == "off":
			e.entry.RemoveSwitch(safeBootSwitch)
			return nil
		case is && strings.EqualFold(have.Value, "dsrepair"):
			o.note("The entry was set to directory services restore mode; that is replaced.")
		}
		kind := map[string]string{"on": "minimal", "network": "network"}[arg]
		if is && strings.HasPrefix(strings.ToLower(have.Value), kind+"(") { // minimal(alternateshell)
			return nil
		}
		return e.entry.AddSwitch(safeBootSwitch + ":" + kind)
	})
	if arg != "off" {
		e.notes(o, w)
	}
	return err
}

// notes says where a person has to choose in the menu.
func (e iniEntry) notes(o *Outcome, w *inspect.Installation) {
	if !e.starts {
		o.note("%s is not what boot.ini starts by default: choose %q in the menu.", w.Label(), e.entry.Title())
	}
	if e.several > 0 {
		o.note("boot.ini has %d further entries for %s; they are left as they are.", e.several, w.Label())
	}
}

func safeModeByBCD(d *Desk, w *inspect.Installation, arg string, o *Outcome) error {
	e, err := d.storeEntry(w)
	if err != nil {
		return err
	}
	have := e.loader.Element(bcd.ElementSafeBoot)
	o.Steps, err = e.change(d, w, safeModeWhy(arg), func(s *bcd.Editor) error {
		switch {
		case arg == "off" && have == nil:
			return nil
		case arg == "off":
			return s.Remove(e.loader.ID, bcd.ElementSafeBoot)
		case arg == "network":
			return s.Set(e.loader.ID, bcd.ElementSafeBoot, bcd.Integer(safeBootNetwork))
		}
		return s.Set(e.loader.ID, bcd.ElementSafeBoot, bcd.Integer(safeBootMinimal))
	})
	if err != nil || arg == "off" {
		return err
	}
	if have != nil {
		if n, err := have.Integer(); err == nil && n == safeBootRepair {
			o.note("The entry was set to directory services restore mode; that is replaced.")
		}
	}
	e.notes(o, w)
	return nil
}

// The values of safeboot. Source: Geoff Chappell, BCD Elements.
const (
	safeBootMinimal = 0
	safeBootNetwork = 1
	safeBootRepair  = 2 // of directory services
)

// notes says where a person has to choose in the menu.
func (e storeEntry) notes(o *Outcome, w *inspect.Installation) {
	if !e.starts {
		o.note("%s is not what the boot manager starts by default: choose it in the menu.", w.Label())
	}
}

// generation is what loads Windows.
type generation string

const (
	byNTLDR       generation = "ntldr"   // up to Server 2003: boot.ini
	byBootManager generation = "bootmgr" // from Vista on: BCD
)

// loaderOfVersion tells the generation of a Windows.
func loaderOfVersion(w *inspect.Installation) (generation, error) {
	switch {
	case w.VersionErr != nil:
		return "", refuse("which Windows is in %s on %s cannot be told (%v), and so not how it is started", w.Root, w.Volume.ID(), w.VersionErr)
	case w.Version.AtLeast(6, 0):
		return byBootManager, nil
	}
	return byNTLDR, nil
}
