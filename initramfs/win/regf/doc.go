// Package regf reads Windows registry hives (files that start with "regf") and
// works out the few bytes that have to change to give an existing value other
// data of the same length.
//
// A hive is a base block of 4096 bytes and, behind it, hive bins (hbin) full of
// cells: key nodes (nk), values (vk), subkey lists (lf, lh, li, ri), value
// lists, data, big data (db). Cells name each other by their offset from the
// first hbin. The layout follows the public specification by Maxim Suhanov,
// https://github.com/msuhanov/regf, and was checked against hives of Windows
// XP, 7, 8.1 and 10.
//
// Reading is lazy: Open reads the base block only, everything else is fetched
// when it is asked for, through a page cache of fixed size. A hive of any size
// costs the same memory. Nothing is normalised and nothing is trusted: every
// offset, size and count is checked before it is used, damage is reported as a
// *FormatError that says where.
//
// The package opens no file and writes nothing. An Edit yields Patches, which
// whoever may write applies; see Edit for why a power cut between two of them
// leaves a valid hive.
//
// Not supported: versions 1.1 and 1.2 (Windows NT 3.x), replay of transaction
// logs (a hive that needs it is reported by State and cannot be edited),
// volatile keys (they never reach the disk), security descriptors, adding,
// removing or resizing anything.
package regf
