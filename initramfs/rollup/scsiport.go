package rollup

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

const fileName = "scsiport.sys"

// Bad is the version that fails: of file version numbers, not of the texts.
var Bad = pe.Version{5, 0, 2195, 7017}

// Places of the file below the system root.
const (
	driversBelow = `system32\drivers\` + fileName
	cacheBelow   = `system32\dllcache\` + fileName
)

// Fault says that a Windows 2000 has the bad file.
type Fault struct {
	Windows *inspect.Installation
	// Bad are the paths on the volume with the bad version: that in use first.
	Bad []string
}

// Affects reports whether the file matters for a controller: BusLogic's Plug and Play
// adapters (104B:1040), the ones that virtual machines have.
func Affects(c machine.Controller) bool {
	return c.Bus == machine.PCI && c.Vendor == 0x104B && c.Device == 0x1040
}

// Scsiport looks at the file. Nil without error: it is another version, or not there,
// or the Windows is another one than 2000.
func Scsiport(w *inspect.Installation) (*Fault, error) {
	if w.VersionErr != nil || w.Version.Major != 5 || w.Version.Minor != 0 || w.Volume.FS == nil {
		return nil, nil
	}
	f := &Fault{Windows: w}
	for _, below := range []string{driversBelow, cacheBelow} {
		version, err := versionOf(w.Volume.FS, w.Path(below))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) || errors.Is(err, pe.ErrNotPE) || errors.Is(err, pe.ErrDamaged) || errors.Is(err, pe.ErrNoVersion) {
			continue // missing and broken files are another fault
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", w.Volume.ID(), w.Path(below), err)
		}
		if version == Bad {
			f.Bad = append(f.Bad, w.Path(below))
		}
	}
	if len(f.Bad) == 0 || f.Bad[0] != w.Path(driversBelow) {
		return nil, nil
	}
	return f, nil
}

func versionOf(volume fs.FS, path string) (pe.Version, error) {
	f, err := volume.Open(path)
	if err != nil {
		return pe.Version{}, err
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return pe.Version{}, err
	}
	info, err := image.Version()
	return info.File, err
}

// Evidence shows the files.
func (f *Fault) Evidence() []inspect.Evidence {
	var all []inspect.Evidence
	for _, path := range f.Bad {
		all = append(all, inspect.Evidence{Volume: f.Windows.Volume.ID(), Path: path, Offset: -1,
			Actual: "file version is " + Bad.String(), Expected: "any other, 5.0.2195.7059 for instance"})
	}
	return all
}
