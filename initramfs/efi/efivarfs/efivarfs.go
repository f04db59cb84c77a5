// Package efivarfs reads and writes variables of UEFI firmware where Linux shows
// them: a file for each, named NAME-VENDOR, u32 attributes and then the data
// (Documentation/filesystems/efivarfs.rst). One write is one call of the firmware, which
// takes the variable whole or not at all.
package efivarfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/initramfs/efi"
	"golang.org/x/sys/unix"
)

// Dir is where the rescue image has it mounted.
const Dir = "/sys/firmware/efi/efivars"

// maxSize bounds a variable: firmware has some 100 KiB for all of them.
const maxSize = 1 << 20

const attributesSize = 4

const immutable = 0x10 // FS_IMMUTABLE_FL of linux/fs.h

// Read reads what says how the machine starts: boot entries, their order, and what
// Secure Boot takes.
func Read(dir string) (efi.Variables, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("variables of the firmware: %w", err)
	}
	all := efi.Variables{}
	for _, e := range list {
		if !wanted(e.Name()) {
			continue
		}
		v, err := Get(dir, e.Name())
		if err != nil {
			return nil, err
		}
		if v != nil {
			all[e.Name()] = *v
		}
	}
	return all, nil
}

func wanted(name string) bool {
	switch name {
	case efi.BootOrder, efi.BootCurrent, efi.SecureBoot, efi.Allowed, efi.Forbidden:
		return true
	}
	_, entry := efi.EntryNumber(name)
	return entry
}

// Get reads one variable, nil where there is none.
func Get(dir, name string) (*efi.Variable, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("variable of the firmware: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("variable of the firmware: %w", err)
	case len(b) < attributesSize, len(b) > maxSize:
		return nil, fmt.Errorf("%s: %w: %d bytes", name, efi.ErrDamaged, len(b))
	}
	return &efi.Variable{Attributes: binary.LittleEndian.Uint32(b), Data: b[attributesSize:]}, nil
}

// Set gives a variable that value, or deletes it (nil), and reads it back.
func Set(dir, name string, v *efi.Variable) error {
	path := filepath.Join(dir, name)
	if err := mutable(path); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if v == nil {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s: the firmware does not delete it: %w", name, err)
		}
	} else if err := write(path, v); err != nil {
		return fmt.Errorf("%s: the firmware does not take it: %w", name, err)
	}
	now, err := Get(dir, name)
	if err != nil {
		return err
	}
	if !now.Equal(v) {
		return fmt.Errorf("%s: the firmware holds something else than was written", name)
	}
	return nil
}

// write is one call of write(2), which becomes one SetVariable.
func write(path string, v *efi.Variable) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := binary.LittleEndian.AppendUint32(nil, v.Attributes)
	_, err = f.Write(append(b, v.Data...))
	return err
}

// mutable clears the flag by which the kernel keeps variables from being deleted by
// accident. File systems without such flags need nothing.
func mutable(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil || flags&immutable == 0 {
		return nil
	}
	return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags&^immutable)
}
