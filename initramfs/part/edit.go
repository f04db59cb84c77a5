package part

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Editor makes the changes of single fields that people did with diskpart and
// fdisk. Each method judges the disk as it was when Edit read it and returns
// patches of the disk; none where everything is as asked for already.
type Editor struct {
	table  *Table
	sector [mbrSize]byte
}

// Edit reads the table of a disk for changes. Disks that hold a GPT, no table,
// or a dynamic disk are refused: their tables are not what decides there.
func Edit(dev block.Device) (*Editor, error) {
	t, err := Read(dev)
	if err != nil {
		return nil, err
	}
	e := &Editor{table: t}
	if _, err := dev.ReadAt(e.sector[:], 0); err != nil {
		return nil, fmt.Errorf("sector 0: %w", err)
	}
	if err := e.judge(); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Editor) judge() error {
	switch e.table.Scheme {
	case GPT:
		return Refuse("the disk has a GPT, on which Windows uses neither active flags nor MBR types; nothing to change here")
	case None:
		return Refuse("the disk has no MBR partition table; if it had one, restore its signature 55AA first")
	}
	if i := slices.IndexFunc(e.table.Partitions, Partition.IsDynamic); i >= 0 {
		return Refuse("partition %d belongs to a dynamic disk or a storage pool, whose own database says what is where; use Windows' disk management",
			e.table.Partitions[i].Number)
	}
	return nil
}

// Table is what was read.
func (e *Editor) Table() *Table { return e.table }

func (e *Editor) find(number int) (Partition, error) {
	for _, p := range e.table.Partitions {
		if p.Number == number {
			return p, nil
		}
	}
	return Partition{}, Refuse("there is no partition %d", number)
}

// SetActive makes the primary partition with this number (of Linux) the active
// one and takes the flag from all other slots, used or not: the boot code
// looks at all four and stops at anything but one 80 and three 00.
func (e *Editor) SetActive(number int) ([]Patch, error) {
	p, err := e.find(number)
	if err != nil {
		return nil, err
	}
	if p.Logical {
		return nil, Refuse("partition %d is a logical drive; the BIOS starts from primary partitions, choose one of those", number)
	}
	return e.flags(number), nil
}

// ClearActive takes the active flag from all four slots: the disk is no longer
// started from.
func (e *Editor) ClearActive() []Patch { return e.flags(0) }

func (e *Editor) flags(active int) (all []Patch) {
	for i, s := range slots(e.sector[:], 0) {
		var flag byte
		if i+1 == active {
			flag = flagActive
		}
		if p, ok := Diff(fmt.Sprintf("boot flag of slot %d", i+1), s.Off+offEntryFlag, []byte{s.flag()}, []byte{flag}); ok {
			all = append(all, p)
		}
	}
	return all
}

// SetType gives a partition another system id. Types that would turn it into a
// container, into nothing, or into a part of something larger are refused.
func (e *Editor) SetType(number int, typ byte) ([]Patch, error) {
	p, err := e.find(number)
	if err != nil {
		return nil, err
	}
	switch {
	case typ == 0:
		return nil, Refuse("type 00 would delete partition %d and renumber those behind it", number)
	case IsContainer(typ), typ == 0x85:
		return nil, Refuse("type %02X would turn partition %d into an extended one and lose what it holds", typ, number)
	case typ == TypeProtective, (Partition{Type: typ}).IsDynamic():
		return nil, Refuse("type %02X says that the disk is managed by something else than this table", typ)
	}
	return patches(fmt.Sprintf("type of partition %d", number), p.Entry.Off+offEntryType, []byte{p.Type}, []byte{typ}), nil
}

// hiddenBit is what boot managers add to the types of Windows' file systems so
// that Windows gives the partition no letter. Source: boot-info-script.
const hiddenBit = 0x10

// hideable are the types that have a hidden form; 12 is a type of its own
// (OEM recovery), not a hidden 02.
var hideable = []byte{0x01, 0x04, 0x06, 0x07, 0x0B, 0x0C, 0x0E}

// IsHidden reports whether the type is the hidden form of one of Windows'.
func IsHidden(typ byte) bool {
	return typ&hiddenBit != 0 && slices.Contains(hideable, typ&^hiddenBit)
}

// GetsLetter reports whether the type is one of those of Windows' file systems:
// Windows gives volumes of others no drive letter. Members of the fault tolerant
// sets of NT 4 have bit 80 or C0 besides.
// Source: IsRecognizedPartition of ntdddisk.h.
func GetsLetter(typ byte) bool {
	return slices.Contains(hideable, typ) || typ&0x80 != 0 && slices.Contains(hideable, typ&^0xC0)
}

// Hide gives a partition the hidden form of its type.
func (e *Editor) Hide(number int) ([]Patch, error) {
	return e.toggle(number, true)
}

// Unhide gives a partition the plain form of its type.
func (e *Editor) Unhide(number int) ([]Patch, error) {
	return e.toggle(number, false)
}

func (e *Editor) toggle(number int, hide bool) ([]Patch, error) {
	p, err := e.find(number)
	if err != nil {
		return nil, err
	}
	switch hidden := IsHidden(p.Type); {
	case hidden == hide && (hidden || slices.Contains(hideable, p.Type)):
		return nil, nil
	case hide && slices.Contains(hideable, p.Type), !hide && hidden:
		return e.SetType(number, p.Type^hiddenBit)
	}
	return nil, Refuse("type %02X of partition %d has no hidden or plain counterpart; set the type that is wanted", p.Type, number)
}

// SetSignature sets the disk signature, by which BCD, registry and boot.ini
// know the disk. Whether another disk has it already is for the caller to know.
func (e *Editor) SetSignature(signature uint32) ([]Patch, error) {
	if signature == 0 {
		return nil, Refuse("signature 0 means none: Windows would make a new one and forget the disk's drive letters")
	}
	return patches("disk signature", offSignature, e.sector[offSignature:offSignature+4],
		binary.LittleEndian.AppendUint32(nil, signature)), nil
}

// patches is Diff for those who return a list.
func patches(what string, off int64, was, becomes []byte) []Patch {
	if p, ok := Diff(what, off, was, becomes); ok {
		return []Patch{p}
	}
	return nil
}

// MendMagic is for a disk whose sector 0 has lost its 55AA, without which
// neither BIOS nor Windows takes it for an MBR. It returns the patch and the
// table that there is with it, and refuses where the four slots do not make a
// table, with what there is of it: what has no signature may be anything. It refuses
// dynamic disks, too.
func MendMagic(dev block.Device) ([]Patch, *Table, error) {
	sector := make([]byte, mbrSize)
	if n, err := dev.ReadAt(sector, 0); n < mbrSize {
		return nil, nil, fmt.Errorf("sector 0: %w", err)
	}
	magic := slices.Clone(sector[offBootMagic:])
	binary.LittleEndian.PutUint16(sector[offBootMagic:], bootMagic)
	fix := patches("signature of the MBR", offBootMagic, magic, sector[offBootMagic:])
	switch {
	case isVolume(sector):
		return nil, nil, Refuse("sector 0 is the boot sector of a file system, not an MBR")
	case fix != nil && hasMagic(dev, int64(dev.SectorSize())):
		return nil, nil, Refuse("a GPT follows, whose protective MBR is damaged; use gdisk to write it anew")
	}
	t := readMBR(dev, sector)
	t.checkEnds(dev)
	t.checkOverlaps()
	if fix == nil {
		return nil, t, nil
	}
	if len(t.Partitions) == 0 {
		return nil, t, Refuse("the signature 55AA is missing, and what should be the partition table is none; restore it with testdisk first")
	}
	if len(t.Damage) > 0 {
		return nil, t, Refuse("the signature 55AA is missing, and the partition table contradicts itself (%v); restore it with testdisk first", t.Damage[0])
	}
	if slices.ContainsFunc(t.Partitions, Partition.IsDynamic) {
		return nil, t, Refuse("the signature 55AA is missing on a dynamic disk, to which nothing is written")
	}
	return fix, t, nil
}
