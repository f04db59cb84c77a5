package pid1

import (
	"encoding/binary"
	"time"

	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
)

// Trail is what an earlier start left behind about a restart that it did though nothing
// was repaired. Without it, a machine whose fault cannot be repaired and whose medium
// cannot be ejected would restart for ever.
//
// It cannot be on the patient's disk, which is not written to without a repair. The
// firmware keeps it, where it is UEFI; a BIOS has no place for it.
type Trail string

const (
	TrailNone  Trail = ""      // nothing keeps it
	TrailFirst Trail = "first" // it is kept from now on; there was no such restart within the last hour
	TrailAgain Trail = "again" // the machine was restarted so within the last hour
)

// trailVariable holds the seconds since 1970 as an u64, in little-endian order. The GUID
// is ours.
const trailVariable = "BootmendRestart-7d0c5f0a-53ce-4f0e-9a53-6b1f0c9a2e41"

// leaveTrail says what the last start left, and leaves the same for the next one.
func leaveTrail(dir string, now time.Time) Trail {
	was, err := efivarfs.Get(dir, trailVariable)
	if err != nil {
		return TrailNone
	}
	if was != nil && len(was.Data) == 8 {
		ago := now.Sub(time.Unix(int64(binary.LittleEndian.Uint64(was.Data)), 0))
		if ago >= 0 && ago < again {
			return TrailAgain
		}
	}
	v := &efi.Variable{Attributes: efi.Kept, Data: binary.LittleEndian.AppendUint64(nil, uint64(now.Unix()))}
	if err := efivarfs.Set(dir, trailVariable, v); err != nil {
		return TrailNone
	}
	return TrailFirst
}

// dropTrail is for a start that does not restart the machine: a person who starts it
// once more is no circle.
func dropTrail(dir string) error {
	if was, err := efivarfs.Get(dir, trailVariable); err != nil || was == nil {
		return err
	}
	return efivarfs.Set(dir, trailVariable, nil)
}
