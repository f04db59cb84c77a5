// Package iso9660 reads CDs: ISO 9660 levels 1 to 3 (ECMA-119), Joliet, and
// the names of Rock Ridge (IEEE P1281 and P1282) where there is no Joliet. It
// never writes.
//
// # Names
//
// The tree of Joliet comes before that of the primary descriptor, as in
// Windows, and there Rock Ridge is not looked at. Version numbers (";1") and a
// dot at the end are cut off; of several versions of a file the highest is
// shown, which is the one recorded first (ECMA-119, 9.3). A character that
// would split a path is shown as "_". Case is ignored, but an exact match comes
// first, since Rock Ridge has names that differ in nothing else.
//
// # Why not through a library
//
// github.com/diskfs/go-diskfs v1.9.4, which writes our rescue image, reads ISO
// 9660 too, but damaged discs and large files are beyond it
// (filesystem/iso9660):
//
//   - a file in several extents ends after the first: the flag is read
//     (directoryentry.go:234) and asked by nobody;
//   - Joliet is left aside where there is Rock Ridge (iso9660.go:620);
//   - a record that reaches past the end of its directory
//     (directoryentry.go:357), or a name past the end of its record (:243), is
//     a panic, and so is a disc without a primary descriptor (detectSUSP);
//   - continuation areas that lead back to themselves are followed for ever
//     (parseDirEntry), and each is believed to be as long as it says; so are
//     path tables and directories, 4 GiB if they like;
//   - the place of the path table is computed in 32 bits;
//   - read errors and what they were caused by are flattened to text.
//
// It is the second reader in the tests.
//
// # Limits
//
// Nothing is believed: places beyond the medium, directories that contain
// themselves, records that contradict themselves wrap fs.ErrDamaged. Opening
// costs the descriptors and one sector of the root; a path costs one read of
// each directory on it. Nothing is kept from one call to the next, so a Volume
// can be used by several goroutines.
//
// Refused with errors that wrap fs.ErrUnsupported: discs with UDF only
// (*UDFError), logical blocks of another size than 2048 bytes
// (*BlockSizeError), interleaved files, files on another disc of a set, files
// compressed by zisofs or stored sparsely, symbolic links. Of a disc with
// several sessions the first is read.
package iso9660
