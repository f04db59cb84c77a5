package machine

import (
	"maps"

	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
)

// Variables are those of the machine's UEFI firmware, as far as starting goes.
type Variables struct {
	Dir    string // where they are written (package efivarfs)
	Values efi.Variables
}

// ReadVariables reads the variables from a folder like efivarfs.Dir.
func ReadVariables(dir string) (*Variables, error) {
	values, err := efivarfs.Read(dir)
	if err != nil {
		return nil, err
	}
	return &Variables{Dir: dir, Values: values}, nil
}

// WithVariable is the same machine with another value of a variable; nil deletes
// it. The machine itself does not change. Its variables must be known.
func (m *Machine) WithVariable(name string, v *efi.Variable) *Machine {
	now := *m
	now.Variables = &Variables{Dir: m.Variables.Dir, Values: maps.Clone(m.Variables.Values)}
	if v == nil {
		delete(now.Variables.Values, name)
	} else {
		now.Variables.Values[name] = *v
	}
	return &now
}

// Variable is a variable of the firmware, nil where it is not there or not known.
func (m *Machine) Variable(name string) *efi.Variable {
	if m == nil || m.Variables == nil {
		return nil
	}
	return m.Variables.Values.Get(name)
}
