package systempart

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/part/mbrcode"
	"github.com/bootmend/bootmend/initramfs/step"
)

// bootSector makes the boot sector of the partition of Windows load what was copied: its
// code, and the fields by which code finds its volume, which nobody needed as
// long as another partition was started from.
func (m *mover) bootSector(loads string) error {
	b := bootchain.ReadBootVolume(m.to)
	if b.Err != nil {
		return b.Err
	}
	if b.Sector.Damage != nil {
		return part.Refuse("the boot sector of %s is damaged (%v); run bootmend repair first", m.to.ID(), b.Sector.Damage)
	}
	code, err := m.code(b, loads)
	if err != nil {
		return err
	}
	fields, err := m.fields(b, loads)
	if err != nil {
		return err
	}
	if code, err = over(code, fields); err != nil {
		return err
	}
	for _, p := range code {
		p = p.At(m.to.Partition.Range.Off)
		m.plan.Steps = append(m.plan.Steps, step.Patch{Disk: m.to.Disk, Volume: m.to, What: p.What, Off: p.Off, Old: p.Old, New: p.New,
			Why: fmt.Sprintf("the boot sector of the partition of Windows loads %s", loads)})
	}
	return nil
}

// code are the patches that put in code which loads what is wanted, none where it
// is there.
func (m *mover) code(b *bootchain.BootVolume, loads string) ([]part.Patch, error) {
	s := b.Sector
	if s.Code.Whole() && s.Code.Loads == loads && b.ReadsAlike() && bootsect.HasMagic(s.Start) {
		return nil, nil
	}
	patches, from, err := bootchain.CodeFor(m.patient, b, loads, bootsect.Consent{})
	switch {
	case errors.Is(err, part.ErrRefused):
		return nil, part.Refuse("the boot sector of %s does not load %s, and boot code that does is not to be had: %v. On a running Windows, bootsect /nt60 of the letter of Windows (Vista and later), or fixboot of the Recovery Console, puts it there; then ask again", m.to.ID(), loads, err)
	case err != nil:
		return nil, err
	case !from.Proved:
		return nil, part.Refuse("no volume of this machine has boot code for %s that loads %s; %s seems to have it, but nothing was seen to start with that. With a Windows medium: bootsect /nt60, or fixboot of the Recovery Console; then ask again", s.Kind, loads, from.What)
	}
	if !bootsect.HasMagic(s.Start) {
		magic, err := s.SetMagic()
		if err != nil {
			return nil, err
		}
		return over(patches, magic)
	}
	return patches, nil
}

// fields are the patches of the hidden sectors, and of the geometry where code
// goes by it: the boot sector that the machine was started with has the right one.
func (m *mover) fields(b *bootchain.BootVolume, loads string) (all []part.Patch, err error) {
	set := func(f bootsect.Field, n uint64) {
		if err != nil || b.Sector.Get(f) == n {
			return
		}
		var patches []part.Patch
		patches, err = b.Sector.Set(f, n)
		all = append(all, patches...)
	}
	set(bootsect.HiddenSectors, uint64(b.StartLBA()))
	if m.from != nil && loads == "NTLDR" {
		if old := bootchain.ReadBootVolume(m.from); old.Err == nil && old.Sector.Damage == nil {
			set(bootsect.Heads, old.Sector.Get(bootsect.Heads))
			set(bootsect.SectorsPerTrack, old.Sector.Get(bootsect.SectorsPerTrack))
		}
	}
	return all, err
}

// over lays small patches over others of the same place.
func over(all, small []part.Patch) ([]part.Patch, error) {
	for _, s := range small {
		merged := false
		for i, p := range all {
			from := s.Off - p.Off
			switch {
			case s.Off+int64(len(s.New)) <= p.Off || from >= int64(len(p.New)):
			case from >= 0 && from+int64(len(s.New)) <= int64(len(p.New)):
				all[i].New = append([]byte(nil), p.New...)
				copy(all[i].New[from:], s.New)
				merged = true
			default:
				return nil, part.Refuse("%s and %s overlap; run bootmend repair first", p.What, s.What)
			}
		}
		if !merged {
			all = append(all, s)
		}
	}
	return all, nil
}

// activate moves the active flag, and puts code that goes by it into an MBR that
// has none.
func (m *mover) activate() error {
	if m.disk.CodeMissing() {
		patches, err := bootsect.ReplaceMBRCode(m.disk.Sector, mbrcode.Code(), bootsect.Consent{})
		if err != nil {
			return err
		}
		for _, p := range patches {
			m.plan.Steps = append(m.plan.Steps, step.Patch{Disk: m.to.Disk, What: p.What, Off: p.Off, Old: p.Old, New: p.New, Why: "the MBR starts the active partition"})
		}
	}
	e, err := part.Edit(m.to.Disk.Dev)
	if err != nil {
		return err
	}
	patches, err := e.SetActive(m.to.Partition.Number)
	if err != nil {
		return err
	}
	for _, p := range patches {
		m.plan.Steps = append(m.plan.Steps, step.Patch{Disk: m.to.Disk, What: p.What, Off: p.Off, Old: p.Old, New: p.New, Why: "the MBR starts the partition of Windows"})
	}
	return nil
}
