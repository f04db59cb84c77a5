package bootsect

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Consent is what a person agreed to lose.
type Consent struct {
	// Foreign: boot code of others, or of nobody known, may be replaced. Code
	// that decrypts a disk never is.
	Foreign bool
}

// mayReplace refuses to lose code that is somebody's.
func (c Consent) mayReplace(old Code, where string) error {
	switch {
	case old.Owner == Encryption:
		return part.Refuse("%s holds the boot code of %s: without it the disk cannot be decrypted; decrypt it first", where, old.Name)
	case c.Foreign:
		return nil
	case old.Owner == Foreign:
		return part.Refuse("%s holds the boot code of %s, which would no longer start; allow it if that is wanted", where, old)
	case old.Owner == Unknown:
		return part.Refuse("%s holds boot code that is not known (%s); allow its replacement if nothing else is started by it", where, old)
	}
	return nil
}

// ReplaceMBRCode puts code (at most MBRCodeSize bytes) into sector 0 of a disk.
// The rest of the code area becomes zero; disk signature, table and 55AA stay.
func ReplaceMBRCode(sector, code []byte, consent Consent) ([]part.Patch, error) {
	old, err := RecognizeMBR(sector)
	if err != nil {
		return nil, err
	}
	switch {
	case len(code) > MBRCodeSize:
		return nil, part.Refuse("MBR code of %d bytes: more than the %d before the disk signature", len(code), MBRCodeSize)
	case filled(code):
		return nil, part.Refuse("the new MBR code is empty")
	}
	if _, err := ParseBPB(sector); err == nil && HasMagic(sector) && (sector[0] == 0xEB || sector[0] == 0xE9) {
		return nil, part.Refuse("sector 0 is the boot sector of a file system: the disk has no MBR")
	}
	if err := consent.mayReplace(old, "the MBR"); err != nil {
		return nil, err
	}
	area := make([]byte, MBRCodeSize)
	copy(area, code)
	return list(part.Diff("boot code of the MBR", 0, sector[:MBRCodeSize], area)), nil
}

func list(p part.Patch, ok bool) []part.Patch {
	if !ok {
		return nil
	}
	return []part.Patch{p}
}

// editable refuses what must not be changed field by field.
func (v *Volume) editable() error {
	switch {
	case v.Code.Owner == Encryption:
		return part.Refuse("the volume is encrypted with %s; unlock it first", v.Code.Name)
	case v.Damage != nil && len(v.Copies) > 0:
		return part.Refuse("the boot sector is damaged (%v); restore it from its copy first", v.Damage)
	case v.Damage != nil:
		return part.Refuse("the volume has no boot sector that could be changed: %v", v.Damage)
	}
	return nil
}

// Set gives a field another value in the first sector and in every copy.
// Geometry, hidden sectors and drive number can be set; the other fields say
// where the files are.
func (v *Volume) Set(f Field, value uint64) ([]part.Patch, error) {
	if err := v.editable(); err != nil {
		return nil, err
	}
	switch f {
	case SectorsPerTrack, Heads, HiddenSectors, v.DriveNumberField():
	default:
		return nil, part.Refuse("the %s of a volume cannot be changed in its boot sector alone", f)
	}
	if f.Size() < 8 && value>>(8*f.Size()) != 0 {
		return nil, part.Refuse("%d does not fit into the %d bytes of %s", value, f.Size(), f)
	}
	off, size := f.Offset(), f.Size()
	all := list(part.Diff(fmt.Sprintf("%s in the boot sector", f), int64(off), v.Start[off:off+size], f.bytes(value)))
	for _, c := range v.Copies {
		all = append(all, list(part.Diff(fmt.Sprintf("%s in the %s", f, c.What), c.Off+int64(off), c.Sector[off:off+size], f.bytes(value)))...)
	}
	return all, nil
}

// SetMagic puts 55AA at the end of the first sector and of its copies.
func (v *Volume) SetMagic() ([]part.Patch, error) {
	if err := v.editable(); err != nil {
		return nil, err
	}
	magic := []byte{magicLow, magicHi}
	all := list(part.Diff("signature of the boot sector", offMagic, v.Start[offMagic:offMagic+2], magic))
	for _, c := range v.Copies {
		all = append(all, list(part.Diff("signature of the "+c.What, c.Off+offMagic, c.Sector[offMagic:offMagic+2], magic))...)
	}
	return all, nil
}

// RenewCopy writes the copy of the boot sector of a FAT32 volume anew, where the boot
// sector says that there is one and nothing but zeros is in its place.
func (v *Volume) RenewCopy(dev block.Device) ([]part.Patch, error) {
	places := v.candidates()
	if v.Damage != nil || v.Kind != fs.FAT32 || v.NoCopy == nil || !HasMagic(v.Start) || len(places) != 1 {
		return nil, part.Refuse("there is no place for a copy of the boot sector, or the boot sector is damaged")
	}
	old := make([]byte, sectorSize)
	if _, err := dev.ReadAt(old, places[0].off); err != nil {
		return nil, fmt.Errorf("%s: %w", places[0].what, err)
	}
	if slices.ContainsFunc(old, func(b byte) bool { return b != 0 }) {
		return nil, part.Refuse("the %s is not empty: somebody may have put something else there", places[0].what)
	}
	return list(part.Diff(places[0].what, places[0].off, old, v.Start[:sectorSize])), nil
}

// Restore takes the first sector from its copy: the whole of it where the first
// is damaged, code only where its BPB is sound. Look at the verdict on the
// code that is returned: for NTFS the other sectors of $Boot stay as they are,
// and have to be of the same generation.
func (v *Volume) Restore(consent Consent) ([]part.Patch, Code, error) {
	if err := v.mayRestore(consent); err != nil {
		return nil, Code{}, err
	}
	c := v.Copies[0]
	restored := bytes.Clone(v.Start)
	if v.Damage != nil {
		copy(restored, c.Sector)
	} else {
		for _, r := range codeRanges(v.Kind, 0) {
			if r[1] <= sectorSize {
				copy(restored[r[0]:r[1]], c.Sector[r[0]:r[1]])
			}
		}
	}
	code, err := RecognizeVBR(restored)
	return list(part.Diff("boot sector from the "+c.What, 0, v.Start[:sectorSize], restored[:sectorSize])), code, err
}

func (v *Volume) mayRestore(consent Consent) error {
	switch {
	case v.Code.Owner == Encryption:
		return part.Refuse("the volume is encrypted with %s; unlock it first", v.Code.Name)
	case v.other != "":
		return part.Refuse("the volume holds %s; a boot sector of Windows would destroy it", v.other)
	case len(v.Copies) == 0:
		return part.Refuse("there is no copy of the boot sector: %v", v.NoCopy)
	case !HasMagic(v.Copies[0].Sector):
		return part.Refuse("the %s does not end in 55AA: it is damaged too", v.Copies[0].What)
	case v.Damage == nil:
		return consent.mayReplace(v.Code, "the boot sector")
	case !v.remnant() && !consent.Foreign:
		return part.Refuse("the first sector is neither empty nor a remnant of a boot sector (%v), it may be the header of an encrypted volume; allow its replacement if it is not", v.Code)
	}
	for _, o := range v.Copies[1:] {
		if !bytes.Equal(o.Sector, v.Copies[0].Sector) {
			return part.Refuse("the %s and the %s differ; compare them by hand", v.Copies[0].What, o.What)
		}
	}
	return nil
}

// CopyCode takes the boot code of donor, a volume of the same file system, and
// leaves everything that belongs to v: BPB, label, serial number, FSInfo, the
// place of the shadow copies' catalog. The copies of the first sector follow.
func (v *Volume) CopyCode(donor *Volume, consent Consent) ([]part.Patch, error) {
	if err := v.editable(); err != nil {
		return nil, err
	}
	if err := v.judgeDonor(donor); err != nil {
		return nil, err
	}
	if err := consent.mayReplace(v.Code, "the boot sector"); err != nil {
		return nil, err
	}
	if err := v.judgeRoom(donor.Code.Second, consent); err != nil {
		return nil, err
	}
	becomes := bytes.Clone(v.Start)
	for _, r := range codeRanges(v.Kind, donor.Code.Second) {
		copy(becomes[r[0]:r[1]], donor.Start[r[0]:r[1]])
	}
	all := list(part.Diff("boot code of the volume", 0, v.Start[:sectorSize], becomes[:sectorSize]))
	for off := sectorSize; off < len(becomes); off += sectorSize {
		end := min(off+sectorSize, len(becomes))
		all = append(all, list(part.Diff(fmt.Sprintf("boot code in sector %d", off/sectorSize), int64(off), v.Start[off:end], becomes[off:end]))...)
	}
	for _, c := range v.Copies {
		sector := bytes.Clone(c.Sector)
		for _, r := range codeRanges(v.Kind, 0) {
			if r[1] <= sectorSize {
				copy(sector[r[0]:r[1]], donor.Start[r[0]:r[1]])
			}
		}
		all = append(all, list(part.Diff("boot code in the "+c.What, c.Off, c.Sector, sector))...)
	}
	return all, nil
}

// judgeDonor refuses donors whose code cannot work here.
func (v *Volume) judgeDonor(donor *Volume) error {
	fat16 := v.Kind == fs.FAT12 || v.Kind == fs.FAT16
	switch {
	case donor.Damage != nil:
		return part.Refuse("the donor has no boot sector: %v", donor.Damage)
	case donor.Kind != v.Kind:
		return part.Refuse("boot code of %s does not read %s; take it from a volume of the same kind", donor.Kind, v.Kind)
	case donor.SectorSize() != sectorSize || v.SectorSize() != sectorSize:
		return part.Refuse("sectors of %d bytes, the donor's of %d: boot code is known for 512 only", v.SectorSize(), donor.SectorSize())
	case !donor.Code.Whole():
		return part.Refuse("the donor's boot code is not a whole one of Windows or ReactOS: %v", donor.Code)
	case !HasMagic(donor.Start):
		return part.Refuse("the donor's boot sector does not end in 55AA")
	case donor.Code.Reads != v.Kind && !(fat16 && donor.Code.Reads == fs.FAT16):
		return part.Refuse("the donor's boot code is for another file system: %v", donor.Code)
	case v.Kind == fs.NTFS && (len(v.Start) < bootSize || len(donor.Start) < bootSize):
		return part.Refuse("a volume of less than %d bytes has no room for boot code", bootSize)
	}
	return nil
}

// judgeRoom refuses to overwrite sectors behind the first that hold something
// else than code that is to go.
func (v *Volume) judgeRoom(second int, consent Consent) error {
	if v.Kind == fs.FAT32 && second > 0 {
		reserved, backup := int(v.Get(ReservedSectors)), int(v.Get(BackupSector))
		if second >= reserved || second == int(v.Get(FSInfoSector)) || second >= backup && second < backup+3 && backup > 0 {
			return part.Refuse("the code needs sector %d, which belongs to something else here (%d reserved sectors, copy in sector %d)", second, reserved, backup)
		}
	}
	for _, r := range codeRanges(v.Kind, second) {
		if r[0] < sectorSize || r[1] > len(v.Start) {
			continue
		}
		known := v.Code.Owner == Microsoft || v.Code.Owner == ReactOS
		free := filled(v.Start[r[0]:r[1]]) || v.Kind == fs.FAT32 && HasMagic(v.Start[r[0]:]) && filled(v.Start[r[0]:r[1]-2])
		mine := known && (v.Kind == fs.NTFS && len(v.Code.Missing) == 0 || v.Kind == fs.FAT32 && v.Code.Second == second)
		if !free && !mine && !v.knownRest() && !consent.Foreign {
			return part.Refuse("bytes %#x to %#x of the volume, where boot code goes, hold something that is not known; allow its replacement if it is not needed", r[0], r[1])
		}
	}
	return nil
}

// knownRest reports whether the sectors of $Boot behind the first are those of
// Windows, although the first is damaged: they begin with the loader's name.
func (v *Volume) knownRest() bool {
	if v.Kind != fs.NTFS || len(v.Start) < bootSize {
		return false
	}
	for _, name := range []string{nameNTLDR, nameBOOTMGR} {
		if string(v.Start[offName:offName+len(name)]) == name {
			return true
		}
	}
	return false
}
