package bootchain

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// CodeSource is where boot code is from.
type CodeSource struct {
	What string // for people
	// Proved: a volume starts with it, or could. Code inside a file of Windows has
	// the marks of boot code, and more is not known of it.
	Proved bool
}

// codeFiles are files below the system root that carry boot code. Source: where
// the code was found by others; untfs.dll formats volumes, spcmdcon.sys is the
// Recovery Console.
func codeFiles() []string {
	return []string{`system32\untfs.dll`, `system32\spcmdcon.sys`, `system32\bootsect.exe`}
}

// CodeFor finds boot code that loads a file (a name of bootsect.Code.Loads) for
// a volume, without anything from outside: in the copy of its own boot sector,
// in volumes of the patient, those of the same disk first, and in files of
// Windows. The patches count from the start of the volume. Where there is none the
// error wraps part.ErrRefused.
func CodeFor(p *inspect.Patient, b *BootVolume, loads string, consent bootsect.Consent) ([]part.Patch, CodeSource, error) {
	if b.Err != nil {
		return nil, CodeSource{}, b.Err
	}
	if len(b.Sector.Copies) > 0 {
		patches, code, err := b.Sector.Restore(consent)
		if err == nil && len(patches) > 0 && right(b, code, loads) {
			return patches, CodeSource{"the " + b.Sector.Copies[0].What, true}, nil
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
			return patches, CodeSource{v.ID(), true}, nil
		}
		if err != nil {
			refused = fmt.Errorf("code of %s: %w", v.ID(), err)
		}
	}
	if patches, from, ok := codeInFiles(p, b, loads, consent); ok {
		return patches, from, nil
	}
	return nil, CodeSource{}, refused
}

func codeInFiles(p *inspect.Patient, b *BootVolume, loads string, consent bootsect.Consent) ([]part.Patch, CodeSource, bool) {
	for _, w := range p.Windows {
		for _, below := range codeFiles() {
			f, err := w.Volume.FS.Open(w.Path(below))
			if err != nil {
				continue
			}
			for _, donor := range bootsect.InFile(f, f.Info().Size, b.Sector) {
				patches, err := b.Sector.CopyCode(donor, consent)
				if err == nil && len(patches) > 0 && right(b, donor.Code, loads) {
					return patches, CodeSource{w.Path(below) + " of " + w.Volume.ID(), donor.Code.Pristine}, true
				}
			}
		}
	}
	return nil, CodeSource{}, false
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
