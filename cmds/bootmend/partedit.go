package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/part/mbrcode"
)

// active makes a partition the active one.
func (p *partTool) active(d *inspect.Disk, args []string) (partAction, error) {
	e, err := part.Edit(d.Dev)
	if err != nil {
		return partAction{}, err
	}
	if args[0] == "none" {
		return partAction{title: "no partition active", patches: e.ClearActive()}, nil
	}
	n, err := partitionNumber(args[0])
	if err != nil {
		return partAction{}, err
	}
	patches, err := e.SetActive(n)
	return partAction{title: fmt.Sprintf("partition %d active", n), patches: patches}, err
}

// typeGUIDs are the types of GPT that have a name here.
func typeGUIDs() map[string]string {
	return map[string]string{"esp": part.GUIDESP, "basic": part.GUIDBasicData, "recovery": part.GUIDRecovery, "msr": part.GUIDReserved}
}

func (p *partTool) setType(d *inspect.Disk, args []string) (a partAction, err error) {
	n, err := partitionNumber(args[0])
	if err != nil {
		return a, err
	}
	a.title = fmt.Sprintf("type of partition %d %s", n, args[1])
	if d.Table.Scheme == part.GPT {
		guid := args[1]
		if known, ok := typeGUIDs()[strings.ToLower(guid)]; ok {
			guid = known
		}
		e, err := part.EditGPT(d.Dev)
		if err != nil {
			return a, err
		}
		a.patches, err = e.SetType(n, strings.ToUpper(guid))
		return a, err
	}
	typ, err := strconv.ParseUint(strings.TrimPrefix(args[1], "0x"), 16, 8)
	if err != nil {
		return a, usageError{fmt.Errorf("type %q: want two hexadecimal digits, for instance 07", args[1])}
	}
	e, err := part.Edit(d.Dev)
	if err != nil {
		return a, err
	}
	a.patches, err = e.SetType(n, byte(typ))
	return a, err
}

func (p *partTool) hide(d *inspect.Disk, args []string) (partAction, error) {
	return toggle(d, args[0], "hide", (*part.Editor).Hide)
}

func (p *partTool) unhide(d *inspect.Disk, args []string) (partAction, error) {
	return toggle(d, args[0], "unhide", (*part.Editor).Unhide)
}

func toggle(d *inspect.Disk, number, what string, edit func(*part.Editor, int) ([]part.Patch, error)) (partAction, error) {
	n, err := partitionNumber(number)
	if err != nil {
		return partAction{}, err
	}
	e, err := part.Edit(d.Dev)
	if err != nil {
		return partAction{}, err
	}
	patches, err := edit(e, n)
	return partAction{title: fmt.Sprintf("%s partition %d", what, n), patches: patches}, err
}

func (p *partTool) signature(d *inspect.Disk, args []string) (a partAction, err error) {
	a.title = "identity of the disk " + args[0]
	if d.Table.Scheme == part.GPT {
		e, err := part.EditGPT(d.Dev)
		if err != nil {
			return a, err
		}
		a.patches, err = e.SetGUID(args[0])
		return a, err
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(args[0]), "0x"), 16, 32)
	if err != nil {
		return a, usageError{fmt.Errorf("signature %q: want up to 8 hexadecimal digits", args[0])}
	}
	e, err := part.Edit(d.Dev)
	if err != nil {
		return a, err
	}
	a.patches, err = e.SetSignature(uint32(n))
	return a, err
}

// writeMBR gives the MBR its signature, too, where only that is missing.
func (p *partTool) writeMBR(d *inspect.Disk, _ []string) (a partAction, err error) {
	a.title = "boot code in the MBR"
	if d.Table.Scheme == part.GPT {
		return a, part.Refuse("the disk has a GPT: Windows starts from it by UEFI, which runs no code in the MBR")
	}
	magic, _, err := part.MendMagic(d.Dev)
	if err != nil {
		return a, err
	}
	sector := make([]byte, 512)
	if n, err := d.Dev.ReadAt(sector, 0); n < len(sector) {
		return a, err
	}
	a.patches, err = bootsect.ReplaceMBRCode(sector, mbrcode.Code(), bootsect.Consent{Foreign: p.foreign})
	a.patches = append(a.patches, magic...)
	return a, err
}

// writeVBR takes the boot sector from its copy or the code from a donor; without
// --from what is needed: the copy where the boot sector is damaged, else code
// for the boot loader that the volume has.
func (p *partTool) writeVBR(d *inspect.Disk, args []string) (a partAction, err error) {
	n, err := partitionNumber(args[0])
	if err != nil {
		return a, err
	}
	v, err := volumeOf(d, n)
	if err != nil {
		return a, err
	}
	b := bootchain.ReadBootVolume(v)
	if b.Err != nil {
		return a, b.Err
	}
	consent := bootsect.Consent{Foreign: p.foreign}
	a.volume, a.title = v, "boot sector of "+v.ID()
	switch {
	case p.from != "":
		donor, err := p.donor(d)
		if err != nil {
			return a, err
		}
		a.patches, err = b.Sector.CopyCode(donor, consent)
		return a, err
	case b.Sector.Damage != nil:
		a.patches, _, err = b.Sector.Restore(consent)
		return a, err
	case b.Wants() == "":
		return a, part.Refuse("%s has no boot loader of Windows (bootmgr, ntldr) in its root; name a volume with --from whose boot code it is to get", v.ID())
	case b.Sector.Code.Whole() && b.Sector.Code.Loads == b.Wants() && b.ReadsAlike() && bootsect.HasMagic(b.Sector.Start):
		return a, nil
	}
	patches, from, err := bootchain.CodeFor(p.patient, b, b.Wants(), consent)
	a.title += ", with the code of " + from.What
	a.patches = patches
	return a, err
}

// donor is the volume that --from names.
func (p *partTool) donor(d *inspect.Disk) (*bootsect.Volume, error) {
	number := p.from
	if _, rest, ok := cutPartition(p.from); ok {
		d, number = p.patient.Disks[1], rest
	}
	n, err := partitionNumber(number)
	if err != nil {
		return nil, err
	}
	v, err := volumeOf(d, n)
	if err != nil {
		return nil, err
	}
	return bootsect.Read(v.Dev)
}

// cutPartition splits DISK:M.
func cutPartition(s string) (disk, number string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

func volumeOf(d *inspect.Disk, number int) (*inspect.Volume, error) {
	for _, v := range d.Volumes {
		if v.Partition.Number == number && !v.IsDisc() {
			if v.Dev == nil {
				return nil, v.Err
			}
			return v, nil
		}
	}
	return nil, part.Refuse("%s has no partition %d; bootmend part ls lists them", d.Path, number)
}
