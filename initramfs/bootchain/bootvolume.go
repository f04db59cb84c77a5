package bootchain

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// BootVolume is a volume as the code in the MBR sees it: boot sector, and the
// boot loaders that boot sectors look for.
type BootVolume struct {
	Volume  *inspect.Volume
	Sector  *bootsect.Volume // nil when Err is not
	Err     error            // why the boot sector cannot be read
	Loaders []string         // "BOOTMGR", "NTLDR", "FREELDR.SYS": not empty, in the root
	Lost    []string         // those that are not there, but what belongs to them is
	Other   []string         // loaders of other systems: "IO.SYS"
}

// loaderPaths are the files that boot sectors of Windows and ReactOS load, by the
// name that bootsect.Code.Loads has.
func loaderPaths() map[string]string {
	return map[string]string{"BOOTMGR": `\bootmgr`, "NTLDR": `\ntldr`, "FREELDR.SYS": `\freeldr.sys`}
}

// belongings are files that only that loader uses: where they are, it was.
func belongings() map[string][]string {
	return map[string][]string{"BOOTMGR": {`\Boot\BCD`}, "NTLDR": traces(false)[1:], "FREELDR.SYS": traces(true)[1:]}
}

// otherLoaders belong to systems that share a disk with Windows.
func otherLoaders() []string { return []string{"IO.SYS", "WINBOOT.SYS", "KERNEL.SYS", "IBMBIO.COM"} }

// ReadBootVolume looks at a volume.
func ReadBootVolume(v *inspect.Volume) *BootVolume {
	b := &BootVolume{Volume: v}
	if v.Dev == nil {
		b.Err = fmt.Errorf("%s: %w", v.ID(), v.Err)
		return b
	}
	if b.Sector, b.Err = bootsect.Read(v.Dev); b.Err != nil {
		b.Err = fmt.Errorf("%s: %w", v.ID(), b.Err)
	}
	if v.FS == nil || v.Err != nil {
		return b
	}
	for _, name := range []string{"BOOTMGR", "NTLDR", "FREELDR.SYS"} {
		switch {
		case HasFile(v.FS, loaderPaths()[name]):
			b.Loaders = append(b.Loaders, name)
		case slices.ContainsFunc(belongings()[name], func(path string) bool { return Exists(v, path) }):
			b.Lost = append(b.Lost, name)
		}
	}
	for _, name := range otherLoaders() {
		if HasFile(v.FS, `\`+name) {
			b.Other = append(b.Other, name)
		}
	}
	return b
}

// HasFile reports whether a file of a volume is there and holds something.
func HasFile(volume fs.FS, path string) bool {
	info, err := volume.Stat(path)
	return err == nil && !info.IsDir() && info.Size > 0
}

// HasLoader reports whether the file that a boot sector loads is there.
func (b *BootVolume) HasLoader(loads string) bool {
	return slices.Contains(b.Loaders, loads) || slices.Contains(b.Other, loads)
}

// Wants is the loader that the boot sector should load: BOOTMGR where it is, since
// it starts older Windows, too; one that is lost where there is none; "" where there
// never was one.
func (b *BootVolume) Wants() string {
	if all := append(slices.Clone(b.Loaders), b.Lost...); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Foreign reports whether the boot sector is that of another system, or
// encrypted, or not known: nobody's to change.
func (b *BootVolume) Foreign() bool {
	if b.Err != nil {
		return true
	}
	switch b.Sector.Code.Owner {
	case bootsect.Foreign, bootsect.Unknown, bootsect.Encryption:
		return true
	}
	return false
}

// SectorFault is what keeps a boot sector from starting its loader, and the
// message that the person sees.
type SectorFault struct {
	What     string // "the code is missing"
	Symptom  string
	Off      int64 // in the volume
	Expected string
	Actual   string
}

// Messages of Windows' boot code. Sources: the sectors themselves; virt-v2v for
// wrong geometry.
const (
	saysNoSystem  = `"Missing operating system"`
	saysReadError = `"A disk read error occurred"`
	saysBadTable  = `"Invalid partition table"`
	saysNothing   = `a black screen with a cursor, or "No bootable device"`
)

// Fault judges the boot sector up to where it loads a file. Whether that file is
// there it does not ask. Code of others has no fault that could be told.
func (b *BootVolume) Fault() *SectorFault {
	if b.Err != nil || b.Sector.Code.Owner == bootsect.Encryption {
		return nil
	}
	v := b.Sector
	switch {
	case v.Damage != nil:
		return &SectorFault{"it is none of a file system that is known", saysReadError, 0, "a boot sector", v.Damage.Error()}
	case !bootsect.HasMagic(v.Start):
		return &SectorFault{"its signature is missing", saysNoSystem, 0x1FE, "55 AA", fmt.Sprintf("% X", v.Start[0x1FE:0x200])}
	case v.Code.Owner == bootsect.None || v.Code.Owner == bootsect.Placeholder:
		return &SectorFault{"there is no boot code in it", saysNothing + `, or "This is not a bootable disk"`, 0, "boot code", v.Code.String()}
	case b.Foreign():
		return nil
	case !v.Code.Whole():
		return &SectorFault{"its boot code is damaged", saysReadError + ", or the machine hangs", 0, "boot code", v.Code.String()}
	case !b.ReadsAlike():
		return &SectorFault{fmt.Sprintf("its boot code is for %s, the volume is %s", v.Code.Reads, v.Kind), saysReadError, 0, string(v.Kind), v.Code.String()}
	}
	return b.PlaceFault()
}

// PlaceFault judges the hidden sectors alone, by which boot code finds its
// volume, whatever the code is.
func (b *BootVolume) PlaceFault() *SectorFault {
	if b.Err != nil || b.Sector.Damage != nil {
		return nil
	}
	lba, hidden := b.StartLBA(), b.Sector.Get(bootsect.HiddenSectors)
	if b.Volume.Partition.Number == 0 || uint64(lba) == hidden {
		return nil
	}
	return &SectorFault{"its hidden sectors are not where the partition begins", saysReadError, 0x1C, fmt.Sprint(lba), fmt.Sprint(hidden)}
}

// StartLBA is the sector of the disk at which the partition begins.
func (b *BootVolume) StartLBA() int64 {
	return b.Volume.Partition.Range.Off / int64(b.Volume.Disk.Dev.SectorSize())
}

// Geometry is how the boot sector counts heads and sectors, and how the BIOS
// of a virtual machine would. Wrong: Windows before Vista cannot read its own
// volume. sure is false where nobody knows what the BIOS of this machine
// reports, which is so for physical ones and for a few sizes of disks.
type Geometry struct {
	Heads, Sectors         uint64
	WantHeads, WantSectors uint64
	Wrong, Sure            bool
}

// GeometryOf compares the geometry, where it matters: code of Windows before
// Vista, be it there or only wanted, that starts from a partition.
func (b *BootVolume) GeometryOf(m *machine.Machine) (g Geometry, matters bool) {
	if b.Err != nil || b.Sector.Damage != nil || b.Volume.Partition.Number == 0 || !b.Sector.Code.NeedsGeometry() && b.Wants() != "NTLDR" {
		return g, false
	}
	heads, sure := bootsect.StandardHeads(b.Volume.Disk.Dev.Size())
	g = Geometry{Heads: b.Sector.Get(bootsect.Heads), Sectors: b.Sector.Get(bootsect.SectorsPerTrack),
		WantHeads: uint64(heads), WantSectors: bootsect.StandardSectorsPerTrack}
	g.Wrong = g.Heads != g.WantHeads || g.Sectors != g.WantSectors
	g.Sure = sure && m != nil && m.Virtual
	return g, true
}

// ReadsAlike reports whether the code for another file system reads this one,
// too: that for FAT16 reads FAT12.
func (b *BootVolume) ReadsAlike() bool {
	return b.Sector.Code.Reads == b.Sector.Kind || b.Sector.Code.Reads == fs.FAT16 && b.Sector.Kind == fs.FAT12
}
