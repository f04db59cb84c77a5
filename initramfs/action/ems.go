package action

import (
	"context"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// Emergency Management Services: boot loader, STOP errors and a console (SAC) on the
// first serial port, for machines without a screen.
//
// Where: on Server 2003 redirect= and redirectbaudrate= in [boot loader] of boot.ini
// and /redirect behind the entry; from Vista on the elements emsport and emsbaudrate of
// {emssettings}, bootems (16000020) of the boot manager, and ems (260000b0) of the
// loader object, as "bcdedit /emssettings", "/bootems" and "/ems" set them.
// Changed: port and speed only where none is set: COM1, 115200 baud. "off" keeps
// them in a store, where they do nothing by themselves, and in a boot.ini in which
// another entry still uses them.
// Refused: Windows before Server 2003, whose loader knows no EMS.
var ems = Action{
	Name: "ems", Argument: "on|off",
	Title: "Boot loader, blue screens and emergency console on the first serial port",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, arg string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("let %s use the first serial port (EMS)", w.Label())}
		if arg == "off" {
			o.Title = fmt.Sprintf("let %s leave the serial port alone (no EMS)", w.Label())
		}
		switch generation, err := loaderOfVersion(w); {
		case err != nil:
			return o, err
		case generation == byBootManager:
			return o, emsByBCD(d, w, arg == "on", &o)
		case !w.Version.AtLeast(5, 2) || !w.Version.Server():
			return o, refuse("%s has no Emergency Management Services; Windows Server 2003 was the first with them", w.Label())
		}
		return o, emsByINI(d, w, arg == "on", &o)
	},
}

const (
	emsSwitch = "/redirect"
	emsPort   = "redirect"
	emsBaud   = "redirectbaudrate"
	baudRate  = 115200
)

func emsByINI(d *Desk, w *inspect.Installation, on bool, o *Outcome) error {
	e, err := d.iniEntry(w)
	if err != nil {
		return err
	}
	o.Steps, err = e.change(emsWhy(on), func(f *bootini.File) error {
		if !on {
			e.entry.RemoveSwitch(emsSwitch)
			if !anyRedirects(f) {
				f.RemoveOption(emsPort)
				f.RemoveOption(emsBaud)
			}
			return nil
		}
		if _, ok := f.Option(emsPort); !ok {
			f.SetOption(emsPort, "COM1")
		}
		if _, ok := f.Option(emsBaud); !ok {
			f.SetOption(emsBaud, fmt.Sprint(baudRate))
		}
		return e.entry.AddSwitch(emsSwitch)
	})
	if on {
		port, _ := e.ini.Option(emsPort)
		baud, _ := e.ini.Option(emsBaud)
		o.note("The serial port is %s at %s baud.", port, baud)
		e.notes(o, w)
	}
	return err
}

func emsWhy(on bool) string {
	if on {
		return "loader and Windows can be reached by the serial port"
	}
	return "the serial port is free"
}

func anyRedirects(f *bootini.File) bool {
	for _, e := range f.Entries() {
		if _, ok := e.Switch(emsSwitch); ok {
			return true
		}
	}
	return false
}

// The elements. Source: Geoff Chappell, BCD Elements.
const (
	elementEMSPort bcd.ElementType = 0x15000022
	elementEMSBaud bcd.ElementType = 0x15000023
)

func emsByBCD(d *Desk, w *inspect.Installation, on bool, o *Outcome) error {
	e, err := d.storeEntry(w)
	if err != nil {
		return err
	}
	manager := e.store.Object(bcd.BootManager)
	if manager == nil {
		return refuse("the store %s %s has no boot manager object; have bootmend repair mend it first", e.volume.ID(), e.path)
	}
	if on {
		if err = e.emsOn(d, w, manager, o); err == nil {
			e.notes(o, w)
		}
		return err
	}
	o.Steps, err = e.change(d, w, emsWhy(false), func(s *bcd.Editor) error {
		if bootchain.IsYes(manager.Element(bcd.ElementBootEMS)) {
			if err := s.Remove(manager.ID, bcd.ElementBootEMS); err != nil {
				return err
			}
		}
		if bootchain.IsYes(e.loader.Element(bcd.ElementEMS)) {
			return s.Remove(e.loader.ID, bcd.ElementEMS)
		}
		return nil
	})
	return err
}

func (e storeEntry) emsOn(d *Desk, w *inspect.Installation, manager *bcd.Object, o *Outcome) error {
	settings := e.store.Object(bcd.EMSSettings)
	if settings == nil || !inherits(e.store, manager, bcd.EMSSettings, nil) {
		return refuse("the store %s %s has no {emssettings} that the boot manager inherits; set emsport and emsbaudrate with bootmend bcd set", e.volume.ID(), e.path)
	}
	port, baud := uint64(1), uint64(baudRate)
	var err error
	o.Steps, err = e.change(d, w, emsWhy(true), func(s *bcd.Editor) error {
		for _, one := range []struct {
			t     bcd.ElementType
			value *uint64
		}{{elementEMSPort, &port}, {elementEMSBaud, &baud}} {
			if have := settings.Element(one.t); have != nil {
				n, err := have.Integer()
				*one.value = n
				if err != nil {
					return err
				}
				continue
			}
			if err := s.Set(bcd.EMSSettings, one.t, bcd.Integer(*one.value)); err != nil {
				return err
			}
		}
		if err := s.Set(manager.ID, bcd.ElementBootEMS, bcd.Boolean(true)); err != nil {
			return err
		}
		return s.Set(e.loader.ID, bcd.ElementEMS, bcd.Boolean(true))
	})
	o.note("The serial port is COM%d at %d baud.", port, baud)
	return err
}

// inherits reports whether an object has the settings of another one, directly or
// through others.
func inherits(s *bcd.Store, o *bcd.Object, from bcd.GUID, seen []bcd.GUID) bool {
	e := o.Element(bcd.ElementInherit)
	if e == nil || slices.Contains(seen, o.ID) {
		return false
	}
	ids, _ := e.Objects() // those that can be read
	return slices.ContainsFunc(ids, func(id bcd.GUID) bool {
		parent := s.Object(id)
		return id == from || parent != nil && inherits(s, parent, from, append(seen, o.ID))
	})
}
