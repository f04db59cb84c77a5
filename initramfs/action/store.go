package action

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// storeEntry is what starts a Windows from Vista on.
type storeEntry struct {
	volume *inspect.Volume
	path   string
	store  *bcd.Store
	loader *bcd.Object
	starts bool // it is the default of the boot manager
}

// storeEntry finds the loader object that starts a Windows: the default one
// where that does, else the first in the menu. Refusals say what to do.
func (d *Desk) storeEntry(w *inspect.Installation) (storeEntry, error) {
	id, err := bootchain.StoreIdentity(w.Volume)
	if err != nil {
		return storeEntry{}, refuse("the partition of %s has no identity that a store could name: %v", w.Label(), err)
	}
	var found []storeEntry
	var seen []string
	for _, v := range d.Patient.Volumes() {
		if v.FS == nil || v.IsDisc() {
			continue
		}
		for _, path := range bootchain.StorePaths() {
			s, err := d.openStore(v, path)
			if err == nil && s == nil {
				continue
			}
			seen = append(seen, v.ID()+" "+path)
			if err != nil && v.Disk == w.Volume.Disk {
				return storeEntry{}, refuse("a store cannot be read: %v; have bootmend repair mend it first", err)
			}
			if err != nil {
				continue // another disk's is nobody's business
			}
			if loader, starts := bootchain.LoaderOf(s, id, w.Root); loader != nil {
				found = append(found, storeEntry{v, path, s, loader, starts})
			}
		}
	}
	if len(found) == 0 && len(seen) == 0 {
		return storeEntry{}, refuse("no BCD store was found for %s; have bootmend repair mend it first", w.Label())
	}
	if len(found) == 0 {
		return storeEntry{}, refuse("no entry in %s starts %s; have bootmend repair mend it first", strings.Join(seen, ", "), w.Label())
	}
	return d.theStore(found, w)
}

// openStore opens a store; nil without error where there is none.
func (d *Desk) openStore(v *inspect.Volume, path string) (*bcd.Store, error) {
	f, err := d.hive(v, path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) || errors.Is(err, fs.ErrIsDir) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := bcd.Open(f.Hive)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), path, err)
	}
	return s, nil
}

// theStore chooses between stores that start the same Windows: the firmware starts from
// one volume, and its boot manager reads the one at its own place.
func (d *Desk) theStore(found []storeEntry, w *inspect.Installation) (storeEntry, error) {
	if len(found) == 1 {
		return found[0], nil
	}
	path := bootchain.StorePaths()[0]
	if table := w.Volume.Disk.Table; table.Scheme == part.GPT {
		path = bootchain.StorePaths()[1]
	}
	system := bootchain.SystemVolume(d.Patient, w)
	var places []string
	for _, e := range found {
		if e.volume == system && e.path == path {
			return e, nil
		}
		places = append(places, fmt.Sprintf("%s %s", e.volume.ID(), e.path))
	}
	return storeEntry{}, refuse("%s can be started by several stores: %s; change the one that counts with bootmend bcd set", w.Label(), strings.Join(places, ", "))
}

// change lets do edit the store and returns the steps that do the same.
func (e storeEntry) change(d *Desk, w *inspect.Installation, why string, do func(s *bcd.Editor) error) ([]step.Step, error) {
	return d.edit(e.volume, e.path, w.Version, why, func(h *regf.Editor) error {
		s, err := bcd.NewEditor(h)
		if err != nil {
			return err
		}
		return do(s)
	})
}
