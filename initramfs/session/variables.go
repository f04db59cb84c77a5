package session

import (
	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// withVariables is the machine with the variables of its UEFI firmware. The place
// where the image has them does not count for a machine that is only said, and is
// not there where the image was started by BIOS; any other that is named must be.
func withVariables(m *machine.Machine, profile, dir string) (*machine.Machine, error) {
	if dir == "" || dir == efivarfs.Dir && (profile != "" || m == nil || m.Firmware != machine.UEFI) {
		return m, nil
	}
	now := &machine.Machine{Firmware: machine.UEFI}
	if m != nil {
		*now = *m
	}
	var err error
	now.Variables, err = machine.ReadVariables(dir)
	if err != nil && dir != efivarfs.Dir {
		return nil, usageError{err}
	}
	return now, nil // firmware whose variables cannot be read has none for us
}
