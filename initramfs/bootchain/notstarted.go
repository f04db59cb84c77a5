package bootchain

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// NotStarted lists the disks with a Windows of their own from which the machine
// does not start, each with a sentence that says what it starts from: old disks
// that were built in for their data. The chain of such a disk does not hold, no
// boot menu or store of another disk leads to a Windows on it, and another disk
// has a Windows and a chain that holds. The disk that a BIOS comes to first is
// one only without an active partition: with one it is what the BIOS starts, and
// what stops there is a fault.
func NotStarted(p *inspect.Patient) map[*inspect.Disk]string {
	all := map[*inspect.Disk]string{}
	for _, d := range p.Disks {
		b, err := ReadBIOSDisk(d)
		if err != nil || b == nil || !hasWindows(p, d) || b.RunsOwn() || b.Starts() {
			continue
		}
		if order := rdiskOrder(p, nil); len(b.Flagged) > 0 && len(order) > 0 && order[0] == d {
			continue
		}
		if other := holdingDisk(p, d); other != nil && !startsFromAnother(p, d) && !startsAnother(p, d) {
			all[d] = fmt.Sprintf("the machine starts from %s, whose boot menu does not name it", other.Name())
		}
	}
	return all
}

func hasWindows(p *inspect.Patient, d *inspect.Disk) bool {
	return slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == d })
}

// holdingDisk is another disk with a Windows whose chain up to the loader holds.
func holdingDisk(p *inspect.Patient, d *inspect.Disk) *inspect.Disk {
	for _, o := range p.Disks {
		if o == d || o.Err != nil || o.Rescue || o.Table == nil || !hasWindows(p, o) {
			continue
		}
		if o.Table.Scheme == part.GPT {
			if slices.ContainsFunc(o.Volumes, func(v *inspect.Volume) bool {
				return v.Partition.IsESP() && v.FS != nil && HasFile(v.FS, `\EFI\Microsoft\Boot\bootmgfw.efi`)
			}) {
				return o
			}
			continue
		}
		if b, err := ReadBIOSDisk(o); err == nil && b != nil && b.Starts() {
			return o
		}
	}
	return nil
}

// startsAnother reports whether a Windows on another disk is started from this
// one.
func startsAnother(p *inspect.Patient, d *inspect.Disk) bool {
	return slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool {
		v := SystemVolume(p, w)
		return w.Volume.Disk != d && v != nil && v.Disk == d
	})
}

// startsFromAnother reports whether the loader on another disk leads to a Windows
// on this one, or may be meant to: its menu is not there, or has an entry that
// leads nowhere and names such a folder.
func startsFromAnother(p *inspect.Patient, d *inspect.Disk) bool {
	for _, l := range NTLoaders(p) {
		if l.System.Disk != d && slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == d && l.mayName(w) }) {
			return true
		}
	}
	for _, m := range BootManagers(p) {
		if m.System.Disk != d && slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == d && m.mayName(p, w) }) {
			return true
		}
	}
	return false
}

func (l *NTLoader) mayName(w *inspect.Installation) bool {
	m := &l.Menu
	if m.Missing || m.Err != nil || l.EmptyMenu() {
		return slices.Contains(l.Windows, w)
	}
	if m.DefaultTarget != nil && m.DefaultTarget.Windows == w {
		return true
	}
	return slices.ContainsFunc(m.Entries, func(e MenuEntry) bool {
		return e.Target.Windows == w || e.Target.Why != "" && samePath(e.ARC.Path, w.Root)
	})
}

// mayName: an entry that leads to no Windows at all may have been that of any.
func (m *BootManager) mayName(p *inspect.Patient, w *inspect.Installation) bool {
	if !edition.NT6 {
		return false
	}
	if m.Store == nil {
		return slices.Contains(m.Windows, w)
	}
	if m.Loader(w) != nil {
		return true
	}
	if IsNT5(w) {
		return false // it is started by its own loader, which NTLoaders tells
	}
	return slices.ContainsFunc(m.Store.Objects, func(o *bcd.Object) bool {
		return o.Type == bcd.TypeLoader && !IsYes(o.Element(bcd.ElementWinPE)) && !slices.ContainsFunc(p.Windows, func(one *inspect.Installation) bool {
			id, err := StoreIdentity(one.Volume)
			return err == nil && StartsFrom(o, id, one.Root)
		})
	})
}
