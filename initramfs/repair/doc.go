// Package repair is the only code that ever holds a writable disk.
//
// A repair runs in four steps, and nothing reaches a disk before the last:
//
//  1. NewPlan takes the findings that can be fixed and asks their conditions
//     for steps. What a blocker forbids is refused, with the blocker's words.
//  2. The steps are carried out on a copy-on-write overlay of every disk.
//  3. The result is verified there: the same detectors run again and must find
//     the fixed conditions gone and nothing new; every touched file is read
//     back through an independent NTFS reader; every changed byte must be one
//     that a step announced.
//  4. Commit opens the disks exclusively, compares every sector that is about
//     to change with what was planned on, writes, flushes, drops the caches and
//     reads back. When a write fails, what was written is put back.
//
// Write order and power cuts. All that can be changed so far are values of
// unchanged length in a hive. Each such value lies within one sector, and so do
// sequence numbers and checksum of the base block, so the disk writes each
// change whole or not at all; see regf.Edit for why every state in between is
// a clean hive with some of the new values. A cut therefore leaves Windows as
// broken as it was, and a second run completes the repair, or it leaves it
// starting, while a control set that the loader does not take may have kept
// its old values. tests/crash tries every subset. Changes that span sectors
// need a journal and are not made before there is one.
//
// Not yet: journal and recovery, undo bundles, changes of files, boot sectors
// and partition tables.
package repair
