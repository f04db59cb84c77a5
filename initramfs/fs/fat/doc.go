// Package fat reads FAT12, FAT16 and FAT32 volumes through
// github.com/diskfs/go-diskfs. It never writes: the library gets a view of the
// volume that has no writable side.
//
// The library believes what it reads, so this package stands in front of it.
// It judges the BPB, shows the library a FAT whose chains end, catches read
// errors that the library drops, bounds directories, and turns a panic of the
// library into fs.ErrDamaged. File content and extents are read from the
// Device directly, run by run.
//
// Limits of go-diskfs v1.9.4 that are reported as fs.ErrUnsupported: FAT12 and
// FAT16 with sectors other than 512 bytes; FAT32 with a root directory that
// does not start at cluster 2 or with other than two FATs. Others that cannot
// be seen in an error: it holds the whole FAT in memory (bounded here by
// maxFAT); the checksum of long names is not compared; characters beyond the
// BMP in long names and code page characters in short names are not decoded;
// the first byte 05, which stands for E5, is left as it is; the archive
// attribute, and in ReadDir every attribute but the directory's, is not told.
// Times are local times of an unknown zone, given as UTC.
package fat
