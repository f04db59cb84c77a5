// Package regf reads Windows registry hives (files that start with "regf"),
// versions 1.1 to 1.6, and works out which bytes have to change to edit those
// from version 1.3 on.
//
// A hive is a base block of 4096 bytes and, behind it, hive bins (hbin) full of
// cells: key nodes (nk), values (vk), subkey lists (lf, lh, li, ri), value
// lists, data, big data (db), security descriptors (sk). Cells name each other
// by their offset from the first hbin. The layout follows the public
// specification by Maxim Suhanov, https://github.com/msuhanov/regf, and was
// checked against hives of Windows XP, 7, 8.1 and 10; of versions 1.1 and 1.2
// there was none to check.
//
// Reading is lazy: Open reads the base block only, everything else is fetched
// when it is asked for, through a page cache of fixed size. A hive of any size
// costs the same memory. Nothing is normalised and nothing is trusted: every
// offset, size and count is checked before it is used, damage is reported as a
// *FormatError that says where.
//
// The package opens no file and writes nothing. An Edit or an Editor yields
// Patches, which whoever may write applies. Edit changes a few bytes of values
// that keep their length, so that a power cut between two patches leaves a
// valid hive; an Editor creates, deletes and resizes keys and values, and its
// patches have to become durable all or none.
//
// Not supported: replay of transaction logs (a hive that needs it is reported
// by State and cannot be edited), volatile keys (they never reach the disk),
// making security descriptors, and writing versions 1.1 and 1.2 (Windows NT
// 3.x), which are read only.
package regf
