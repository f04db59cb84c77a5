package inspect

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// HiberFile is the memory image of a hibernated Windows.
const HiberFile = `\hiberfil.sys`

// readHibernation asks whether a Windows would resume from the volume. Windows
// before Vista keeps its memory image on the system partition, which may be a
// FAT volume and another than that of its folder.
func (v *Volume) readHibernation() {
	if v.State != nil {
		if h := v.State.Hibernation; h.Active {
			v.Hibernated = h.Why
			v.HibernatedBy = v.NTFSEvidence(h.Evidence)
		}
		return
	}
	if v.FS == nil {
		return
	}
	f, err := v.FS.Open(HiberFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	magic := make([]byte, 4)
	n := 0
	if err == nil {
		n, err = f.ReadAt(magic, 0)
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		v.Hibernated = fmt.Sprintf("%s cannot be read: %v", HiberFile, err)
	case n == len(magic) && strings.EqualFold(string(magic), "hibr"):
		v.Hibernated = fmt.Sprintf("%s begins with %q", HiberFile, magic)
	default:
		return
	}
	v.HibernatedBy = []Evidence{{Volume: v.ID(), Path: HiberFile, Offset: 0, Actual: v.Hibernated}}
}
