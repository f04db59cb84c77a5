package condition

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// eachTarget asks detect about the boot sector that starts Windows on each disk:
// that of the active partition, or of the one that will be active when the
// other conditions are mended. Where a boot manager decides, findings are for a
// person to judge.
func eachTarget(p *inspect.Patient, detect func(v *bootchain.BootVolume) (Finding, bool)) []Finding {
	all := eachStart(p, func(b *bootchain.BIOSDisk) (Finding, bool) {
		target := b.Target()
		if target == nil || target.Err != nil || target.Wants() == "" {
			return Finding{}, false
		}
		f, found := detect(target)
		if found && b.RunsOwn() {
			f.Confidence, f.Severity = Low, Warning
			f.Advice = "There is " + b.Manager() + " in " + b.ManagerPlace() + ", which may start Windows without this boot sector. If it does not, repair with --only. " + f.Advice
		}
		return f, found
	})
	for _, m := range bootchain.BootManagers(p) {
		v := expecting(p, bootchain.ReadBootVolume(m.System))
		if b, err := bootchain.ReadBIOSDisk(m.System.Disk); err != nil || b == nil || len(b.Loading()) > 0 || b.RunsOwn() || v.Err != nil || v.Wants() == "" {
			continue
		}
		if f, found := detect(v); found {
			all = append(all, startedElsewhere(p, m.System.Disk, f))
		}
	}
	return all
}

// expecting is the volume as it will be when bootmgr-missing is mended: a system
// partition that was formatted gets a loader, which its boot sector then has to load.
func expecting(p *inspect.Patient, v *bootchain.BootVolume) *bootchain.BootVolume {
	if v.Err != nil || v.Wants() != "" {
		return v
	}
	for _, m := range bootchain.BootManagers(p) {
		if m.System == v.Volume && isBIOS(m) && missingFile(m.System, bootmgrPath) != nil && bootmgrCopy(p, m) != nil {
			with := *v
			with.Lost = []string{"BOOTMGR"}
			return &with
		}
	}
	return v
}

// sectorFault is a finding about a boot sector with a fault.
func sectorFault(v *inspect.Volume, fault *bootchain.SectorFault) Finding {
	f := ofVolume(v)
	f.Symptom = fault.Symptom
	f.Summary = fmt.Sprintf("The boot sector of %s does not start: %s.", v.ID(), fault.What)
	f.Evidence = append(f.Evidence, inVolume(v, fault.Off, fault.Expected, fault.Actual))
	return f
}

// withCode completes a finding that other boot code ends. Code that nothing
// was seen to start with waits for a person.
func withCode(f *Finding, p *inspect.Patient, v *bootchain.BootVolume) {
	patches, from, err := bootchain.CodeFor(p, v, v.Wants(), bootsect.Consent{})
	if err == nil {
		f.Evidence = append(f.Evidence, inVolume(v.Volume, -1, "", "boot code that loads "+v.Wants()+" is in "+from.What))
		if !from.Proved {
			f.Confidence = Low
			f.Advice += fmt.Sprintf("No volume has the code; %s does, but whether it starts cannot be told. To try it: bootmend repair --only with the ID of this finding. ", from.What)
		}
	}
	f.fixableBy(patches, err, withWindows)
}

// fixCode puts in boot code that loads the loader of the volume.
func fixCode(p *inspect.Patient, f Finding) ([]step.Step, error) {
	v := expecting(p, bootchain.ReadBootVolume(f.Volume))
	patches, from, err := bootchain.CodeFor(p, v, v.Wants(), bootsect.Consent{})
	return patchVolume(f.Volume, fmt.Sprintf("the boot sector loads %s; the code is from %s", v.Wants(), from.What), patches, err)
}

// setFields changes fields of the boot sector and of its copies.
func setFields(v *bootchain.BootVolume, fields map[bootsect.Field]uint64) ([]part.Patch, error) {
	if v.Err != nil {
		return nil, v.Err
	}
	var all []part.Patch
	for _, f := range []bootsect.Field{bootsect.SectorsPerTrack, bootsect.Heads, bootsect.HiddenSectors} {
		n, wanted := fields[f]
		if !wanted {
			continue
		}
		patches, err := v.Sector.Set(f, n)
		if err != nil {
			return nil, err
		}
		all = append(all, patches...)
	}
	return all, nil
}
