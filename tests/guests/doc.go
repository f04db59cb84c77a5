// Package guests makes disks with a Windows on them out of text, for tests.
// No code under test takes part: partition tables are written by sfdisk and
// sgdisk, file systems by mkntfs and mkfs.vfat, trees are filled through
// ntfs-3g and mtools, hives are compiled by hivexregedit. What none of these
// can make (an empty hive, a PE file that is nothing but its headers) is
// written byte by byte here, with its layout in a comment.
//
// # The description
//
// A guest is one file testdata/NAME.guest, lines of a verb and its arguments.
// Lines that start with # are comments. Sizes are bytes, or end in s (sectors
// of 512 bytes), K, M or G; a start without one counts sectors. NAME=VALUE
// arguments may come in any order; %20 stands for a space.
//
//	disk size=1G table=mbr signature=5ac9e1b0      or table=gpt guid=...
//	partition 1 type=07 start=2048 size=100M active fs=ntfs label=System
//	partition 2 type=0f start=... size=...         an extended partition: no fs
//	partition 5 type=07 ...                        5 and up are logical
//	partition 1 type=c12a7328-... guid=... name=EFI start=... size=... fs=vfat
//	partition 4 type=de94bba4-... guid=... attributes=8000000000000001 ...
//
// What follows a partition fills it:
//
//	dir \Windows\System32\config
//	pe \Windows\System32\hal.dll x64 6.1.7601.17514    stand-in PE file
//	pe \WINNT\hal.dll x86 5.0.2195.1 original=halacpi.dll imports=bootvid.dll,kdcom.dll
//	cab \WINNT\driver.cab x86%20buslogic.sys 5.0.2195.1  cabinet of such files
//	zero \pagefile.sys 4096
//	nls \WINDOWS\system32\c_1252.nls 1252             stand-in table of characters; without a page l_intl.nls
//	text \boot.ini                                     content lines begin with |
//	| [boot loader]
//	hive \Windows\System32\config\SYSTEM win7-system HKEY_LOCAL_MACHINE\SYSTEM 1.5
//	| [HKEY_LOCAL_MACHINE\SYSTEM\Setup]                 lines that begin with | are .reg text on top
//	mounted C                                          the partition is C: in the SYSTEM hive above
//	tree nt6-windows arch=x64 version=6.1.7601.17514   lines of testdata/NAME.tree
//
// A hive with security=none gets keys without security cells, as ReactOS' set-up
// makes them.
//
// A tree is the same language without disk and partition; $arch and the like
// are replaced by its arguments. A hive is compiled from testdata/NAME.reg,
// the text format of regedit, with one addition: {a,b} in a key name stands
// for as many keys, so that all control sets are written once.
//
// And what tests may expect of the guest as described:
//
//	broken machine=qemu-q35 controller=8086:2922 driver=msahci sets=1,2
//	healthy machine=qemu-pc
//
// The Windows of the support table are not descriptions but rows of a table
// (Editions), with a template for each generation.
//
// Some of the guests have a sibling around real hives and stores of Windows, where the
// collection of real data (package realdata) is present: RealNames. What is not real is
// said in testdata/real.txt: what was missing, and who the disk is.
//
// Built images are cached by the hash of everything that goes into them, in
// $BOOTMEND_GUESTS or the user's cache directory; Build hands out copies.
package guests
