// Package bundle is the form in which a repair keeps what was there before, so
// that it can be taken back: a folder with manifest.json, and beside it the old
// content of files, each in a file of its own.
//
// A bundle lies in \bootmend\undo\<stamp> on a volume of the patient (or on a
// stick called BOOTMEND), beside an image on a host, or in the state directory
// for block devices. On a volume it is written and removed by the same
// transaction as the repair and its undo. On a host it is complete and synced
// before the transaction begins; a bundle of a transaction that did not happen
// changes nothing, because every item says what has to be there now.
//
// The manifest names volumes by where they begin and by their serial number,
// disks by size and identity, never by a path or a drive letter alone: the
// person may attach the disk elsewhere.
package bundle
