package bootchain

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
)

// The first stages: MBR, active partition, boot sector. What comes from the boot
// loader on is in other files.

// SystemVolume is the volume that the firmware starts from: the EFI system
// partition; the active partition, or that which should be; where a boot manager
// in the MBR decides instead, a volume with a boot loader. It is on the disk of the Windows first,
// else on another; nil where there is none.
func SystemVolume(p *inspect.Patient, w *inspect.Installation) *inspect.Volume {
	switch firmwareOf(p, w.Volume.Disk) {
	case machine.UEFI:
		for _, d := range startOrder(p, w) {
			if v := espOf(d, d == w.Volume.Disk); v != nil {
				return v
			}
		}
	case machine.BIOS:
		if b := systemDisk(p, w); b != nil {
			return b.system()
		}
	}
	return nil
}

// espOf is the EFI system partition of a disk that starts Windows: on the disk of the
// Windows itself the one that has what belongs to its boot manager, else the first.
// On another disk only one with the boot manager is one: others belong to a Linux, or to
// a medium with a set-up.
func espOf(d *inspect.Disk, own bool) (first *inspect.Volume) {
	for _, v := range d.Volumes {
		switch {
		case !v.Partition.IsESP():
		case v.FS != nil && (own && Exists(v, `\EFI\Microsoft\Boot`) || HasFile(v.FS, `\EFI\Microsoft\Boot\bootmgfw.efi`)):
			return v
		case own && first == nil:
			first = v
		}
	}
	return first
}

// startOrder are the disks, that of the Windows first.
func startOrder(p *inspect.Patient, w *inspect.Installation) []*inspect.Disk {
	disks := []*inspect.Disk{w.Volume.Disk}
	for _, d := range p.Disks {
		if d != w.Volume.Disk {
			disks = append(disks, d)
		}
	}
	return disks
}

// systemDisk is the disk that a BIOS starts this Windows from: the first that
// has something to start from; nil where none has an MBR.
func systemDisk(p *inspect.Patient, w *inspect.Installation) (first *BIOSDisk) {
	for _, d := range startOrder(p, w) {
		b, err := ReadBIOSDisk(d)
		if err != nil || b == nil {
			continue
		}
		if b.system() != nil || len(b.Loading()) > 0 {
			return b
		}
		if first == nil {
			first = b
		}
	}
	return first
}

// system is the volume that the chain goes on with, or would with the right
// partition active.
func (b *BIOSDisk) system() *inspect.Volume {
	if v := b.Target(); v != nil {
		return v.Volume
	}
	all := b.Loading()
	if _, manager := b.ActiveManager(); manager && len(all) > 0 {
		return all[0].Volume
	}
	if v := b.Active(); v != nil {
		return v.Volume
	}
	if b.RunsOwn() && len(all) > 0 {
		return all[0].Volume
	}
	return nil
}

// masterStage judges the code in sector 0.
func masterStage(p *inspect.Patient, w *inspect.Installation, firmware machine.Firmware) Stage {
	s := Stage{Name: "master boot record"}
	if firmware == machine.UEFI {
		s.State, s.What = OK, "UEFI runs no code of it"
		return s
	}
	b := systemDisk(p, w)
	if b == nil {
		s.What = "there is no disk with an MBR that could be read"
		return s
	}
	s.Where, s.What = b.Disk.Path, b.Code.String()
	switch {
	case b.CodeMissing():
		s.State, s.Symptom = Broken, saysNothing
	case b.runsFlag():
		s.State = OK
	default:
		s.What += ": what it starts is not known here"
	}
	return s
}

// systemStage judges the active partition.
func systemStage(p *inspect.Patient, w *inspect.Installation, system *inspect.Volume, firmware machine.Firmware) Stage {
	s := Stage{Name: "system partition"}
	b := (*BIOSDisk)(nil)
	if firmware == machine.BIOS {
		b = systemDisk(p, w)
	}
	active := b != nil && b.RunsActive()
	switch {
	case active && len(b.Flagged) > 1:
		s.State, s.Symptom, s.What = Broken, saysBadTable, fmt.Sprintf("%d partitions are active", len(b.Flagged))
	case active && len(b.Flagged) == 0:
		s.State, s.Symptom, s.What = Broken, saysNoSystem+`, or "No bootable device"`, "no partition is active"
	case active && (b.ActiveWrong() || system == nil):
		s.State, s.Symptom, s.What = Broken, saysNoSystem, fmt.Sprintf("slot %d is active and has nothing that can be started", b.Flagged[0])
	case system != nil && system.FS == nil && system.Err == nil:
		s.State, s.Where, s.What = Broken, system.ID(), "there is no file system in it that could be read"
	case system != nil && system.FS == nil:
		s.State, s.Where, s.What = Broken, system.ID(), fmt.Sprintf("cannot be read: %v", system.Err)
	case system != nil && firmware == machine.UEFI:
		s.State, s.Where, s.What = OK, system.ID(), fmt.Sprintf("EFI system partition, %s", system.Kind)
	case system != nil && system.Partition.Active:
		s.State, s.Where, s.What = OK, system.ID(), fmt.Sprintf("active, %s", system.Kind)
	case system != nil:
		s.Where, s.What = system.ID(), fmt.Sprintf("not active, which the boot manager need not mind, %s", system.Kind)
	case firmware == machine.UEFI:
		s.State, s.What = Broken, "there is no EFI system partition"
	case b == nil:
		s.What = "the firmware is not known, or there is no MBR"
	default:
		s.What = "no partition is active; the code in the MBR may not need one"
	}
	return s
}

// bootSectorStage judges the boot sector of the active partition.
func bootSectorStage(p *inspect.Patient, w *inspect.Installation, system *inspect.Volume, firmware machine.Firmware) Stage {
	s := Stage{Name: "boot sector"}
	switch {
	case firmware == machine.UEFI:
		s.State, s.What = OK, "UEFI uses none"
		return s
	case system == nil:
		s.What = "there is no system partition"
		return s
	case system.Disk.Table.Scheme != part.MBR:
		s.What = "the disk has no MBR"
		return s
	}
	b := ReadBootVolume(system)
	s.Where = system.ID()
	if b.Err != nil {
		s.What = b.Err.Error()
		return s
	}
	s.What = b.Sector.Code.String()
	if f := b.Fault(); f != nil {
		s.State, s.Symptom, s.What = Broken, f.Symptom, fmt.Sprintf("%s: %s (expected %s)", f.What, f.Actual, f.Expected)
		return s
	}
	if b.Foreign() {
		return s
	}
	s.State = OK
	if g, matters := b.GeometryOf(p.Machine); matters && g.Wrong {
		s.What = fmt.Sprintf("it counts %d heads and %d sectors per track; the BIOS of a virtual machine reports %d and %d", g.Heads, g.Sectors, g.WantHeads, g.WantSectors)
		if s.State = Unknown; g.Sure {
			s.State, s.Symptom = Broken, saysReadError
		}
		return s
	}
	if loads := b.Sector.Code.Loads; !b.HasLoader(loads) && !b.fallsBack() && loads != b.Wants() && b.Wants() != "" {
		s.State, s.Symptom, s.What = Broken, fmt.Sprintf(`"%s is missing"`, loads), fmt.Sprintf("it loads %s, but the volume has %s", loads, b.Wants())
	}
	return s
}

// fallsBack: the code of Vista and later for NTFS holds the name NTLDR, too, and
// is said to load it where there is no BOOTMGR. Source: ms-sys; not proved.
func (b *BootVolume) fallsBack() bool {
	return b.Sector.Code.Loads == "BOOTMGR" && slices.Contains(b.Loaders, "NTLDR") && b.Sector.Code.Reads == "ntfs"
}

// Mismatch says how the boot sector and the loader do not belong together: the
// loader that it should load. "" where they do, or where it has other faults.
// sure: what it loads is not there; otherwise it starts something, but not all
// that is on the volume.
func (b *BootVolume) Mismatch() (wants string, sure bool) {
	if b.Err != nil || b.Sector.Damage != nil || !b.Sector.Code.Whole() || b.Wants() == "" {
		return "", false
	}
	code := b.Sector.Code
	wants = b.Wants()
	switch {
	case wants == code.Loads, slices.Contains(b.Other, code.Loads):
		return "", false
	case b.HasLoader(code.Loads):
		return wants, false
	}
	return wants, !b.fallsBack()
}
