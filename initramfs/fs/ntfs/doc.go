// Package ntfs reads and writes NTFS volumes (3.0 and 3.1, and the 1.2 of
// Windows NT 4). It is lazy: opening costs the boot sector and the $MFT record,
// a path lookup a few index blocks per directory. Apart from the run list of $MFT and
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
// security descriptors are not looked at, only copied.
//
// An unclean log is a blocker of State. ReplayLog does what Windows would do
// with it, DiscardLog forgets it; both empty it. Without either, files that the
// log does not touch (File.Unmoved) can still be overwritten in place.
//
// Files that NTFS (LZNT1) or the system (WOF, CompactOS) has compressed are
// read like plain ones, piece by piece.
//
// Two ways of writing. File.WriteAt replaces bytes in clusters that already
// belong to the file and hold valid data: no time stamp, no record, no journal
// entry changes. The methods of fs.Writer change the structure. Each of them is
// worked out in memory (change.go): bitmaps, records and index blocks are
// copied page by page when they are first touched, checked, and written to the
// Device in one go at the end; a method that fails has written nothing but the
// content of a new file, into clusters that are still free. When the Device
// refuses a write in the midst of that, the pages before it get their old bytes
// back. Clusters that a change frees are not given to file content before the
// next one, so old content survives until the new one is complete. What a power
// cut leaves is the business of the overlay and the journal below.
//
// Rules of writing: $LogFile is left as it is and new records carry LSN 0; no record
// below 24 is given away; $MFT grows in whole runs and never so that its record 0
// would need an attribute list; $MFTMirr follows; update sequence numbers are never 0
// or FFFF; a freed record gets its next sequence number at once. A long name gets an
// 8.3 alias where its neighbours have them. New files have the security of a
// neighbour, new directories that of their parent; CopySecurity gives them that of
// another file. A file with further hard links is replaced by a new one under this
// name alone, and is not resized. Deleting removes the object ID, the reparse point
// and the quota charge from \$Extend; what is written is charged to nobody, and where
// Windows counts quotas it is told to count anew. $UsnJrnl is not written. Refused
// with fs.ErrUnsupported: metadata files and all in \$Extend, files with $TXF_DATA,
// encrypted and compressed ones (compressed ones can be replaced), reparse points
// other than WOF's, unknown flags or versions of the volume. Whether the log or a
// hibernated Windows forbids writing is for the caller to ask State.
//
// A File that was opened before a change of the same file must not be used for
// WriteAt any more: its clusters may belong to another one.
package ntfs
