package journal

import (
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
)

// Target is a disk opened for writing.
type Target interface {
	block.Device
	// DropCache makes the next reads come from the disk.
	DropCache() error
}

// Attached is a disk as it is there now.
type Attached struct {
	Name   string // for people, and to tell twins apart; a path
	Model  string // at most 64 bytes; "" for an image
	Serial string // at most 64 bytes; "" for an image
	Dev    Target
}

// Change is a run of sectors, as an overlay lists it, and when to write it.
type Change struct {
	overlay.Change
	Class Class
}

// Stream is large new content that goes straight to where it belongs: sectors
// that are free before the transaction and in use after it. It is written
// before the transaction is committed and never passes through memory or
// payload.
type Stream struct {
	block.Range             // whole sectors of the disk
	Content     io.ReaderAt // Range.Len bytes; read once
	// Marks are the bits that reserve the range. They are idle before the
	// transaction, and the changes of the transaction must hold them.
	Marks []Bits
}

// Witness is something that shows, when it changed, that somebody else used
// the disk: one hash over all its ranges, recorded before anything is written.
type Witness struct {
	What   string // for people: "$LogFile restart pages"; not recorded
	Ranges []block.Range
}

// Volume is a file system that the transaction changes.
type Volume struct {
	// Witnesses change whenever another system mounts the volume. For NTFS:
	// both restart pages of $LogFile and the MFT record of $Volume.
	Witnesses []Witness
	// Dirty is held from before the first to after the last change of the
	// volume, so that a Windows that is started in between checks it. Empty
	// where the volume is dirty anyway. It must be idle before and after.
	Dirty []Bits
}

// Disk is one disk of a transaction with all that is to change on it.
type Disk struct {
	Attached
	// Identity are the ranges that say that this is still the same disk:
	// partition table and boot sectors, without the disk signature. Where they
	// are changed by the transaction itself, that is allowed for.
	Identity []block.Range
	Changes  []Change // whole sectors, none twice, as planned and verified
	Streams  []Stream
	Volumes  []Volume
}

// Transaction is a repair: all of it or nothing.
type Transaction struct {
	ID    [16]byte // any value, not all zero, that no other transaction has
	Disks []Disk
}

// Space is how the caller, who knows the file system, offers room for the
// payload.
type Space interface {
	// Reserve names at least n bytes of free space of one volume on the disk
	// of the record, counted by Usable. It writes nothing. The space is free
	// before and after the transaction and no stream goes there; clusters that
	// are all zero are preferred (see AllZero), because others come back only
	// if the power stays on. All bits should lie in one sector of the bitmap,
	// which makes taking and freeing them one write. Few and large extents: the
	// record has room for some 80 of them with their bits.
	Reserve(n int64) (Reservation, error)
}

// Reservation is free space and the bits that say so.
type Reservation struct {
	Extents []block.Range // bytes on the disk, whole sectors
	Marks   []Bits        // idle while the extents are free
}

// OnFile as Home.Disk: record and payload are in a file.
const OnFile = -1

// Home is where a journal lives.
type Home struct {
	// Disk is the index of the disk that holds record and payload, or OnFile.
	Disk int
	// File is the journal file for OnFile; see package filehome.
	File Target
	// Copies are the offsets of the two copies of the record, each BlockSize
	// bytes. See FindRecordSpace.
	Copies [2]int64
	// Space offers room for the payload; only Commit needs it.
	Space Space
	// Moved (Open): disks may have another model and serial than recorded,
	// because the patient was cloned or imaged with an open journal; identity
	// ranges must fit then. Only when a person says so.
	Moved bool
}

// Outcome is what a disk holds after Commit or recovery.
type Outcome uint8

// The outcomes.
const (
	Unfinished Outcome = iota // the journal is open; the next start decides
	Before                    // nothing of the transaction
	After                     // all of it
)

func (o Outcome) String() string {
	switch o {
	case Before:
		return "before"
	case After:
		return "after"
	}
	return "unfinished"
}

// Result is what Commit or recovery achieved.
type Result struct {
	Outcome Outcome
	// Leaked: marks of the journal may still be held, because somebody else
	// used the volume in the meantime and they may be his by now. Harmless;
	// chkdsk frees them.
	Leaked bool
	// Bytes were written to targets, not counting journal and streams.
	Bytes int64
}
