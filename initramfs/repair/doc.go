// Package repair is the only code that ever holds a writable disk.
//
// A repair runs in four steps, and nothing reaches a disk before the last:
//
//  1. NewPlan takes the findings that can be fixed and asks their conditions
//     for steps (package step). What a blocker forbids is refused, with the
//     blocker's words. NewActionPlan does the same with what a person asks for.
//  2. The steps are carried out on a copy-on-write overlay of every disk, and
//     before them those that keep what was there before (package bundle).
//  3. The result is verified there: the same detectors run again and must find
//     the fixed conditions gone and nothing new; every touched file is read
//     back through an independent reader of its file system; a file system
//     that changed is judged by a check that shares no code with its writer, and
//     nothing on it may be different but the files that the steps are about and
//     what holds them; every other changed byte must be one that a step announced.
//  4. Commit opens the disks exclusively, makes the plan once more from what is
//     on them now (it must come out the same, byte for byte), writes through
//     package block/journal, and lets the detectors judge the disks themselves.
//     What they do not like is taken back.
//
// The journal makes all writes of all disks one: after a power cut at any of
// them the next start finds it (FindJournals), shows commands that only look
// the disk as it will be (ViewJournals), and finishes it before anything else is
// written (Recover). Homes says where it is kept: in the rescue image in free
// clusters of the volume and the gap before the first partition, on a host in a
// file. A disk without room for one is still repaired where every step changes
// a single sector, which a disk writes whole or not at all; see regf.Edit for
// why every state in between is a clean hive.
//
// NewUndoPlan turns a bundle around, through a plan of its own. An NTFS log that
// is open is replayed first, where it is understood (logs.go). Large content
// goes straight into clusters that were free (streams.go).
package repair
