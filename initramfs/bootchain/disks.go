package bootchain

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// rdiskOrder lists the hard disks in the order in which rdisk() counts them: the
// one that the BIOS starts from is its drive 80h and comes first, the others
// follow as they were found, those on USB last. Only the first place is
// certain.
func rdiskOrder(p *inspect.Patient, boot *inspect.Disk) []*inspect.Disk {
	var all, usb []*inspect.Disk
	for _, d := range p.Disks {
		switch {
		case d == boot || d.Rescue || !isHardDisk(d):
		case d.Controller != nil && d.Controller.Bus == machine.USB:
			usb = append(usb, d)
		default:
			all = append(all, d)
		}
	}
	if boot != nil {
		all = slices.Insert(all, 0, boot)
	}
	return append(all, usb...)
}

// isHardDisk tells disks from floppies and CDs, which the BIOS counts apart.
// What has no partition table holds no NT either.
func isHardDisk(d *inspect.Disk) bool {
	return d.Table != nil && d.Table.Scheme != part.None
}

// Target is where an ARC path leads.
type Target struct {
	Disk    *inspect.Disk
	Volume  *inspect.Volume
	Windows *inspect.Installation
	// Why says why it leads to no Windows, "" when it does. NoDisk and NoVolume
	// tell that not even these are there; the message is another one then.
	Why              string
	NoDisk, NoVolume bool
	// Unsure: what is there could not be read.
	Unsure bool
	// Unparsed: the path is no ARC path, so that the loader can look nowhere.
	Unparsed bool
}

// follow finds out where an ARC path leads on these disks. Which disk has a
// number above 0 is not certain where there are more than two: then one that
// has the Windows is taken to be it.
func follow(p *inspect.Patient, disks []*inspect.Disk, a bootini.ARC) Target {
	var first *Target
	for _, d := range disksFor(disks, a) {
		t := onDisk(p, d, a)
		if t.Why == "" {
			return t
		}
		if first == nil || t.Unsure && !first.Unsure {
			first = &t
		}
	}
	if first != nil {
		return *first
	}
	why := fmt.Sprintf("the BIOS has no disk %d (there are %d)", a.RDisk, len(disks))
	switch a.Access {
	case bootini.Signature:
		why = fmt.Sprintf("no disk has the signature %08x", a.Adapter)
	case bootini.SCSI:
		why = "there is no disk"
	}
	return Target{Why: why, NoDisk: true}
}

// disksFor are the disks that the path may mean, the likeliest first.
func disksFor(disks []*inspect.Disk, a bootini.ARC) []*inspect.Disk {
	switch a.Access {
	case bootini.Signature:
		var all []*inspect.Disk
		for _, d := range disks {
			if d.Table != nil && d.Table.Signature == a.Adapter && a.Adapter != 0 {
				all = append(all, d)
			}
		}
		return all
	case bootini.SCSI:
		// SCSI id and adapter say nothing on a machine where the disk hangs on
		// something else.
		return disks
	}
	if a.RDisk < 0 || a.RDisk >= len(disks) {
		return nil
	}
	all := []*inspect.Disk{disks[a.RDisk]}
	if a.RDisk > 0 {
		for i, d := range disks {
			if i > 0 && i != a.RDisk {
				all = append(all, d)
			}
		}
	}
	return all
}

func onDisk(p *inspect.Patient, d *inspect.Disk, a bootini.ARC) Target {
	t := Target{Disk: d}
	for _, v := range d.Volumes {
		if v.Partition.NTNumber == a.Partition && a.Partition > 0 {
			t.Volume = v
		}
	}
	if t.Volume == nil {
		t.NoVolume = true
		t.Why = fmt.Sprintf("%s has no partition %d as NT counts them", d.Name(), a.Partition)
		return t
	}
	for _, w := range p.Windows {
		if w.Volume == t.Volume && samePath(w.Root, a.Path) {
			t.Windows = w
		}
	}
	switch {
	case t.Windows != nil && !IsNT5(t.Windows):
		t.Why = fmt.Sprintf("%s is of a generation that this loader cannot start", t.Windows.Label())
	case t.Windows != nil:
	case t.Volume.FS == nil || t.Volume.Err != nil:
		t.Unsure, t.Why = true, fmt.Sprintf("%s cannot be read", t.Volume.ID())
	default:
		t.Why = fmt.Sprintf("there is no Windows in %s on %s", folderOf(a), t.Volume.ID())
	}
	return t
}

func folderOf(a bootini.ARC) string {
	if a.Path == "" {
		return `\`
	}
	return a.Path
}
