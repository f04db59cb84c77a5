package inspect

import (
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// replayLog carries out, in memory, what an open NTFS log holds: a disk that
// was imaged while its Windows ran, or that lost its power, shows stale metadata
// without it. Windows does the same when it mounts the volume. Nothing is
// replayed unless every record in the log is understood.
func (v *Volume) replayLog(section block.Device, n *ntfs.Volume) {
	if v.State == nil || v.State.Log.Clean {
		return
	}
	if v.Log, v.ReplayErr = n.LogPlan(); v.ReplayErr != nil {
		return
	}
	view := overlay.New(section)
	seen, err := ntfs.Open(view)
	if err != nil {
		v.ReplayErr = err
		return
	}
	result, err := seen.ViewLog()
	if err != nil {
		v.ReplayErr = err
		return
	}
	// File records of the file system itself may be others now.
	if seen, err = ntfs.Open(view); err != nil {
		v.ReplayErr = err
		return
	}
	state, err := seen.State()
	if err != nil {
		v.ReplayErr = err
		return
	}
	state.Log = v.State.Log
	v.Dev, v.FS, v.State, v.Replayed = view, seen, &state, &result
}
