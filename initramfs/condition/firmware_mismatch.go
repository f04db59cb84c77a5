package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// The disk is made for the other firmware than the machine has: a GPT disk in a
// machine that starts by BIOS, an MBR disk in one that starts by UEFI.
//
// Seen as: "No bootable device", the UEFI shell, 0xc0000225. Windows Vista and
// later; older ones know no UEFI.
// Cause: a virtual machine made with the other firmware or generation than the
// machine that the disk is from.
// Evidence: the kind of partition table against the machine; a Windows that has
// only the loader (winload.exe or winload.efi) of the other firmware.
// Fix: none; the machine is what has to be changed. Where bootmend itself runs on
// the machine it proves little that it was started the other way: many machines
// can do both, so that it is shown only.
var firmwareMismatch = Condition{
	ID:     "firmware-mismatch",
	Title:  "The disk is made for another firmware",
	Detect: detectFirmwareMismatch,
}

func detectFirmwareMismatch(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		d := w.Volume.Disk
		made := bootchain.FirmwareOf(p, d)
		if made == machine.UnknownFirmware || d.Table.Scheme == "none" {
			continue
		}
		f := Finding{Result: Present, Severity: Warning, Confidence: Low, Windows: w, Symptom: `"No bootable device", the UEFI shell, or 0xc0000225`}
		switch other := onlyLoader(w); {
		case other != machine.UnknownFirmware && other != made:
			f.Summary = fmt.Sprintf("%s has the loader for %s only, but its disk (%s) is made for %s.", w.Label(), other, d.Table.Scheme, made)
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: w.Path(`system32`), Offset: -1, Actual: "winload for " + string(other) + " only"})
			f.Advice = "The disk was converted, or copied into a table of the other kind. Put the Windows onto a disk with the table that it was made for, or run bcdboot from a Windows medium."
		case p.Machine != nil && p.Machine.Firmware != machine.UnknownFirmware && p.Machine.Firmware != made:
			f.Summary = fmt.Sprintf("%s is on a %s disk, which starts by %s; the machine uses %s.", w.Label(), d.Table.Scheme, made, p.Machine.Firmware)
			f.Evidence = append(f.Evidence, at(d, -1, string(made), "the machine uses "+string(p.Machine.Firmware)))
			f.Advice = changeMachine(made)
			if p.Machine.Profile == "" {
				f.Severity = Info
			}
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}

// onlyLoader is the firmware for which alone a Windows has its loader.
func onlyLoader(w *inspect.Installation) machine.Firmware {
	has := func(below string) bool {
		info, err := w.Volume.FS.Stat(w.Path(below))
		return err == nil && info.Size > 0
	}
	switch bios, uefi := has(`system32\winload.exe`), has(`system32\winload.efi`); {
	case bios && !uefi:
		return machine.BIOS
	case uefi && !bios:
		return machine.UEFI
	}
	return machine.UnknownFirmware
}

func changeMachine(made machine.Firmware) string {
	if made == machine.UEFI {
		return "Let the machine start by UEFI: OVMF for QEMU and libvirt, firmware \"efi\" for VMware and VirtualBox, generation 2 for Hyper-V; in a physical one switch off legacy or CSM start."
	}
	return "Let the machine start by BIOS: SeaBIOS for QEMU and libvirt, firmware \"bios\" for VMware and VirtualBox, generation 1 for Hyper-V; in a physical one switch on legacy or CSM start and switch off Secure Boot."
}
