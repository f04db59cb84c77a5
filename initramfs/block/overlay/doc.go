// Package overlay is a copy-on-write Device: reads come from a base that never
// changes, writes stay in memory. A repair is carried out and verified on an
// overlay; what it changed, sector by sector with the old and the new bytes,
// is all that a commit has to write.
//
// Only changed sectors are kept, so memory follows the size of the repair and
// not the size of the disk. Large writes, content of files, can go into a Store
// instead of memory (Spill): a temporary file, or free space that the caller
// reserved.
package overlay
