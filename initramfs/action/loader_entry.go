package action

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// iniEntry is what starts a Windows up to Server 2003.
type iniEntry struct {
	*textFile
	entry   *bootini.Entry
	starts  bool // it is what starts by itself
	several int  // further entries for the same Windows
}

// iniEntry finds the entry of boot.ini that starts a Windows: the one that starts
// by itself where that does, else the first in the menu. Refusals say what to do.
func (d *Desk) iniEntry(w *inspect.Installation) (iniEntry, error) {
	l := bootchain.NTLoaderOf(d.Patient, w)
	switch {
	case l == nil:
		return iniEntry{}, refuse("the volume that %s is started from was not found, and so no boot.ini; have bootmend repair mend that first", w.Label())
	case l.FreeLoader:
		return iniEntry{}, refuse("%s is started by FreeLoader, whose freeldr.ini is not changed by this; edit its Options line", w.Label())
	case l.Menu.Missing:
		return iniEntry{}, refuse("there is no boot.ini on %s, so that there is no entry to change; have bootmend repair write one first", l.System.ID())
	case errors.Is(l.Menu.Err, bootchain.ErrMenuUTF16), errors.Is(l.Menu.Err, bootchain.ErrMenuZeros):
		return iniEntry{}, refuse("%s %s is no plain text (%v); save it in the Windows (ANSI) encoding first", l.System.ID(), l.Menu.Path, l.Menu.Err)
	case l.Menu.Err != nil:
		return iniEntry{}, refuse("%s %s cannot be read: %v", l.System.ID(), l.Menu.Path, l.Menu.Err)
	}
	t, err := d.bootINI(l.System, l.Menu.Path)
	if err != nil {
		return iniEntry{}, fmt.Errorf("%s %s: %w", l.System.ID(), l.Menu.Path, err)
	}
	e, lines := iniEntry{textFile: t}, t.ini.Entries()
	for i, one := range l.Menu.Entries {
		if one.Target.Windows != w || one.Target.Why != "" || one.Index >= len(lines) {
			continue
		}
		if e.entry != nil {
			e.several++
		}
		if starts := i == l.Menu.Default; e.entry == nil || starts {
			e.entry, e.starts = lines[one.Index], starts
		}
	}
	if e.entry == nil {
		return iniEntry{}, refuse("no entry of %s %s starts %s; have bootmend repair mend it first", l.System.ID(), l.Menu.Path, w.Label())
	}
	return e, nil
}
