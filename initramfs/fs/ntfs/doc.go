// Package ntfs reads NTFS volumes (3.0 and 3.1, and the 1.x of Windows NT as
// far as its structures are the same) and overwrites existing file data in
// place. It is lazy: opening costs the boot sector and the $MFT record, a path
// lookup a few index blocks per directory. Apart from the run list of $MFT and
// the volume's $UpCase (128 KiB, read when a name is first compared) nothing is
// kept, so a Volume never holds stale metadata of its own: what another writer
// changes on the Device is seen by the next call.
//
// The facts are those of the public documentation of libfsntfs
// (github.com/libyal/libfsntfs) and of ntfs-3g's layout.h and logfile.h
// (github.com/tuxera/ntfs-3g); code comments name what comes from elsewhere.
//
// Nothing of a volume is believed: every offset and length is checked when a
// structure is first looked at, every count is capped before memory is taken,
// and every descent has a limit. What contradicts itself is a *FormatError,
// which wraps fs.ErrDamaged; an error of the Device is passed on as it is.
//
// Not supported, and reported with an error that wraps fs.ErrUnsupported:
// encrypted data; reparse points other than WOF's (deduplication, cloud files,
// symbolic links, junctions). Not done: $MFTMirr is never used in place of $MFT,
// security descriptors and quotas are not looked at.
//
// An unclean log is a blocker of State. ReplayLog does what Windows would do
// with it, DiscardLog forgets it; both empty it. Without either, files that the
// log does not touch (File.Unmoved) can still be overwritten in place.
//
// Files that NTFS (LZNT1) or the system (WOF, CompactOS) has compressed are
// read like plain ones, piece by piece.
//
// Writing is File.WriteAt only: clusters that already belong to the file and
// hold valid data. No time stamp, no record, no journal entry changes.
package ntfs
