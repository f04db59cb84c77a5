package inspect

import (
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
)

// Tree makes a Tree of the volume, in which driver files are looked for; nil when
// the volume cannot be read.
func (v *Volume) Tree() source.Tree {
	if v.FS == nil || v.Err != nil {
		return nil
	}
	return media.Volume(v.ID(), v.FS)
}

// DriverSource is the installation as a place of driver files, with the other volumes of
// the patient that may have set-up files, and its media; ok is false when its volume cannot be
// read.
func (w *Installation) DriverSource(p *Patient) (files source.Windows, ok bool) {
	t := w.Volume.Tree()
	if t == nil {
		return source.Windows{}, false
	}
	files = source.Windows{Tree: t, Root: w.Root, Label: w.Label()}
	if p == nil {
		return files, true
	}
	files.Media = p.Media
	for _, v := range p.Volumes() {
		if other := v.Tree(); v != w.Volume && other != nil {
			files.Volumes = append(files.Volumes, other)
		}
	}
	return files, true
}

// Donors are the other installations of the same version of Windows and the same
// processor, on whatever disk, from which files can be taken.
func (p *Patient) Donors(w *Installation) []source.Windows {
	var all []source.Windows
	for _, other := range p.Windows {
		same := w.VersionErr == nil && other.VersionErr == nil &&
			other.Version.Major == w.Version.Major && other.Version.Minor == w.Version.Minor && other.Arch == w.Arch &&
			other.IsReactOS() == w.IsReactOS() // which says that it is a Windows
		if other == w || !same {
			continue
		}
		if files, ok := other.DriverSource(nil); ok {
			all = append(all, files)
		}
	}
	return all
}
