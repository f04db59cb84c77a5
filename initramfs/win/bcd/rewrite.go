package bcd

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// ErrChanged: the store is not what a change was made for.
var ErrChanged = errors.New("the store has changed")

// Change gives a value of the store's hive other data of the same length.
type Change struct {
	Object  GUID
	Element ElementType // 0: the firmware's boot entry, kept in the object's description
	Key     string      // from the root of the hive
	Value   string      // name of the value
	Reg     regf.Type   // REG_BINARY
	Old     []byte
	New     []byte
}

// Reference is a partition that an element refers to.
type Reference struct {
	Object   GUID
	Element  ElementType
	Identity Identity
	Nested   bool // a file on it is meant, not the partition itself
}

// Rewriting is what a change of identities does to a store.
type Rewriting struct {
	Changes []Change
	// Opaque are elements with a device that is not understood: nobody knows
	// whether one of the identities is in them.
	Opaque []Reference
}

// References are the partitions that all device elements refer to, in the order
// of objects and elements. Of devices that are not understood, in whole or in part, Opaque tells.
func (s *Store) References() (all, opaque []Reference) {
	s.devices(func(o *Object, e *Element, d Device, err error) {
		if err != nil {
			opaque = append(opaque, Reference{Object: o.ID, Element: e.Type})
			return
		}
		unknown := false
		d.each(func(n *Descriptor) {
			if n.Partition != nil {
				id, ok := n.Partition.Identity()
				if ok {
					all = append(all, Reference{o.ID, e.Type, id, n != &d.Descriptor})
				}
				unknown = unknown || !ok && n.Partition.Disk.Kind == LocalHardDisk
			}
			unknown = unknown || n.isOpaque()
		})
		if unknown {
			opaque = append(opaque, Reference{Object: o.ID, Element: e.Type})
		}
	})
	return all, opaque
}

// isOpaque reports a descriptor whose content is not understood. One of the boot
// device has none.
func (d *Descriptor) isOpaque() bool {
	if d.Kind == KindBoot {
		return false
	}
	disk := d.Disk
	if d.Partition != nil {
		disk = &d.Partition.Disk
	}
	switch {
	case d.Raw != nil || disk == nil && d.Locate == nil:
		return true
	case disk == nil:
		return false
	case disk.Kind == LocalHardDisk:
		return disk.ID == nil
	case disk.Kind == LocalFile, disk.Kind == LocalRamdisk:
		return disk.File == nil
	}
	return disk.Kind != LocalVHD && disk.Kind != LocalCD && disk.Kind != LocalFloppy
}

func (s *Store) devices(visit func(o *Object, e *Element, d Device, err error)) {
	for _, o := range s.Objects {
		for _, e := range o.Elements {
			if e.Type.Format() == FormatDevice {
				d, err := e.Device()
				visit(o, e, d, err)
			}
		}
	}
}

// Rewrite works out what has to change so that every reference to a partition
// names it by its new identity: nested ones, whole disks and the boot entries of the
// firmware that the store keeps a copy of. All replacements happen at once, so that
// identities may be exchanged. Lengths do not change. The error says which
// replacement makes no sense.
func (s *Store) Rewrite(identities map[Identity]Identity) (Rewriting, error) {
	var r Rewriting
	for from, to := range identities {
		if !to.Valid() || from == (Identity{}) {
			return r, fmt.Errorf("%q cannot become %q: both have to name a partition", from, to)
		}
	}
	disks := disksOf(identities)
	s.devices(func(o *Object, e *Element, d Device, err error) {
		if err != nil {
			return
		}
		d.each(func(n *Descriptor) { n.rename(identities, disks) })
		if now := d.Encode(); !bytes.Equal(now, e.Data) {
			r.Changes = append(r.Changes, Change{o.ID, e.Type, o.KeyPath(e), valueElement, e.Reg, e.Data, now})
		}
	})
	for _, o := range s.Objects {
		if now := renameVariable(o.Variable, identities); !bytes.Equal(now, o.Variable) {
			r.Changes = append(r.Changes, Change{o.ID, 0, keyObjects + `\` + o.Key + `\` + keyDescription, valueVariable, regf.RegBinary, o.Variable, now})
		}
	}
	_, r.Opaque = s.References()
	return r, nil
}

// rename replaces the identity of one descriptor.
func (d *Descriptor) rename(identities map[Identity]Identity, disks map[DiskID]DiskID) {
	if d.Partition != nil {
		if id, ok := d.Partition.Identity(); ok {
			if to, ok := identities[id]; ok {
				d.Partition.setIdentity(to)
			}
		}
	}
	if d.Disk != nil && d.Disk.Kind == LocalHardDisk && d.Disk.ID != nil {
		if to, ok := disks[*d.Disk.ID]; ok {
			*d.Disk.ID = to
		}
	}
}

// disksOf are the disks that get another name, where all their partitions agree on it.
func disksOf(identities map[Identity]Identity) map[DiskID]DiskID {
	disks, split := map[DiskID]DiskID{}, map[DiskID]bool{}
	for from, to := range identities {
		a, b := DiskID{from.Style, from.diskID()}, DiskID{to.Style, to.diskID()}
		if have, ok := disks[a]; ok && have != b {
			split[a] = true
		}
		disks[a] = b
	}
	for d := range split {
		delete(disks, d)
	}
	return disks
}

// Dangling is a name of an object that does not exist.
type Dangling struct {
	Object  GUID
	Element ElementType
	Missing GUID
}

// Dangling finds all names in elements that lead nowhere, those of the options of
// ramdisks, too. DefaultEntry and CurrentEntry, which templates hold, are none.
func (s *Store) Dangling() []Dangling {
	exists := map[GUID]bool{DefaultEntry: true, CurrentEntry: true}
	for _, o := range s.Objects {
		exists[o.ID] = true
	}
	var all []Dangling
	for _, o := range s.Objects {
		for _, e := range o.Elements {
			for _, id := range e.names() {
				if !exists[id] {
					all = append(all, Dangling{o.ID, e.Type, id})
				}
			}
		}
	}
	return all
}

// names are the objects that an element names, as far as it can be read.
func (e *Element) names() []GUID {
	switch e.Type.Format() {
	case FormatObject:
		if id, err := e.Object(); err == nil {
			return []GUID{id}
		}
	case FormatObjectList:
		ids, _ := e.Objects() // with an error those before it
		return ids
	case FormatDevice:
		if d, err := e.Device(); err == nil && !d.Options.IsZero() {
			return []GUID{d.Options}
		}
	}
	return nil
}

// Apply makes changes of Rewrite in a hive, as they are: nothing happens to a
// value that is no longer as it was. Errors wrap ErrChanged.
func (e *Editor) Apply(changes []Change) error {
	for _, c := range changes {
		k, err := e.hive.Hive().Key(c.Key)
		if err != nil {
			return err
		}
		v, err := k.Value(c.Value)
		if err != nil {
			return err
		}
		data, err := read(v)
		if err != nil {
			return err
		}
		if v.Type() != c.Reg || !bytes.Equal(data, c.Old) {
			return fmt.Errorf(`%s\%s: %w`, c.Key, c.Value, ErrChanged)
		}
		if err := e.hive.SetValue(c.Key, c.Value, c.Reg, c.New); err != nil {
			return err
		}
	}
	return nil
}
