// Package secondopinion reads files from FAT volumes through
// github.com/diskfs/go-diskfs and shares no code with package fat: what a
// repair wrote is read back through both, so that a mistake in one of them
// cannot hide itself.
//
// The library believes what it reads, so something stands in front of it: it
// is shown a FAT whose chains end and an FSInfo sector that is valid, the read
// errors that it drops are caught, and its panics become ErrPanic. It never
// gets a writable side.
//
// Limits of go-diskfs v1.9.4, all of which are errors here: FAT32 with sectors
// other than 512 and 4096 bytes, or with a root directory that does not start
// at cluster 2; other than two FATs. It holds the whole FAT in memory, so that one of more than
// maxFAT bytes is refused. It does not compare the checksum of long names and
// finds the last of several entries of one name, and the volume label, too:
// every error, and every difference, means "no second opinion", never "no such
// file".
package secondopinion
