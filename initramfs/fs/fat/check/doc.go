// Package check judges the consistency of a FAT volume. It never writes, and
// it shares no parser with package fat but the boot sector's: what wrote a
// structure must not be what certifies it. Every contradiction is a Problem, a
// value; errors are those of the Device only.
//
// What is compared, each with the Kind of the Problem it gives:
//
//	boot sector and its copy (FAT32)               boot-sector, backup-boot
//	copies of the FAT, where they are mirrored     mirror
//	first entry of the FAT and media descriptor    media
//	state flags of boot sector and FAT             dirty
//	chains: inside the volume, ended, not free     chain
//	chains against each other                      cluster-shared
//	chains against sizes                           size
//	FAT entries against chains                     cluster-lost
//	8.3 names: allowed, unique in the directory    short-name
//	long names: whole, checksum                    long-name
//	"." and ".."                                   dot
//	directories of more than 65,536 entries        directory
//	count of free clusters in FSInfo               free-count
//
// Within compares a volume with what it was before a transaction: what is
// different has to be what the transaction is about. Its Problems are of the
// kinds foreign-sector, foreign-fat, foreign-cluster and foreign-entry.
//
// Not compared: whether two long names of a directory are the same, times,
// FSInfo's place of the next free cluster, the FSInfo copy.
package check
