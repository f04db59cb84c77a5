package condition

import (
	"bytes"
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// A boot sector is damaged: that of a FAT32 volume of which a sound copy exists,
// or that which starts Windows has lost its signature or a part of its code.
// (The whole boot sector of NTFS is the business of ntfs-damaged.)
//
// Seen as: "Missing operating system", "A disk read error occurred", "Disk error",
// a volume that Windows wants to format. Any Windows.
// Evidence: 55 AA at the end; the marks of Windows' code, some of which are
// missing; a BPB that makes no sense beside a copy in sector 6 that does.
// Fix: the signature; the code from the copy or from another volume; on FAT32 the
// boot sector from its copy.
// The copy of FAT32, where zeros took its place, on request: nothing starts by it.
// Not fixed: what may be the header of an encrypted volume, or has no copy; what lies in
// the place of the copy of FAT32 and is none is noted (Info).
var vbrDamaged = Condition{
	ID:     "vbr-damaged",
	Title:  "A boot sector is damaged",
	Detect: detectVBRDamaged,
	Fix:    fixVBRDamaged,
}

func detectVBRDamaged(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		f, found := lostFAT32(v)
		if !found {
			f, found = lostCopy(v)
		}
		if found {
			all = append(all, f)
		}
	}
	return append(all, eachTarget(p, func(v *bootchain.BootVolume) (Finding, bool) {
		if v.Sector.Damage != nil || v.Foreign() || v.Sector.Code.Owner == bootsect.None || v.Sector.Code.Owner == bootsect.Placeholder {
			return Finding{}, false
		}
		switch magic := bootsect.HasMagic(v.Sector.Start); {
		case magic && v.Sector.Code.Whole():
			return Finding{}, false
		case !magic && onlyMagic(v.Sector):
			return Finding{}, false // ntfs-damaged compares with the copy
		case !magic && v.Sector.Code.Whole() && otherCode(p, v):
			return Finding{}, false // with the code comes the signature
		}
		f := sectorFault(v.Volume, v.Fault())
		if !v.Sector.Code.Whole() {
			withCode(&f, p, v)
			return f, true
		}
		patches, err := mendSector(p, v)
		f.fixableBy(patches, err, withWindows)
		return f, true
	})...)
}

// onlyMagic reports whether the boot sector of an NTFS volume differs from its
// copy in nothing but the signature.
func onlyMagic(v *bootsect.Volume) bool {
	return v.Kind == fs.NTFS && len(v.Copies) > 0 && bytes.Equal(v.Start[:0x1FE], v.Copies[0].Sector[:0x1FE]) && bootsect.HasMagic(v.Copies[0].Sector)
}

// lostFAT32 is a partition in which nothing is recognised and that has the copy
// of a boot sector of FAT32, and a FAT where that says.
func lostFAT32(v *inspect.Volume) (Finding, bool) {
	if v.Dev == nil || v.FS != nil || v.Disk.Rescue || v.Kind != fs.Unknown && v.Kind != fs.Empty {
		return Finding{}, false
	}
	sector, err := bootsect.Read(v.Dev)
	if err != nil || sector.Damage == nil || sector.Kind != fs.FAT32 || len(sector.Copies) == 0 {
		return Finding{}, false
	}
	patches, _, err := sector.Restore(bootsect.Consent{})
	if err != nil && bootsect.HasMagic(sector.Start) {
		return Finding{}, false // a boot sector that is not understood, and no remnant of one
	}
	f := ofVolume(v)
	f.Severity, f.Symptom = Fatal, `"Missing operating system", "Disk error", or Windows wants to format the volume`
	f.Summary = fmt.Sprintf("The boot sector of %s is destroyed; the %s is sound.", v.ID(), sector.Copies[0].What)
	f.Evidence = append(f.Evidence, inVolume(v, 0, "a boot sector of FAT32", sector.Damage.Error()))
	f.fixableBy(patches, err, "If nothing else was put there on purpose, restore it with: bootmend part vbr DISK N")
	return f, true
}

// lostCopy is a sound FAT32 volume whose copy of the boot sector is none, or that of
// another volume. Windows starts without it; a later repair would miss it.
func lostCopy(v *inspect.Volume) (Finding, bool) {
	if v.Dev == nil || v.FS == nil || v.Err != nil || v.Disk.Rescue || v.Kind != fs.FAT32 {
		return Finding{}, false
	}
	sector, err := bootsect.Read(v.Dev)
	if err != nil || sector.Damage != nil || sector.Kind != fs.FAT32 || sector.NoCopy == nil {
		return Finding{}, false
	}
	f := ofVolume(v)
	f.Severity, f.Confidence = Info, Low
	f.Summary = fmt.Sprintf("%s starts by its boot sector, whose copy is lost: the %v.", v.ID(), sector.NoCopy)
	f.Advice = "Nothing keeps Windows from starting. chkdsk /f of a working Windows looks at the volume."
	if _, err := sector.RenewCopy(v.Dev); err == nil {
		f.Fixable = true
		f.Advice = "Nothing keeps Windows from starting. bootmend repair --only vbr-damaged writes the copy anew."
	}
	f.Evidence = append(f.Evidence, inVolume(v, int64(sector.Get(bootsect.BackupSector))*int64(sector.SectorSize()), "a copy of the boot sector", sector.NoCopy.Error()))
	return f, true
}

// otherCode reports whether vbr-wrong-generation puts in other code.
func otherCode(p *inspect.Patient, v *bootchain.BootVolume) bool {
	wants, sure := v.Mismatch()
	if v.ReadsAlike() && (wants == "" || !sure) {
		return false
	}
	_, _, err := bootchain.CodeFor(p, v, v.Wants(), bootsect.Consent{})
	return err == nil
}

// mendSector gives the signature back, or the code, with which it comes.
func mendSector(p *inspect.Patient, v *bootchain.BootVolume) ([]part.Patch, error) {
	if v.Sector.Code.Whole() {
		return v.Sector.SetMagic()
	}
	patches, _, err := bootchain.CodeFor(p, v, v.Wants(), bootsect.Consent{})
	return patches, err
}

func fixVBRDamaged(p *inspect.Patient, f Finding) ([]step.Step, error) {
	v := bootchain.ReadBootVolume(f.Volume)
	if v.Err != nil {
		return nil, v.Err
	}
	if f.Severity == Info { // lostCopy
		patches, err := v.Sector.RenewCopy(f.Volume.Dev)
		return patchVolume(f.Volume, "the boot sector has its copy again", patches, err)
	}
	const why = "the boot sector is a whole one again"
	if v.Sector.Damage != nil {
		patches, _, err := v.Sector.Restore(bootsect.Consent{})
		return patchVolume(f.Volume, why, patches, err)
	}
	patches, err := mendSector(p, v)
	return patchVolume(f.Volume, why, patches, err)
}
