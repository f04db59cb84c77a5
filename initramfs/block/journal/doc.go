// Package journal writes the changes of a repair, on one or several disks, all
// or not at all. Commit carries out a transaction; after a power cut or an
// error Recover finishes it or takes it back, unless somebody else used the
// disks in the meantime.
//
// The package knows disks, sectors and bits, and nothing of file systems: the
// caller says which bits reserve free space, which bit is a volume's dirty
// flag, and which bytes change whenever another system mounts it (witnesses).
//
// # What a disk is trusted with
//
// A logical sector is written whole or not at all; what was written before a
// flush is there after a cut; in between, any subset of the written sectors may
// be. The last sector that was being written may be unreadable afterwards. So
// images cover whole physical blocks (4 KiB), each copy of the record has a
// block of its own, and two of them are never written between two flushes.
//
// # The write order, and what a cut leaves
//
// Between any two lines lies a flush of all disks. "Before" and "after" are
// meant of everything but the record and the extents of the payload.
//
//	1  record, Prepared     copy A, then copy B, of each the header first
//	2  marks                bits of payload and streams become "in use"
//	3  streams and payload  written into the space that is now reserved; read back
//	4  record, Committed    one sector of copy A, then one of copy B
//	5  apply                dirty flags; data; allocation, all that is in use before or
//	                        after; metadata; boot sectors; allocation as it will be;
//	                        read back; dirty flags
//	6  record, Closing      copy A, then copy B
//	7  extents              what they held before, zeros as a rule
//	8  marks                bits of the payload become "free"
//	9  wipe                 copy A, then copy B, of each the body first
//
// During 1 the disk is before. A copy that is not whole (its body does not have
// the hash that its header tells) is a record that was being written or wiped:
// if it is all there is and its header says Prepared or Closing, it is wiped
// and that is all. One of the two copies whole: Prepared.
//
// Prepared (1 to 4) means that no target was touched. Recovery puts zeros into
// the extents and into the ranges of streams, frees the bits, wipes the record:
// before. The extents are touched only when all bits are held, because without
// them nothing can have been written there; and bits are freed only after the
// extents are restored. So when a Windows is started at any point it finds a
// sound volume with some clusters in use that belong to no file; and when it
// takes clusters that we have freed, nothing will be written to them later.
//
// During 4 copy A says Committed and copy B Prepared, or A is what it was. The
// copy with the higher sequence number counts. Payload and streams are complete
// and proved by then, so Committed is true as soon as one copy says it, and
// Prepared is still true as long as none does.
//
// Committed (4 to 6): every target sector is before or after, in any mixture;
// the payload holds both images of each. Recovery writes what is not after,
// in the order of 5, and goes on with 6. Writing the same again is harmless, so
// recovery may itself be cut anywhere. The dirty flag is the first change of a
// volume and the last: a Windows that is started in between checks the volume.
// Data goes before the metadata that leads to it, boot sectors come last: a
// machine does not start from what is not complete. What says which clusters and
// records are in use says it before anything refers to them, and until nothing does:
// a system that does not care for the dirty flag (ntfs-3g) gives none of them to another
// file. It may find some in use that belong to none.
//
// Closing (6 to 9): all targets are after. Recovery does 7, 8 and 9 again, with
// the same conditions as for Prepared.
//
// Reverting takes the place of 5 when a disk refuses a write or does not give
// back what was written: the record says so, the images before are written in
// reverse order under the dirty flag, and when that is stable and read back
// the record says Prepared again, which then is true. Recovery does the same.
// A disk that refuses this as well leaves the journal open (OpenError).
//
// Before 7 and before 2 is taken back, both copies say the same (settle): a cut
// during 9 must not leave an old Committed whose payload is gone. A copy that
// is not whole is wiped before a whole one, so two halves never remain.
//
// # Somebody else in between
//
// All that recovery relies on is read before the first write. In Committed and
// Reverting: when a witness is in no recorded state, or a target is neither
// before nor after, or a stream's content or the payload is not what was
// written, then somebody else used the disk, and replaying would put old
// metadata over new. That is ErrOvertaken with the list of places, and nothing
// is written; unless all targets are after: then the repair was complete and
// only the record is wiped. In Prepared and Closing a changed witness means
// that bits and extents may be somebody's by now: they are left (Leaked), only
// the record is wiped. The sectors of the marks are witnesses as well, because
// not every system leaves others (ntfs-3g does not touch a clean log): one write
// takes or frees all bits of a sector, so bits held in part are somebody's. What
// remains is a system without witness that takes exactly all reserved clusters
// of a sector, and nothing else in it, while the marks are idle but the record
// is there. Bits that the journal holds are left aside in all comparisons; where the transaction changes a witness itself, the after-images
// are laid over it before it is hashed, which gives one value at any moment.
// A target that cannot be read is no foreign writer's work and is rewritten.
//
// Disks are known by model, serial, size and sector size, and where these do
// not decide (images), by the identity ranges: partition table and boot
// sectors, with the after-images laid over them like a witness. If a disk is
// missing, nothing is written to any. A patient that was cloned with an open
// journal has other hardware; Home.Moved is the way out for a person.
//
// # Where
//
// Record and payload are on one of the disks (FindRecordSpace, Space) or in a
// file (package filehome). A record is found by reading the first SearchEnd
// bytes of a disk, not by its partition table, which the transaction may
// change. A record that was copied elsewhere (its own offset and the size of
// the device do not fit) is none.
//
// # Format, version 3
//
// All numbers are little endian. A copy of the record is 4096 bytes, aligned:
//
//	 0   8  magic "BMJOURNL"       72  32  SHA-256 of the body
//	 8   4  version                104   8  length of the manifest
//	12   4  state: 1 Prepared,     112  32  SHA-256 of the manifest,
//	        2 Committed,                    valid from Committed on
//	        3 Reverting, 4 Closing 144      zero
//	16   8  sequence               508   4  CRC-32C of bytes 0 to 507
//	24  16  ID of the transaction  512      body: written once, with disks,
//	40   8  offset of this copy             extents, marks, streams, their
//	48   8  offset of the other one         marks, witnesses, mark sectors;
//	56   8  size of the device              then zero
//	64   4  length of the body
//
// The payload fills the extents in their order: the manifest ("BMMANIFS",
// version, per target: disk, offset, length, the class of each sector, SHA-256
// of its two images; dirty flags; hashes of streams), zeros up to a multiple of
// 4096, then for each target the 4096 bytes after and the 4096 bytes before.
// A record of another version is refused (ErrVersion) and blocks every commit
// on that disk.
//
// # Not supported
//
// More room for the record than one block: a transaction with more extents,
// bits and witnesses than fit into 3584 bytes is refused. What free clusters
// held that were not zero comes back only in the process that took them, and
// at most 32 MiB of it.
package journal
