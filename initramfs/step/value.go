package step

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Data is what a value of a hive holds.
type Data struct {
	Type  regf.Type
	Bytes []byte
}

// DWORD is the data of a REG_DWORD.
func DWORD(n uint32) *Data {
	return &Data{regf.RegDWORD, binary.LittleEndian.AppendUint32(nil, n)}
}

// Equal compares type and bytes; nil is no value.
func (d *Data) Equal(o *Data) bool {
	if d == nil || o == nil {
		return d == o
	}
	return d.Type == o.Type && bytes.Equal(d.Bytes, o.Bytes)
}

// String gives a DWORD as a decimal number, anything else as hexadecimal bytes.
func (d *Data) String() string {
	switch {
	case d == nil:
		return "nothing"
	case d.Type == regf.RegDWORD && len(d.Bytes) == 4:
		return fmt.Sprintf("%d", binary.LittleEndian.Uint32(d.Bytes))
	}
	return fmt.Sprintf("% x", d.Bytes)
}

// SetValue gives a value of a hive other data. Old nil: the value is not there
// before; New nil: it is deleted.
type SetValue struct {
	Volume *inspect.Volume
	File   string // path of the hive on the volume
	Key    string // from the root of the hive
	Value  string // name, "" for the default value
	Old    *Data  // what must be there; anything else refuses the step
	New    *Data
	Why    string // "the loader starts driver x": what the change is good for
}

// Place implements Step.
func (s SetValue) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s SetValue) Describe() Description {
	return Description{Action: "set-registry-value", Volume: s.Volume.ID(), File: s.File, Key: s.Key, Value: s.Value,
		Old: s.Old.String(), New: s.New.String(), Why: s.Why,
		Text: fmt.Sprintf(`set %s\%s from %s to %s`, s.Key, s.Value, s.Old, s.New)}
}
