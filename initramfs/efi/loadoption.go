package efi

import (
	"bytes"
	"fmt"
	"slices"
)

// Attributes of load options.
const (
	Active = 0x0001 // the firmware tries it
	Hidden = 0x0008 // not in its menu
	// categories: 0 is what is started, the others are programs of the firmware
	categories  = 0x1F00
	categoryApp = 0x0100
)

// LoadOption is a boot entry.
type LoadOption struct {
	Attributes  uint32
	Description string
	// Path is the only one as a rule. Firmware may put others before it: that of a
	// Surface Pro 3 has more than a hundred of its own. Of several it is the first
	// that names a partition.
	Path Path
	Data []byte // what the program is told

	name         []byte // the description as it was read, for what UTF-16 loses
	before, more []byte // what is before and behind Path among the paths
}

const optionHead = 6

// ParseLoadOption reads a boot entry. Encode gives the same bytes back as long
// as nothing was changed. Errors wrap ErrDamaged.
func ParseLoadOption(b []byte) (LoadOption, error) {
	if len(b) < optionHead {
		return LoadOption{}, fmt.Errorf("%w: boot entry of %d bytes", ErrDamaged, len(b))
	}
	o := LoadOption{Attributes: le.Uint32(b)}
	length, rest := int(le.Uint16(b[4:])), b[optionHead:]
	end := 0
	for ; ; end += 2 {
		if end+2 > len(rest) {
			return o, fmt.Errorf("%w: the description of a boot entry has no end", ErrDamaged)
		}
		if le.Uint16(rest[end:]) == 0 {
			break
		}
	}
	o.name, rest = bytes.Clone(rest[:end+2]), rest[end+2:]
	o.Description = text(o.name)
	if length > len(rest) {
		return o, fmt.Errorf("%w: boot entry %q: its path has %d bytes, %d are left", ErrDamaged, o.Description, length, len(rest))
	}
	o.Data = bytes.Clone(rest[length:])
	list := rest[:length]
	first, more, err := ParsePath(list)
	if err != nil {
		return o, fmt.Errorf("boot entry %q: %w", o.Description, err)
	}
	o.Path, o.more = first, bytes.Clone(more)
	for _, ok := first.Drive(); !ok; {
		at := len(list) - len(more)
		var next Path
		if next, more, err = ParsePath(more); err != nil {
			break // the first has to do
		}
		if _, ok = next.Drive(); ok {
			o.before, o.Path, o.more = bytes.Clone(list[:at]), next, bytes.Clone(more)
		}
	}
	return o, nil
}

// Encode gives the bytes of the entry.
func (o LoadOption) Encode() []byte {
	name, path := wide(o.Description), slices.Concat(o.before, o.Path.Encode(), o.more)
	if o.name != nil && text(o.name) == o.Description {
		name = o.name
	}
	b := le.AppendUint32(nil, o.Attributes)
	b = le.AppendUint16(b, uint16(len(path)))
	b = append(b, name...)
	b = append(b, path...)
	return append(b, o.Data...)
}

// IsActive reports whether the firmware tries the entry.
func (o LoadOption) IsActive() bool { return o.Attributes&Active != 0 }

// IsProgram reports whether the entry is a program of the firmware that is only
// started when somebody chooses it: its set-up, for instance.
func (o LoadOption) IsProgram() bool { return o.Attributes&categories == categoryApp }

// String is the entry for people.
func (o LoadOption) String() string { return fmt.Sprintf("%q, %s", o.Description, o.Path) }
