// Package logfile reads $LogFile of version 1.1, finds out what Windows would
// do with it when the volume is mounted, and does it: what was logged and may
// not have reached the disk is done again, in order (redo), and what belongs to
// transactions that were not finished is taken back, in reverse (undo).
//
// The log is a ring of pages behind two restart pages and two pages that hold
// copies of its last, partly filled page. A record is found by its LSN, which
// is its place in the file (in units of 8 bytes) below a sequence number that
// counts the rounds. The newest restart page names the last checkpoint; that
// names dumps of three tables: open attributes, dirty pages (what may not be on
// the disk, and since which LSN) and transactions. From the checkpoint to the
// end of the log the tables are brought up to date (Analyse); then Plan.Replay
// works through the log in memory and writes only when all of it succeeded.
//
// MFT records and index blocks carry the LSN of their last change, so that
// nothing is done twice. Other pages (bitmaps, $SDS, attribute lists) have none;
// their operations set absolute values.
//
// A record is either understood completely or the whole log is refused, with
// an *UnknownError that names it: nothing is ever replayed in part.
//
// Sources: the documentation of $LogFile in libfsntfs (github.com/libyal/libfsntfs),
// facts in ntfs-3g's logfile.h, ntfsrecover.c and playlog.c
// (github.com/tuxera/ntfs-3g) and in Linux' fs/ntfs3/fslog.c; where they differ
// (place of the data of records without LCNs, order of the sizes) real logs
// decided.
//
// Not supported: version 2.0 (Windows 8 and later while the volume is in use);
// several clients; operations that no real log was seen with (HotFix, 35, 36).
package logfile
