package bootchain

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// ESPMark is what tells that a FAT volume is the EFI system partition of Windows,
// whatever its type says. Boot manager and store alone do not: Windows media have a
// store in the same place, and people keep copies of both.
type ESPMark struct {
	Loader bool // the boot manager is there
	Named  bool // the store on it names this partition as that of the boot manager
	Other  bool // ... names another partition that there is
}

// Any reports whether the volume may be the one.
func (m ESPMark) Any() bool { return m.Loader || m.Named }

// ReadESPMark looks at a volume of a GPT disk. The error is that of a file that cannot be
// looked at.
func ReadESPMark(p *inspect.Patient, v *inspect.Volume) (ESPMark, error) {
	const loader = `\EFI\Microsoft\Boot\bootmgfw.efi`
	var m ESPMark
	info, err := v.FS.Stat(loader)
	switch {
	case err == nil:
		m.Loader = !info.IsDir() && info.Size > 0
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotDir):
		return m, fmt.Errorf("%s: %w", loader, err)
	}
	s, err := OpenStore(v, StorePaths()[1])
	if err != nil {
		return m, nil // it has findings of its own
	}
	own, err := StoreIdentity(v)
	if err != nil {
		return m, nil
	}
	here := partitionsHere(p)
	refs, _ := s.References()
	for _, ref := range refs {
		if ref.Object != bcd.BootManager || ref.Element != bcd.ElementDevice || ref.Nested {
			continue
		}
		_, there := here[ref.Identity]
		m.Named, m.Other = ref.Identity == own, ref.Identity != own && there
	}
	return m, nil
}
