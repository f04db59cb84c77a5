package systempart

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Plan is how a Windows is to start from its own partition.
type Plan struct {
	Steps []step.Step // none: it does already
	Notes []string    // what the person should know beforehand, one sentence each
}

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// Consolidate plans what people do by hand: the boot files of the system partition are
// copied to the partition of Windows, the references in the store follow, the
// boot sector gets the code that loads them, and the active flag moves. What was
// copied stays where it is, too. Where there is no system partition any more, or nothing is on it, the
// boot files are taken from \Windows\Boot and the store is made anew.
//
// Errors wrap part.ErrRefused, or come from reading.
func Consolidate(p *inspect.Patient, w *inspect.Installation) (Plan, error) {
	b, err := startDisk(w)
	if err != nil {
		return Plan{}, err
	}
	m := &mover{patient: p, windows: w, to: w.Volume, disk: b}
	from := bootchain.SystemVolume(p, w)
	switch {
	case from == w.Volume && m.starts():
		return Plan{}, nil
	case from == w.Volume:
		return Plan{}, part.Refuse("%s starts from its own partition already, and what is missing there can be mended: run bootmend repair", w.Label())
	}
	if err := m.fits(); err != nil {
		return Plan{}, err
	}
	switch {
	case from == nil, from.Kind == fs.Empty && from.Disk == w.Volume.Disk:
		err = m.fromWindows()
	case from.Disk != w.Volume.Disk:
		err = part.Refuse("%s is started from another disk (%s), and which disk the machine starts from is set in its BIOS; bootmend moves boot files within one disk only", w.Label(), from.ID())
	case from.FS == nil || from.Err != nil:
		err = part.Refuse("the system partition %s cannot be read; run bootmend repair first", from.ID())
	case bootchain.ReadBootVolume(from).Wants() == "":
		err = m.fromWindows()
	default:
		m.from = from
		err = m.fromSystem()
	}
	return m.plan, err
}

// mover collects what has to be done.
type mover struct {
	patient *inspect.Patient
	windows *inspect.Installation
	disk    *bootchain.BIOSDisk
	from    *inspect.Volume // nil: boot files come from Windows
	to      *inspect.Volume
	fresh   bool // the volume is going to be made, and empty

	plan   Plan
	copied map[string]bool // paths on the new partition, folded
	need   int64           // bytes of new content
	after  []step.Step     // attributes, which come behind the files
}

// startDisk is the BIOS' view of the disk of a Windows.
func startDisk(w *inspect.Installation) (*bootchain.BIOSDisk, error) {
	d := w.Volume.Disk
	switch {
	case d.Err != nil:
		return nil, d.Err
	case d.Table.Scheme == part.GPT:
		return nil, part.Refuse("%s has a GPT: UEFI starts from a FAT partition only, so that the EFI system partition cannot become part of the NTFS partition of Windows; make it larger instead, or remove folders of other systems from it", d.Path)
	case slices.ContainsFunc(d.Table.Partitions, part.Partition.IsDynamic):
		return nil, part.Refuse("%s is a dynamic disk, whose own database says what starts; use Windows' disk management", d.Path)
	}
	b, err := bootchain.ReadBIOSDisk(d)
	if err == nil && b == nil {
		err = part.Refuse("%s has no partition table that a BIOS starts from", d.Path)
	}
	return b, err
}

// starts reports whether the partition of Windows has all that it takes.
func (m *mover) starts() bool {
	b := bootchain.ReadBootVolume(m.to)
	v := m.disk.Active()
	if len(b.Loaders) == 0 || v == nil || v.Volume != m.to || b.Err != nil || b.Fault() != nil || !b.HasLoader(b.Sector.Code.Loads) {
		return false
	}
	return b.Sector.Code.Loads != "BOOTMGR" || bootchain.HasFile(m.to.FS, bootchain.StorePaths()[0])
}

// fits refuses a partition of Windows that nothing can be started from, or that
// must not be touched.
func (m *mover) fits() error {
	v, label := m.to, m.windows.Label()
	if i := slices.IndexFunc(v.Disk.Volumes, func(o *inspect.Volume) bool { return o.Kind == fs.BitLocker || o.UnlockedBy != nil }); i >= 0 { // unlocked, too: boot code reads sectors as they lie there
		return part.Refuse("%s is encrypted with BitLocker, which watches over what starts the machine: turn BitLocker off in Windows first (manage-bde -off), and wait until the volume is decrypted", v.Disk.Volumes[i].ID())
	}
	switch {
	case v.Partition.Logical:
		return part.Refuse("%s is in a logical drive (partition %d): a BIOS starts from primary partitions only; convert the partition to a primary one with a partitioning tool first", label, v.Partition.Number)
	case v.Partition.Number < 1 || v.Partition.Number > 4:
		return part.Refuse("%s is in no primary partition, and a BIOS starts from nothing else", label)
	case part.IsHidden(v.Partition.Type):
		return part.Refuse("the partition of %s is hidden (type %02X); run bootmend repair, or bootmend part unhide, first", label, v.Partition.Type)
	case m.disk.RunsOwn():
		return part.Refuse("%s in %s decides what %s starts, not the active partition; put Windows' own boot code there first, or let that boot manager start the partition of Windows", m.disk.Manager(), m.disk.ManagerPlace(), v.Disk.Path)
	}
	for _, path := range []string{`\`, `\Boot`} {
		info, err := v.FS.Stat(path)
		switch {
		case err != nil && path == `\`:
			return err
		case err != nil: // it will be made
		case info.Attributes&fs.AttrCompressed != 0:
			return part.Refuse(`%s has the attribute "compressed" on %s: what Windows writes there later would be compressed, and boot code cannot read that; in Windows: compact /u %s, without /s`, label, path, path)
		case info.Attributes&fs.AttrEncrypted != 0:
			return part.Refuse(`%s has the attribute "encrypted" on %s, and boot code cannot read encrypted files; in Windows: cipher /d %s`, label, path, path)
		}
	}
	return nil
}

// room refuses where what is to be written does not fit. As much again is for the
// journal and for what takes the change back.
func (m *mover) room() error {
	const spare = 16 << 20
	w, ok := m.to.FS.(fs.Writer)
	if !ok {
		return fmt.Errorf("files on %s cannot be changed: %w", m.to.Kind, fs.ErrUnsupported)
	}
	free, err := w.Free()
	if err != nil {
		return err
	}
	if want := 2*m.need + spare; free < want {
		return part.Refuse("%s has %d MiB free, and the boot files with what keeps the change safe take %d MiB; make room there first", m.to.ID(), free>>20, want>>20)
	}
	return nil
}
