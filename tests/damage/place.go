package damage

import (
	"slices"

	"github.com/bootmend/bootmend/tests/guests"
)

// Place is something on a disk that a damage changes or hides.
type Place string

// The places. A damage that destroys a whole sector touches all that is in it.
const (
	MBRCode       Place = "code in the MBR"
	MBRMagic      Place = "signature of the MBR"
	MBRFlags      Place = "active flags"
	MBRTypes      Place = "MBR types"
	GPTPrimary    Place = "primary GPT"
	GPTBackup     Place = "backup GPT"
	SystemCode    Place = "code in the boot sector of the system partition"
	SystemMagic   Place = "signature of that"
	SystemHidden  Place = "hidden sectors of that"
	SystemHeads   Place = "geometry of that"
	Services      Place = "services in the SYSTEM hive"
	SystemHive    Place = "the SYSTEM hive as a whole"
	FilterLists   Place = "lists of filters in the SYSTEM hive"
	SelectKey     Place = "Select in the SYSTEM hive"
	Letters       Place = "drive letters in the SYSTEM hive"
	Devices       Place = "devices in the SYSTEM hive"
	OtherServices Place = "services that Windows does not need"
	DriverFiles   Place = "files of drivers"
	OtherFiles    Place = "files that Windows does not need"
	WindowsCopy   Place = "copy of the boot sector of the Windows volume"
	WindowsMFT    Place = "MFT of the Windows volume"
	WindowsBitmap Place = "$Bitmap of the Windows volume"
	Files         Place = "files and registry" // of damages that are done to the description
)

// Places are what the damage touches: what it says, or, where it only changes the
// description of the guest, files; nil: not known.
func (d Damage) Places() []Place {
	if len(d.Touches) == 0 && d.describe != nil && d.image == nil && d.log == nil {
		return []Place{Files}
	}
	return d.Touches
}

// InSectors reports whether the damage is done to the image alone, so that nothing
// but its own bytes differs from the sound one.
func (d Damage) InSectors() bool { return d.describe == nil }

// depth is 0 for damages of files, 1 for those of sectors.
func (d Damage) depth() int {
	for _, p := range d.Touches {
		if p != Files && p != Services {
			return 1
		}
	}
	return 0
}

// Ends reports whether a repair ends the damage without being asked for it by
// name, and nothing is left of it.
func (d Damage) Ends() bool {
	return !d.Harmless && !d.Aside && !d.OnRequest && !d.Clone && !d.Firmware &&
		(d.Mended || d.Fixed || d.Injected || d.Table || d.Repaired || d.Finding == "storage-driver-disabled")
}

// Generated reports whether the damage is on a guest as its description has it,
// so that it can be combined with others.
func (d Damage) Generated() bool { return d.base == nil }

// Fits reports whether the damage works on a guest.
func (d Damage) Fits(guest string) bool { return d.Guest == guest || slices.Contains(d.Guests, guest) }

// Apart reports whether two damages of a guest can occur together: they touch
// different places, and do not need different machines. Where system and Windows
// partition are one, their boot sectors are.
func Apart(g *guests.Guest, a, b Damage) bool {
	if len(a.Places()) == 0 || len(b.Places()) == 0 || a.Machine != "" && b.Machine != "" && a.Machine != b.Machine {
		return false
	}
	onePartition := false
	if n, e := g.SystemHive(); e != nil {
		p, ok := systemPartition(g)
		onePartition = ok && p.Number == n
	}
	for _, p := range a.Places() {
		for _, q := range b.Places() {
			sector := func(p Place) bool {
				return p == SystemCode || p == SystemMagic || p == SystemHidden || p == SystemHeads
			}
			text := func(p Place) bool { return p == Files || p == Services || p == SystemHive }
			table := func(p Place) bool { return p == GPTPrimary || p == GPTBackup } // one has to be sound
			hive := func(p, q Place) bool { return p == SystemHive && q.inHive() }
			copied := func(p, q Place) bool { return onePartition && p == WindowsCopy && sector(q) }
			if p == q || text(p) && text(q) || table(p) && table(q) || hive(p, q) || hive(q, p) || copied(p, q) || copied(q, p) {
				return false
			}
		}
	}
	return true
}

// inHive: the place is a part of the SYSTEM hive.
func (p Place) inHive() bool {
	return slices.Contains([]Place{Services, FilterLists, SelectKey, Letters, Devices, OtherServices}, p)
}
