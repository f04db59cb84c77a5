// Package check judges the consistency of an NTFS volume. It never writes; Mend
// and Report.Patches say what would have to be written where nothing must be
// guessed.
//
// Volume looks at everything: boot sectors, $MFTMirr, every record of $MFT,
// every run list against $Bitmap, every index, every name against every index
// entry. Touched looks at what a transaction changed, and compares it with the
// volume before: what it takes is in proportion to the change, plus the
// directories that the change is in and two reads of the MFT's bitmap, whatever
// the size of the volume.
//
// Within looks at the same change for something else: that nothing is different
// but what the transaction is about. A cluster of another file that was
// overwritten is sound to all other checks.
//
// Quick looks at what a Windows needs before it can say a word: boot sectors,
// $MFTMirr, the system files and the way to some paths, in a few dozen reads.
//
// Volume and Quick mend in memory as they go and judge what comes out. Mended is
// what follows from something sound:
//
//	boot sector             from its copy, when that lies where it says itself and
//	                        leads to $MFT, and the boot sector does not
//	its copy                from a boot sector that leads to $MFT, when the copy is none
//	                        or differs in the fields that describe the volume
//	records 0 to 3          from $MFTMirr when they are damaged; else $MFTMirr from them
//	$Bitmap, $MFT's bitmap  what a sound record holds is marked; nothing is freed
//	index bitmap            a block that the tree reaches is marked
//	attribute list          a name that does not begin at 0x1a, when the attribute has it
//	order of a leaf         when each entry is proved by its file (ASCII names only)
//
// Boot code, hidden sectors and disk geometry that differ from the copy are
// reported, not mended: from within the volume nobody can tell which is right.
//
// The package shares no parser with package ntfs but the boot sector's: what
// wrote a structure must not be what certifies it. And where ntfs stops at the
// first contradiction, a check notes it and goes on. Every contradiction is a
// Problem, a value; errors are those of the device only.
//
// What is compared, each with the Kind of the Problem it gives:
//
//	boot sector and its copy                       boot-sector, backup-boot
//	$MFTMirr and the first four records            mirror
//	magic, fix-ups, header, attribute headers      record, attribute
//	mapping pairs, VCN ranges of split attributes  run-list
//	allocated, data, initialized, compressed size  size
//	attribute lists, both ways                     attribute-list
//	run lists against $Bitmap, both ways           cluster-free, cluster-lost
//	run lists against each other                   cluster-shared
//	in-use flags against $MFT's bitmap             mft-bitmap
//	link count against $FILE_NAME attributes       link-count
//	$FILE_NAME: its form, its parent               file-name, parent
//	names against index entries, both ways         name-missing, entry-dangling
//	8.3 names against Win32 names                  short-name
//	index header, flags, VCNs, fix-ups, entries    index
//	order of index entries by $UpCase              index-order
//	INDX blocks against the index's bitmap         index-bitmap
//	directories that do not hang on the root       directory-loop
//	Touched: a bit of $Bitmap that changed         unexplained
//	Within: clusters that were in use before       foreign-cluster
//	Within: records and attributes of other files  foreign-record
//	Within: entries of other files                 foreign-entry
//
// Facts from volumes made by Windows, mkntfs and ntfs-3g: $MFTMirr is compared
// in its first four records only (Windows 10 leaves the rest as it was);
// records of $MFT that are free may hold anything; entries of a directory
// carry copies of sizes and times that may be stale, so that they are not
// compared. The order of entries is judged for directories, $Secure,
// $ObjId, $Reparse and $Quota:$Q, not for the security identifiers of $Quota:$O.
//
// Not looked at: the contents of $Secure and of the log, compressed data,
// security descriptors, quotas.
package check
