// Package bootsect knows what lies in the first sectors of a disk and of a
// volume: whose boot code it is, what that code starts, the BIOS parameter
// block (BPB) and its copies. It gives repairs as patches and writes nothing.
//
// Code is recognised by what decides how it behaves (the name of the file that
// it loads, the sector that it reads next, where it finds its messages) and by
// published identities of a few bytes. Each verdict names the features that it
// rests on. No boot code is part of this package: what Windows' code is
// replaced by comes from the caller, or from another volume of the patient.
//
// What is never touched: a partition table and the disk signature by an edit of
// MBR code; the BPB by an edit of VBR code; FSInfo of FAT32; the last sector of
// NTFS' $Boot, where the volume shadow service keeps the place of its catalog;
// anything that is encrypted. Code of others goes only with Consent.
//
// Everything about a volume counts from its first byte. part.Patch.At turns a
// patch of a volume into one of its disk.
//
// Not supported: boot code of volumes whose sectors are not 512 bytes, exFAT. Code
// inside Windows' own files (InFile) was not tried on a real untfs.dll.
//
// Sources: layout.h of ntfs-3g; Microsoft's FAT specification; the headers of
// ms-sys and the list of boot-info-script for identities; boot sectors that
// Windows 2003 to 10 wrote.
package bootsect
