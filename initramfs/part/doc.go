// Package part reads partition tables: MBR with logical drives, GPT, and disks
// that hold one file system and no table.
//
// GPT is parsed by go-diskfs; the checks before it is called are ours, because
// it trusts the counts in a damaged header. The MBR is ours: go-diskfs refuses
// a whole table for one odd boot flag, does not follow the chain of extended
// boot records, and knows nothing of the numbering of Windows, which differs
// from the one of Linux.
//
// Reading changes nothing and normalises nothing. What contradicts itself is
// listed as Damage beside what could be read, never dropped.
//
// Edit changes single fields of an MBR in place: the active flag, a type, the
// disk signature. It gives Patches, the bytes before and after; it writes
// nothing, and what it does not name stays as it is. Package part/bootsect
// does the same for boot code and boot sectors. EditGPT writes a damaged copy of a
// GPT anew from the sound one, the protective MBR before it, and single fields in
// both copies.
//
// Not supported: partitions that come, go, or change their size; BSD, Apple and
// other non-Windows tables.
package part
