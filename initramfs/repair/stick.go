package repair

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/step"
)

// StickFolder is a folder by which a person says that a volume with the label
// (media.Label) is meant for undo bundles when the patient cannot take them, and for
// reports, where the disk does not look like a stick: a fixed one, or an image.
const StickFolder = `\bootmend`

// IsLabelled reports whether the volume is FAT and has our label.
func IsLabelled(v *inspect.Volume) bool {
	f, ok := v.FS.(*fat.Volume)
	if !ok {
		return false
	}
	label, err := f.Label()
	return err == nil && label == media.Label
}

// isStick: the volume is labelled, and on a disk that was put in for this. A label
// alone may have been there before us, on a disk that is ill itself: one with a Windows
// on it, or that the steps change, is no stick whatever it is called.
func isStick(p *inspect.Patient, v *inspect.Volume, steps []step.Step) bool {
	if !IsLabelled(v) || slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == v.Disk }) {
		return false
	}
	if slices.ContainsFunc(steps, func(s step.Step) bool { disk, _ := s.Place(); return disk == v.Disk }) {
		return false
	}
	if canBePulled(p.Machine, v.Disk.Path) {
		return true
	}
	mark, err := v.FS.Stat(StickFolder)
	return err == nil && mark.IsDir()
}

// canBePulled: the disk says to be removable, or hangs on USB.
func canBePulled(m *machine.Machine, path string) bool {
	return m != nil && slices.ContainsFunc(m.Disks, func(d machine.Disk) bool {
		return d.Path == path && (d.Removable || d.Controller != nil && d.Controller.Bus == machine.USB)
	})
}
