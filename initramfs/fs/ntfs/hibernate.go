package ntfs

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// hiberfile is the memory image of a Windows that hibernated; it lies in the
// root of the boot volume.
const hiberfile = `\hiberfil.sys`

// hiberHeader is the size below which ntfs-3g takes a hiberfil.sys as that of
// a hibernated partition without a system.
const hiberHeader = 4096

// Hibernation says whether a Windows sleeps on the volume. Fast startup of
// Windows 8 and later looks the same: its kernel session is hibernated.
type Hibernation struct {
	Exists   bool // there is a \hiberfil.sys
	Active   bool // and a Windows would resume from it
	Why      string
	Evidence []Evidence
}

func (v *Volume) hibernation() (Hibernation, error) {
	f, err := v.Open(hiberfile)
	if errors.Is(err, fs.ErrNotExist) {
		return Hibernation{Why: "there is no hiberfil.sys"}, nil
	}
	if err != nil {
		return Hibernation{}, err
	}
	var magic [4]byte
	if _, err := f.ReadAt(magic[:], 0); err != nil && err != io.EOF {
		return Hibernation{}, err
	}
	return judgeHibernation(magic[:], f.Info().Size), nil
}

// judgeHibernation decides by the size and the first four bytes: "hibr" (XP
// and later "HIBR") is an image to resume from; "wake", "RSTR" or zeros are
// what resuming leaves.
func judgeHibernation(magic []byte, size int64) Hibernation {
	h := Hibernation{Exists: true, Evidence: []Evidence{
		{Path: hiberfile, What: "size", Got: fmt.Sprint(size)},
		{Path: hiberfile, What: "signature", Got: fmt.Sprintf("%q", magic)},
	}}
	switch {
	case size < hiberHeader:
		h.Active, h.Why = true, fmt.Sprintf("hiberfil.sys has only %d bytes, as on a partition in use by a hibernated Windows", size)
	case string(magic) == "hibr" || string(magic) == "HIBR":
		h.Active, h.Why = true, "Windows is hibernated or was shut down with fast startup (hiberfil.sys starts with "+string(magic)+"): shut it down completely"
	default:
		h.Why = "hiberfil.sys holds no memory image to resume from"
	}
	return h
}
