// Package filehome keeps a journal in a file of the host: beside the image that
// is repaired, or in a state directory for block devices.
//
// The file is made at its full size, so that the host cannot run out of space
// later, and is safe only after the file and its directory are synced; both
// happen before Create returns. An empty or all-zero file is one of which
// nothing was written to a disk yet: journal.Locate finds nothing in it, and it
// can be removed.
//
// Not supported: hosts whose file systems do not keep the promise of fsync.
package filehome
