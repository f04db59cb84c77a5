package condition

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Step is one change, as data. The only kind so far gives an existing value of
// a hive other data of the same type and length.
type Step struct {
	Volume *inspect.Volume
	File   string // path of the hive on the volume
	Key    string // from the root of the hive
	Value  string // name, "" for the default value
	Type   regf.Type
	Old    []byte // what must be there; anything else refuses the step
	New    []byte
	Why    string // one line for the plan
}

// SingleSector reports whether the step changes one sector of the disk.
// regf.Edit refuses values that span two.
func (s Step) SingleSector() bool { return true }

func (s Step) String() string {
	return fmt.Sprintf("%s %s: %s\\%s %s -> %s", s.Volume.ID(), s.File, s.Key, s.Value, s.Data(s.Old), s.Data(s.New))
}

// Data gives data of the step's type for people: a DWORD as a decimal number,
// anything else as hexadecimal bytes.
func (s Step) Data(b []byte) string {
	if s.Type == regf.RegDWORD && len(b) == 4 {
		return fmt.Sprintf("%d", uint32(b[0])|uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3])<<24)
	}
	return fmt.Sprintf("% x", b)
}
