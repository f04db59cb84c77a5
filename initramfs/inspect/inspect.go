package inspect

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Inspect looks at the disks in the order given. m may be nil. The error is
// the context's; everything else that goes wrong is recorded in the Patient.
func Inspect(ctx context.Context, m *machine.Machine, sources []Source) (*Patient, error) {
	p := &Patient{Machine: m}
	for _, s := range sources {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.Disks = append(p.Disks, inspectDisk(m, s))
	}
	for _, v := range p.Volumes() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.Windows = append(p.Windows, findWindows(v)...)
	}
	p.findNamed()
	for i, w := range p.Windows {
		w.ID = fmt.Sprintf("w%d", i+1)
	}
	return p, nil
}

func inspectDisk(m *machine.Machine, s Source) *Disk {
	d := &Disk{Path: s.Path, Unlocked: s.Unlocked, Dev: block.WithSectorSize(s.Dev, part.SectorSize(s.Dev)), Controller: m.ControllerOf(s.Path)}
	if d.Table, d.Err = part.Read(d.Dev); d.Err != nil {
		return d
	}
	if d.Rescue = media.IsRescue(d.Dev); d.Rescue {
		d.addDisc() // its files may be wanted
		return d
	}
	for _, e := range d.Table.Partitions {
		d.Volumes = append(d.Volumes, inspectVolume(d, e))
	}
	d.addDisc()
	return d
}

func inspectVolume(d *Disk, e part.Partition) *Volume {
	v := &Volume{Disk: d, Partition: e}
	if e.IsDynamic() {
		v.Err = fmt.Errorf("partition type %s: volume of a dynamic disk or storage pool: %w", e.TypeName(), fs.ErrUnsupported)
		return v
	}
	section, err := block.NewSection(d.Dev, e.Range)
	if err != nil {
		v.Err = fmt.Errorf("partition ends at byte %d, disk at %d: %w", e.Range.End(), d.Dev.Size(), fs.ErrDamaged)
		return v
	}
	v.Dev = section
	for i, u := range d.Unlocked {
		if u.Range.Off == e.Range.Off {
			v.BitLocker, v.UnlockedBy = u.Volume, &d.Unlocked[i].Secret.By
		}
	}
	if v.Kind, v.Err = probe.Detect(section); v.Err != nil {
		return v
	}
	switch v.Kind {
	case fs.BitLocker:
		v.BitLocker, v.BitLockerErr = bitlocker.Open(section)
		return v
	case fs.NTFS, fs.FAT12, fs.FAT16, fs.FAT32:
		v.FS, v.Err = probe.Open(section)
	case fs.ISO9660, fs.UDF:
		v.FS = newDisc(v.Kind, section)
		return v
	}
	if n, ok := v.FS.(*ntfs.Volume); ok && v.Err == nil {
		v.readState(n)
		v.replayLog(section, n)
	}
	v.readHibernation()
	return v
}

func (v *Volume) readState(n *ntfs.Volume) {
	state, err := n.State()
	if err != nil {
		v.StateErr = fmt.Errorf("state of the volume: %w", err)
		return
	}
	v.State = &state
}
