package action

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

const bootINIPath = `\boot.ini`

// iniEntry is what starts a Windows up to Server 2003.
type iniEntry struct {
	*textFile
	entry   *bootini.Entry
	starts  bool // it is what default= names
	several int  // further entries for the same Windows
}

// iniEntry finds the entry of boot.ini that starts a Windows: the default one
// where that does, else the first in the menu. Refusals say what to do.
func (d *Desk) iniEntry(w *inspect.Installation) (iniEntry, error) {
	files, err := d.bootINIs(w)
	if err != nil {
		return iniEntry{}, err
	}
	if len(files) == 0 {
		return iniEntry{}, refuse("there is no boot.ini for %s, so that there is no entry to change; bootmend repair says what else is missing", w.Label())
	}
	var found []iniEntry
	for _, t := range files {
		e := iniEntry{textFile: t}
		first := t.ini.DefaultEntry()
		for _, one := range t.ini.Entries() {
			isDefault := first != nil && one.Path() == first.Path() && !e.starts
			if !d.leadsTo(t.volume, one, w) {
				continue
			}
			switch {
			case e.entry == nil:
				e.entry, e.starts = one, isDefault
			case isDefault:
				e.entry, e.starts, e.several = one, true, e.several+1
			default:
				e.several++
			}
		}
		if e.entry != nil {
			found = append(found, e)
		}
	}
	switch len(found) {
	case 0:
		return iniEntry{}, refuse("no entry of %s %s starts %s; have bootmend repair mend it first", files[0].volume.ID(), bootINIPath, w.Label())
	case 1:
		return found[0], nil
	}
	var places []string
	for _, e := range found {
		places = append(places, e.volume.ID())
	}
	return iniEntry{}, refuse("%s can be started by the boot.ini of %s; which one counts depends on the firmware: detach the disks that it does not start from", w.Label(), strings.Join(places, " and of "))
}

// bootINIs opens the boot.ini files that may start a Windows: those of active
// partitions, without any those of others.
func (d *Desk) bootINIs(w *inspect.Installation) ([]*textFile, error) {
	var active, others []*textFile
	for _, v := range d.Patient.Volumes() {
		if v.FS == nil || v.IsDisc() {
			continue
		}
		t, err := d.bootINI(v, bootINIPath)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrIsDir) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s for %s: %w", bootINIPath, w.Label(), err)
		}
		if v.Partition.Active {
			active = append(active, t)
		} else {
			others = append(others, t)
		}
	}
	if len(active) > 0 {
		return active, nil
	}
	return others, nil
}

// leadsTo reports whether an entry of a boot.ini starts a Windows. The disk is
// told by the signature in signature() paths, by the order of the disks in multi()
// paths with more than one disk; what scsi() paths name is known to their
// driver only, so there partition and folder decide.
func (d *Desk) leadsTo(from *inspect.Volume, e *bootini.Entry, w *inspect.Installation) bool {
	arc, err := e.ARC()
	if err != nil || arc.Partition == 0 || arc.Partition != w.Volume.Partition.NTNumber || !strings.EqualFold(fs.JoinPath(arc.Path), fs.JoinPath(w.Root)) {
		return false
	}
	disk := w.Volume.Disk
	switch arc.Access {
	case bootini.Signature:
		return disk.Table != nil && disk.Table.Signature == arc.Adapter
	case bootini.Multi:
		order := d.biosOrder(from.Disk)
		return arc.RDisk < len(order) && order[arc.RDisk] == disk
	}
	return true
}

// biosOrder is the order in which the BIOS numbers the disks, as far as it can
// be told: the one that it starts from is the first, the others follow as they
// are attached.
func (d *Desk) biosOrder(first *inspect.Disk) []*inspect.Disk {
	order := []*inspect.Disk{first}
	for _, disk := range d.Patient.Disks {
		if disk != first && !disk.Rescue {
			order = append(order, disk)
		}
	}
	return slices.Clip(order)
}
