// Package wof reads files that the Windows Overlay Filter keeps in compressed
// form: "compact /exe" and CompactOS, since Windows 10. Such a file has a
// reparse point with the tag 80000017, an empty sparse unnamed stream of the
// full size, and the named stream WofCompressedData. That begins with a table
// of the offsets of all chunks but the first, counted from the end of the
// table, of 4 bytes each or 8 where the file has more than 4 GiB, and goes on
// with the chunks. A chunk whose stored size is its plain size is not
// compressed.
//
// Sources: the comments of ntfs-3g's system compression plug-in
// (github.com/ebiggers/ntfs-3g-system-compression), the documentation of
// libfsntfs (github.com/libyal/libfsntfs), WOF_EXTERNAL_INFO and
// FILE_PROVIDER_EXTERNAL_INFO_V1 on learn.microsoft.com.
//
// Not supported: files whose data lies in a WIM archive (WIMBoot, provider 1);
// writing. Windows itself turns such a file into a plain one when it is
// written to.
package wof
