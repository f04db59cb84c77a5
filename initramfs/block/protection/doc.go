// Package protection is the write protection that the Linux kernel offers for disks
// (BLKROSET): nothing writes to a protected one, neither a program of ours with a
// mistake in it nor a command at the shell.
//
// Process 1 of the rescue image protects every disk as soon as it turns up, with its
// partitions, and keeps a list of them. Package repair lifts the protection of the
// disks that it writes, for as long as it has them open exclusively; package mounts
// for a volume that a person mounts for writing. Both put it back, and process 1 looks
// after those that were ended before they could.
//
// What is not on the list is left as it is: on a host nothing is protected, and a disk
// that somebody write-protected there stays so, as does one with a switch for it in
// hardware, whose protection the kernel does not lift.
package protection
