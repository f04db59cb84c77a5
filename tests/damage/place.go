package damage

import (
	"slices"

	"github.com/bootmend/bootmend/tests/guests"
)

// Place is something on a disk that a damage changes or hides.
type Place string

// The places. A damage that destroys a whole sector touches all that is in it.
const (
	MBRCode           Place = "code in the MBR"
	MBRMagic          Place = "signature of the MBR"
	MBRFlags          Place = "active flags"
	MBRTypes          Place = "MBR types"
	GPTPrimary        Place = "primary GPT"
	GPTBackup         Place = "backup GPT"
	SystemCode        Place = "code in the boot sector of the system partition"
	SystemMagic       Place = "signature of that"
	SystemHidden      Place = "hidden sectors of that"
	SystemHeads       Place = "geometry of that"
	SystemCopy        Place = "copy of that, which says what belongs there"
	Services          Place = "services in the SYSTEM hive"
	SystemHive        Place = "the SYSTEM hive as a whole"
	FilterLists       Place = "lists of filters in the SYSTEM hive"
	SelectKey         Place = "Select in the SYSTEM hive"
	Letters           Place = "drive letters in the SYSTEM hive"
	Devices           Place = "devices in the SYSTEM hive"
	OtherServices     Place = "services that Windows does not need"
	DriverFiles       Place = "files of drivers"
	OtherFiles        Place = "files that Windows does not need"
	IDEFile           Place = "intelide.sys"
	DeviceDatabase    Place = "critical device database in the SYSTEM hive"
	ForeignServices   Place = "services of hypervisors in the SYSTEM hive"
	ProcessorServices Place = "services of processors in the SYSTEM hive"
	AGPServices       Place = "services of AGP bridges in the SYSTEM hive"
	MenuSwitches      Place = "switches in boot.ini"
	Tables            Place = "tables of characters"
	HiveSize          Place = "size of the SYSTEM hive"
	HiveSequences     Place = "sequence numbers of the SYSTEM hive"
	HibernationFile   Place = "hiberfil.sys"
	PartitionSizes    Place = "sizes of partitions"
	LogFile           Place = "$LogFile of the Windows volume"
	VolumeFlags       Place = "flags of the Windows volume"
	WindowsBoot       Place = "boot sector of the Windows volume"
	WindowsCopy       Place = "copy of the boot sector of the Windows volume"
	WindowsMFT        Place = "MFT of the Windows volume"
	WindowsBitmap     Place = "$Bitmap of the Windows volume"
	ProtectiveMBR     Place = "protective MBR"
	StoreFile         Place = "the BCD store as a whole"
	StoreDevices      Place = "disks and partitions in the BCD store"
	StoreManager      Place = "the boot manager in the BCD store"
	StoreDefault      Place = "the default entry in the BCD store"
	StoreOrder        Place = "the menu in the BCD store"
	StoreResume       Place = "resuming in the BCD store"
	StorePaths        Place = "the loader's path in the BCD store"
	StoreOptions      Place = "the loader's options in the BCD store"
	KnownBy           Place = "what the system partition is known by"
	Files             Place = "files and registry" // of damages that are done to the description
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

// depth is the order in which damages are done to an image: 0 for what is written
// through a file system, 2 for what such a write would put right or which forbids it,
// 1 for the rest;
// 3 for the MFT and 4 for the boot sector, without which no tool finds its way.
func (d Damage) depth() int {
	if slices.Contains(d.Touches, WindowsBoot) {
		return 4
	}
	if slices.Equal(d.Touches, []Place{WindowsMFT}) {
		return 3
	}
	for _, p := range d.Touches {
		switch p {
		case VolumeFlags, LogFile, HibernationFile:
			return 2
		case HiveSize, OtherFiles:
			return 0
		}
	}
	for _, p := range d.Touches {
		if slices.Contains(onDisk, p) {
			return 1
		}
	}
	return 0
}

// onDisk are the places that are changed in sectors.
var onDisk = []Place{MBRCode, MBRMagic, MBRFlags, MBRTypes, PartitionSizes, GPTPrimary, GPTBackup, ProtectiveMBR, SystemCode, SystemMagic, SystemHidden, SystemHeads,
	HibernationFile, WindowsBoot, WindowsCopy, WindowsMFT, WindowsBitmap}

// Ends reports whether a repair ends the damage without being asked for it by
// name, and nothing is left of it.
func (d Damage) Ends() bool {
	return !d.Harmless && !d.Aside && !d.OnRequest && !d.Clone && !d.Apart &&
		(d.Mended || d.Fixed || d.Injected || d.Table || d.Repaired || d.Finding == "storage-driver-disabled")
}

// Asked reports whether a repair ends the damage when a person names it, and only
// then.
func (d Damage) Asked() bool { return d.OnRequest && !d.Aside && !d.Harmless && !d.LeftAlone() }

// Stays reports whether the fault is left to a person.
func (d Damage) Stays() bool { return d.Aside }

// Blocks reports whether the damage is left alone and may keep other things from
// being repaired.
func (d Damage) Blocks() bool { return d.LeftAlone() && !d.Aside && !d.OnRequest }

// Fits reports whether the damage works on a guest.
func (d Damage) Fits(guest string) bool {
	if d.NotReal && guest != guests.Synthetic(guest) {
		return false
	}
	guest = guests.Synthetic(guest)
	return d.Guest == guest || slices.Contains(d.Guests, guest)
}

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
			table := func(p Place) bool { return p == GPTPrimary || p == GPTBackup }   // one has to be sound
			boot := func(p Place) bool { return p == WindowsBoot || p == WindowsCopy } // too
			hive := func(p, q Place) bool { return p == SystemHive && q.inHive() }
			store := func(p, q Place) bool { return p == StoreFile && q.inStore() || p == StoreManager && q.inManager() }
			copied := func(p, q Place) bool { return onePartition && (p == WindowsCopy || p == WindowsBoot) && sector(q) }
			if p == q || text(p) && text(q) || table(p) && table(q) || boot(p) && boot(q) || hive(p, q) || hive(q, p) || store(p, q) || store(q, p) || copied(p, q) || copied(q, p) {
				return false
			}
		}
	}
	return true
}

// inHive: the place is a part of the SYSTEM hive.
func (p Place) inHive() bool {
	return slices.Contains([]Place{Services, FilterLists, SelectKey, Letters, Devices, OtherServices,
		DeviceDatabase, ForeignServices, ProcessorServices, AGPServices, HiveSize, HiveSequences}, p)
}

// inStore: the place is a part of the BCD store, inManager of its boot manager.
func (p Place) inStore() bool {
	return p == StorePaths || p == StoreOptions || p == StoreManager || p.inManager()
}

func (p Place) inManager() bool {
	return slices.Contains([]Place{StoreDevices, StoreDefault, StoreOrder, StoreResume}, p)
}
