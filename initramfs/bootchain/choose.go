package bootchain

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Best is the one volume of several that is meant to be started: the only one,
// or the only one that is not hidden, or the only one whose loader is there, or the
// only one whose boot sector loads a file that is there. nil where that does not
// tell.
func Best(all []*BootVolume) *BootVolume {
	for _, narrow := range []func(*BootVolume) bool{
		func(*BootVolume) bool { return true },
		func(v *BootVolume) bool { return !part.IsHidden(v.Volume.Partition.Type) },
		func(v *BootVolume) bool { return len(v.Loaders) > 0 },
		func(v *BootVolume) bool { return v.Err == nil && v.Fault() == nil && v.HasLoader(v.Sector.Code.Loads) },
	} {
		if left := slices.DeleteFunc(slices.Clone(all), func(v *BootVolume) bool { return !narrow(v) }); len(left) > 0 {
			all = left
		}
		if len(all) == 1 {
			return all[0]
		}
	}
	return nil
}

// Target is the volume whose boot sector starts Windows, once the right partition
// is active; nil where that cannot be told.
func (b *BIOSDisk) Target() *BootVolume {
	if v := b.Active(); v != nil && !b.ActiveWrong() {
		if _, manager := b.ActiveManager(); !manager {
			return v
		}
	}
	return Best(b.flaggedFirst())
}

// flaggedFirst are the volumes with a loader that are active, or all of them
// where none of those is.
func (b *BIOSDisk) flaggedFirst() []*BootVolume {
	var flagged []*BootVolume
	for _, v := range b.Loading() {
		if slices.Contains(b.Flagged, v.Volume.Partition.Number) {
			flagged = append(flagged, v)
		}
	}
	if len(flagged) > 0 {
		return flagged
	}
	return b.Loading()
}

// ActiveWrong reports whether exactly one slot is active and nothing can be
// started from it, although another partition has a boot loader. A sector with
// code that is not Windows' can be started, in whatever partition it is.
func (b *BIOSDisk) ActiveWrong() bool {
	if len(b.Flagged) != 1 || len(b.Loading()) == 0 {
		return false
	}
	if _, manager := b.ActiveManager(); manager {
		return false
	}
	v := b.volume(b.Flagged[0])
	switch {
	case v == nil: // nothing, or an extended partition
		return true
	case v.Wants() != "" || len(v.Other) > 0 || v.Err != nil:
		return false
	case v.Volume.FS == nil && (v.Volume.Kind != "" && v.Volume.Kind != "empty"):
		return false // damaged, encrypted or of another system
	case v.Fault() == nil && v.Foreign():
		return false // a boot manager in the boot sector
	}
	return true
}

// FirmwareOf is the firmware that a disk was made to start by: UEFI for GPT, BIOS
// for MBR; that of the machine for a disk without a table.
func FirmwareOf(p *inspect.Patient, d *inspect.Disk) machine.Firmware { return firmwareOf(p, d) }
