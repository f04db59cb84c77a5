package bootchain

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// CodeFor finds boot code that loads a file (a name of bootsect.Code.Loads) for
// a volume, without anything from outside: in the copy of its own boot sector,
// then in volumes of the patient, those of the same disk first. The patches
// count from the start of the volume; from says where the code is from. Where
// there is none the error wraps part.ErrRefused.
func CodeFor(p *inspect.Patient, b *BootVolume, loads string, consent bootsect.Consent) (patches []part.Patch, from string, err error) {
	if b.Err != nil {
		return nil, "", b.Err
	}
	if len(b.Sector.Copies) > 0 {
		patches, code, err := b.Sector.Restore(consent)
		if err == nil && len(patches) > 0 && right(b, code, loads) {
			return patches, "the " + b.Sector.Copies[0].What, nil
		}
	}
	refused := part.Refuse("no volume of this machine has boot code for %s that loads %s", b.Sector.Kind, loads)
	for _, v := range sameDiskFirst(p, b.Volume.Disk) {
		if v == b.Volume || v.Dev == nil || v.IsDisc() {
			continue
		}
		donor, err := bootsect.Read(v.Dev)
		if err != nil || donor.Damage != nil || donor.Kind != b.Sector.Kind || !right(b, donor.Code, loads) {
			continue
		}
		patches, err := b.Sector.CopyCode(donor, consent)
		if err == nil && len(patches) > 0 {
			return patches, v.ID(), nil
		}
		if err != nil {
			refused = fmt.Errorf("code of %s: %w", v.ID(), err)
		}
	}
	return nil, "", refused
}

// right reports whether code does what is wanted on the volume.
func right(b *BootVolume, code bootsect.Code, loads string) bool {
	fat16 := code.Reads == fs.FAT16 && b.Sector.Kind == fs.FAT12
	return code.Whole() && code.Loads == loads && (code.Reads == b.Sector.Kind || fat16)
}

func sameDiskFirst(p *inspect.Patient, d *inspect.Disk) []*inspect.Volume {
	all := append([]*inspect.Volume(nil), d.Volumes...)
	for _, o := range p.Disks {
		if o != d {
			all = append(all, o.Volumes...)
		}
	}
	return all
}
