// Package part reads partition tables: MBR with logical drives, GPT, and disks
// that hold one file system and no table.
//
// The tables themselves are parsed by go-diskfs. Ours are: the chain of
// extended boot records, which it does not follow; the checks before it is
// called, because it trusts the counts in a damaged GPT header; and the
// numbering of Windows, which differs from the one of Linux.
//
// Reading changes nothing and normalises nothing. What contradicts itself is
// listed as Damage beside what could be read, never dropped.
//
// Not supported: writing tables; BSD, Apple and other non-Windows tables.
package part
