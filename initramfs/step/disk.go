package step

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Patch replaces bytes of a disk that are no file's content: an MBR, a boot
// sector, a structure of the file system; or the content of a file where it
// lies. Old and New have the same length.
type Patch struct {
	Disk   *inspect.Disk
	Volume *inspect.Volume // nil outside of volumes
	What   string          // "copy of the boot sector"
	Off    int64           // bytes from the start of the disk
	Old    []byte          // what must be there
	New    []byte
	// Final says why this must not be taken back, where it must not.
	Final string
	Why   string
}

// Place implements Step.
func (s Patch) Place() (*inspect.Disk, *inspect.Volume) { return s.Disk, s.Volume }

// Describe implements Step.
func (s Patch) Describe() Description {
	d := Description{Action: "write-sectors", Volume: s.Disk.Path, Value: s.What, Why: s.Why,
		Text: fmt.Sprintf("write %s, %d bytes at %#x of the disk", s.What, len(s.New), s.Off)}
	if s.Volume != nil {
		d.Volume = s.Volume.ID()
	}
	return d
}

// ReplayLog does what Windows would do when it mounts the volume: it carries
// out what the NTFS log holds and empties it. It has no inverse: without it
// nothing else could be changed.
type ReplayLog struct {
	Volume *inspect.Volume
}

// Place implements Step.
func (s ReplayLog) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s ReplayLog) Describe() Description {
	return Description{Action: "replay-log", Volume: s.Volume.ID(), File: `\$LogFile`,
		Text: "carry out what the NTFS log holds, as Windows would, and empty it",
		Why:  "the volume may be changed"}
}

// DiscardLog empties an NTFS log without carrying it out, because a person said
// so. It has no inverse.
type DiscardLog struct {
	Volume *inspect.Volume
}

// Place implements Step.
func (s DiscardLog) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s DiscardLog) Describe() Description {
	return Description{Action: "discard-log", Volume: s.Volume.ID(), File: `\$LogFile`,
		Text: "empty the NTFS log without carrying it out; changes that were only in it are lost",
		Why:  "the volume may be changed"}
}
