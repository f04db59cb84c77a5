package bootchain

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// BIOSDisk is what a BIOS finds on a disk with an MBR: the code that it runs,
// the flags that this code looks at, and what could be started.
type BIOSDisk struct {
	Disk   *inspect.Disk
	Sector []byte        // 512 bytes of LBA 0
	Code   bootsect.Code // of the MBR
	// Flagged are the slots (1 to 4) that have the active flag, whatever is in
	// them.
	Flagged []int
	// Volumes are those in primary partitions: the only ones that a BIOS starts.
	Volumes []*BootVolume
}

// ReadBIOSDisk looks at a disk. nil without an error: it has no MBR table, or
// its table is not what decides (dynamic disks), or nobody starts from it (the
// rescue medium).
func ReadBIOSDisk(d *inspect.Disk) (*BIOSDisk, error) {
	if d.Err != nil || d.Rescue || d.Table.Scheme != part.MBR || slices.ContainsFunc(d.Table.Partitions, part.Partition.IsDynamic) {
		return nil, nil
	}
	b := &BIOSDisk{Disk: d, Sector: make([]byte, 512)}
	if n, err := d.Dev.ReadAt(b.Sector, 0); n < len(b.Sector) {
		return nil, fmt.Errorf("%s: sector 0: %w", d.Path, err)
	}
	var err error
	if b.Code, err = bootsect.RecognizeMBR(b.Sector); err != nil {
		return nil, fmt.Errorf("%s: %w", d.Path, err)
	}
	for i := range 4 {
		if b.Sector[0x1BE+16*i] == 0x80 {
			b.Flagged = append(b.Flagged, i+1)
		}
	}
	for _, v := range d.Volumes {
		if v.Partition.Number >= 1 && v.Partition.Number <= 4 && !v.IsDisc() {
			b.Volumes = append(b.Volumes, ReadBootVolume(v))
		}
	}
	return b, nil
}

// RunsActive reports whether the active partition is to start Windows: the code
// in the MBR starts it, or is to be replaced by code that does, and no boot
// manager is in it.
func (b *BIOSDisk) RunsActive() bool { return b.Manager() == "" }

// RunsOwn reports whether the MBR holds a boot manager, or something that is
// not known, or the active partition does: it is not for the active flag to
// say what starts.
func (b *BIOSDisk) RunsOwn() bool { return !b.RunsActive() }

// CodeMissing reports whether nothing in the MBR can start: there is no code, or
// Windows' is cut off.
func (b *BIOSDisk) CodeMissing() bool {
	switch b.Code.Owner {
	case bootsect.None, bootsect.Placeholder:
		return true
	case bootsect.Microsoft:
		return !b.Code.Whole()
	}
	return false
}

// Active is the volume in the one active partition; nil where none is active,
// or more than one, or one that holds no volume.
func (b *BIOSDisk) Active() *BootVolume {
	if len(b.Flagged) != 1 {
		return nil
	}
	return b.volume(b.Flagged[0])
}

func (b *BIOSDisk) volume(number int) *BootVolume {
	for _, v := range b.Volumes {
		if v.Volume.Partition.Number == number {
			return v
		}
	}
	return nil
}

// Loading are the volumes that have, or had, a boot loader of Windows or ReactOS
// in their root, without recovery partitions (type 27) and those of a manufacturer (12), whose
// loader is not the one that starts Windows.
func (b *BIOSDisk) Loading() []*BootVolume {
	var all []*BootVolume
	for _, v := range b.Volumes {
		if v.Wants() != "" && v.Volume.Partition.Type != 0x27 && v.Volume.Partition.Type != 0x12 {
			all = append(all, v)
		}
	}
	return all
}

// Starts reports whether the chain up to the boot loader holds: code, one
// active partition, a boot sector whose loader is there.
func (b *BIOSDisk) Starts() bool {
	v := b.Active()
	return !b.CodeMissing() && b.RunsActive() && v != nil && v.Err == nil && v.Fault() == nil && v.HasLoader(v.Sector.Code.Loads)
}

// StartedElsewhere says what else than this disk the machine may start from, ""
// for nothing: another disk whose chain holds, or one with a boot manager, be it
// known or not. A BIOS starts the code in sector 0 of a GPT disk, too.
// What is wrong with this disk then need not keep anything from starting.
func StartedElsewhere(p *inspect.Patient, d *inspect.Disk) string {
	for _, o := range p.Disks {
		if o == d || o.Err != nil || o.Rescue {
			continue
		}
		if o.Table.Scheme == part.GPT && slices.ContainsFunc(o.Volumes, func(v *inspect.Volume) bool { return v.Partition.IsESP() && v.FS != nil }) {
			return o.Path + " (an EFI system partition)"
		}
		if name := startsByBIOS(o); name != "" {
			return fmt.Sprintf("%s (%s)", o.Path, name)
		}
		b, err := ReadBIOSDisk(o)
		switch {
		case err != nil || b == nil:
		case b.Starts():
			return o.Path
		case b.RunsOwn():
			return fmt.Sprintf("%s (%s)", o.Path, b.Manager())
		}
	}
	return ""
}

// BIOSDisks are the disks that are meant to start a Windows by BIOS: those with
// a boot loader in a primary partition, and among several those with a Windows.
// A data disk or an installation stick is none.
func BIOSDisks(p *inspect.Patient) ([]*BIOSDisk, []error) {
	var all, withWindows []*BIOSDisk
	var errs []error
	for _, d := range p.Disks {
		b, err := ReadBIOSDisk(d)
		if err != nil {
			errs = append(errs, err)
		}
		if b == nil || len(b.Loading()) == 0 {
			continue
		}
		all = append(all, b)
		if slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == d }) {
			withWindows = append(withWindows, b)
		}
	}
	if len(withWindows) > 0 {
		return withWindows, errs
	}
	return all, errs
}
