package repair

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
	"github.com/bootmend/bootmend/initramfs/step"
)

// ErrNoUndo: there is no place for an undo bundle. Nothing was written. The stick that
// bootmend was started from is none: its disk is never one of those that are written to.
var ErrNoUndo = errors.New("there is no place to keep what was there before; attach a USB stick with a FAT volume called " + media.Label + ", not the one that bootmend was started from")

// onVolume puts the bundle on the volume of the Windows that is repaired, on
// one of the volumes that change, on a stick, or on a volume of the data
// disk that is repaired.
func (p *Plan) onVolume(steps []step.Step, c *collector) (keeping, error) {
	why := ErrNoUndo
	for _, v := range p.bundleVolumes(steps) {
		all, err := c.writeSteps(v, p.likeConfig(v))
		if err != nil {
			return keeping{}, err
		}
		if err := p.canTake(v, all); err != nil {
			why = fmt.Errorf("%w (%s: %v)", why, v.ID(), err)
			continue
		}
		p.Undo = Undo{ID: c.manifest.ID, Where: fmt.Sprintf(`on %s in %s\%s`, v.ID(), bundle.Root, c.manifest.ID), Final: c.manifest.Final}
		return keeping{p.withReport(v, c.manifest.ID, all), p.Undo}, nil
	}
	if said, ok := p.saidInstead(steps); ok {
		return keeping{place: Undo{Final: append(c.manifest.Final, said...)}}, nil
	}
	return keeping{}, why
}

// mostSaid bounds what is told instead of kept: the table of an MBR with its
// signature.
const mostSaid = 80

// saidInstead is for a repair that makes partitions visible: nothing can be kept
// on a disk of which no volume can be read, but what a few bytes of one sector
// were can be said in the report.
func (p *Plan) saidInstead(steps []step.Step) ([]string, bool) {
	var said []string
	for _, s := range steps {
		m, ok := s.(step.Patch)
		if !ok || !step.OneSector(m) || len(m.Old) > mostSaid || slices.ContainsFunc(m.Disk.Volumes, func(v *inspect.Volume) bool { return v.FS != nil }) {
			return nil, false
		}
		said = append(said, fmt.Sprintf("%s: there was % x at byte %#x of %s; this line is all that keeps it", m.What, m.Old, m.Off, m.Disk.Path))
	}
	return said, len(said) > 0
}

// bundleVolumes are the candidates, best first.
func (p *Plan) bundleVolumes(steps []step.Step) []*inspect.Volume {
	var all []*inspect.Volume
	secret := concernsUnlocked(steps)
	add := func(v *inspect.Volume) {
		if v != nil && v.FS != nil && !slices.Contains(all, v) && (!secret || isUnlocked(v)) {
			all = append(all, v)
		}
	}
	for _, f := range p.Fixes {
		if f.Finding.Windows != nil {
			add(f.Finding.Windows.Volume)
		}
	}
	for _, s := range steps {
		disk, v := s.Place()
		for _, w := range p.patient.Windows {
			if w.Volume == v || v == nil && w.Volume.Disk == disk {
				add(w.Volume)
			}
		}
	}
	for _, s := range steps {
		_, v := s.Place()
		add(v)
	}
	for _, s := range steps {
		disk, _ := s.Place()
		for _, w := range p.patient.Windows {
			if w.Volume.Disk == disk {
				add(w.Volume)
			}
		}
	}
	for _, v := range p.patient.Volumes() {
		if isStick(p.patient, v, steps) {
			add(v)
		}
	}
	for _, d := range p.dataDisks(steps) {
		for _, v := range d.Volumes {
			add(v)
		}
	}
	return all
}

// dataDisks are the disks of steps that concern nothing but disks without a Windows.
// What such steps change is no secret, as what is kept of a hive would be.
func (p *Plan) dataDisks(steps []step.Step) []*inspect.Disk {
	var all []*inspect.Disk
	for _, s := range steps {
		disk, v := s.Place()
		if v != nil || slices.ContainsFunc(p.patient.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == disk }) {
			return nil
		}
		all = append(all, disk)
	}
	return all
}

// slack is what a volume keeps free beside the bundle: for records, indexes and
// what Windows wants to write at its next start.
const slack = 4 << 20

// canTake says why the volume cannot take the bundle.
func (p *Plan) canTake(v *inspect.Volume, steps []step.Step) error {
	if because, blocked := p.blocked(steps); blocked {
		return &RefusedError{because}
	}
	w, ok := v.FS.(fs.Writer)
	if !ok {
		return fs.ErrUnsupported
	}
	if v.State != nil && !v.State.Log.Clean && v.Replayed == nil && (!p.opt.DiscardLog || p.spares("ntfs-log-unclean", v)) {
		return fmt.Errorf("%s: %w", v.State.Log.Why, fs.ErrUnsupported)
	}
	free, err := w.Free()
	if err != nil {
		return err
	}
	need := int64(slack)
	for _, s := range steps {
		if f, ok := s.(step.WriteFile); ok {
			need += f.New.Size
		}
	}
	if free < need {
		return fmt.Errorf("%d bytes free, %d needed: %w", free, need, fs.ErrNoSpace)
	}
	return nil
}

// likeConfig is the folder whose security the bundle gets: it may hold hives,
// which not everybody may read.
func (p *Plan) likeConfig(v *inspect.Volume) string {
	for _, w := range p.patient.Windows {
		if w.Volume == v {
			return w.Path(`system32\config`)
		}
	}
	return ""
}
