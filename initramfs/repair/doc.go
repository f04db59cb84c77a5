// Package repair is the only code that ever holds a writable disk.
//
// A repair runs in four steps, and nothing reaches a disk before the last:
//
//  1. NewPlan takes the findings that can be fixed and asks their conditions
//     for steps. What a blocker forbids is refused, with the blocker's words.
//  2. The steps are carried out on a copy-on-write overlay of every disk.
//  3. The result is verified there: the same detectors run again and must find
//     the fixed conditions gone and nothing new; every touched file is read
//     back through an independent reader of its file system; every changed byte
//     must be one that a step announced.
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
// NewFilePlan makes the same kind of plan from a change of files that a person
// asks for; there a check of the file system that shares no code with its
// writer takes the place of the announced bytes.
//
// Not yet: undo bundles; steps of conditions that change files, boot sectors or
// partition tables (the file systems and the journal are ready for them).
package repair
