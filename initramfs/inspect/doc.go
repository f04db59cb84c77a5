// Package inspect finds out what is on the patient's disks: partition tables,
// volumes and their state, every Windows installation with its version and its
// SYSTEM hive. Each fact carries its origin.
//
// It only reads, and it never gives up: what cannot be read is recorded beside
// what can, with the reason. Judging is left to bootchain and condition.
//
// A system root is recognised by its content, not by its name: a directory in
// the root of a volume that holds system32\config and a hive, a kernel or
// what else every Windows has.
// Folders further down are looked into where a boot.ini or freeldr.ini names
// them, on every volume: the number of the partition may be what is wrong there.
//
// CDs, and hybrid images on other media, are partition 0 beside what the table
// says. They are there for whoever wants files from them, are not looked into
// before, and are never a place of Windows, set-up media least of all.
//
// Not yet: system roots deeper than one directory that only BCD knows of, drive
// letters.
package inspect
