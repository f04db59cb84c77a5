package step

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
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

// String gives a DWORD as a decimal number, strings in quotation marks where
// nothing of them is lost by that, anything else as hexadecimal bytes. Different
// data gives different text, as far as the types go that values have.
func (d *Data) String() string {
	switch {
	case d == nil:
		return "nothing"
	case d.Type == regf.RegDWORD && len(d.Bytes) == 4:
		return fmt.Sprintf("%d", binary.LittleEndian.Uint32(d.Bytes))
	}
	text := strings.TrimRight(registry.Text(d.Bytes), "\x00")
	list := strings.Split(text, "\x00")
	switch {
	case d.Type == regf.RegSZ && bytes.Equal(registry.SZ(text), d.Bytes):
		return strconv.Quote(text)
	case d.Type == regf.RegExpandSZ && bytes.Equal(registry.SZ(text), d.Bytes):
		return "expandable " + strconv.Quote(text)
	case d.Type == regf.RegMultiSZ && bytes.Equal(registry.MultiSZ(list...), d.Bytes):
		return fmt.Sprintf("list %q", list)
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
