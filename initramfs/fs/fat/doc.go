// Package fat reads and changes FAT12, FAT16 and FAT32 volumes: Windows 2000
// and XP on FAT32, EFI system partitions, floppies. The facts are those of
// Microsoft's FAT specification (fatgen103) and, where Windows NT does more or
// other than that (flags of lower case, flags in the boot sector, the choice of
// 8.3 names), of its published driver fastfat
// (github.com/microsoft/Windows-driver-samples, filesys/fastfat).
//
// # Why not through a library
//
// github.com/diskfs/go-diskfs v1.9.4 reads and writes FAT, but a change of one
// file through it loses what others have stored:
//
//   - writeDirectoryEntries (filesystem/fat12/fat12.go:792) makes a directory
//     anew from what the library knows: deleted entries, left-over long names,
//     the hundredths of creation, OS/2's extended attributes and reserved bits
//     are gone, characters beyond the BMP are cut (directoryentry.go:276);
//   - readDirectory (fat12.go:760) and File.Read (file.go:101) drop read errors,
//     so that a directory with a bad sector is written back as an empty one;
//   - Remove (fat12.go:577) never frees the clusters of the file;
//   - allocateSpace (fat12.go:943) takes every entry that fits into the FAT for
//     a cluster, beyond the end of the volume, and writes the whole FAT, all
//     copies whether they are in use or not, for every call;
//     fat12.Bytes (table.go:92) resets the state bits in it;
//   - FSInfo gets the old count of free clusters (fat32/fat32.go, writeFsis);
//   - times are the machine's; whole files, the FAT and directories are held in
//     memory; loops in a chain never end (getClusterList, fat12.go:731).
//
// It remains the second reader by which repairs are proved, in secondopinion.
//
// # Reading
//
// Nothing is believed: the BPB is judged when the volume is opened, every chain
// and directory has a limit, loops are found. What contradicts itself wraps
// fs.ErrDamaged; an error of the Device is passed on. Opening costs the boot
// sector and a page of the FAT, a path one read of each directory on it. No page
// of the FAT and no directory is kept from one call to the next; all that a
// Volume remembers are the number of free clusters and the place of the last
// search, so it must be the only one that changes the volume.
//
// A long name belongs to its 8.3 entry only when order and checksum fit, as in
// Windows. 8.3 names are shown by code page 850. Times are local times of an
// unknown zone, given as UTC.
//
// # Writing
//
// A change is planned in memory: names, free slots, free clusters (counted
// once by the FAT, never believed from FSInfo), every FAT page that will
// change. Only then something is written, in this order:
//
//  1. content, into clusters that are free
//  2. the FAT, new chains only: all copies, or the active one where the volume
//     says so
//  3. the directories, slot by slot where they changed
//  4. the FAT again: what the file no longer uses is freed
//  5. FSInfo: free clusters, next free
//
// An interruption after 1, 2 or 4 leaves clusters that nobody owns or a hint
// that is wrong, nothing worse; within 3, a name that spans two sectors may be
// cut. To make it one step is the business of the journal, for which FreeSpace
// and DirtyFlags say which bits reserve clusters and which say "dirty". When the
// Device refuses a write, what was written of 2 to 5 is put back.
//
// What is not understood is kept: other bits of attributes and FAT entries,
// bytes of entries that have no name here, deleted entries until their slots
// are needed. 8.3 names are made of ASCII only, so that they mean the same in
// every code page.
//
// # Refused
//
// Changes of volumes that are marked dirty (ErrDirty; AllowDirty lifts it, after
// a check); changes in a page of the FAT whose
// copies differ (fs.ErrDamaged), and of chains that are; volumes with 4085 or
// 4086 clusters, whose kind is disputed. Format makes new volumes. Not done: exFAT,
// changing volume labels and the backup of the boot sector, the extended attributes of OS/2 (a
// file that is removed leaves them behind).
package fat
