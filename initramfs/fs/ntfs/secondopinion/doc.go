// Package secondopinion reads files from NTFS volumes through
// www.velocidex.com/golang/go-ntfs and shares no code with package ntfs: what
// a repair wrote is read back through both, so that a mistake in one of them
// cannot hide itself.
//
// Facts about go-ntfs v0.2.1 that were found by test: it rejects clusters
// above 64 KiB, and volumes with fewer sectors than a cluster has bytes; both
// are worked around here by giving it the geometry instead of letting it
// judge the boot sector. It takes index blocks to be 4 KiB, reads a directory
// whole, blocks that are not in use among it, and compares names in the lower
// case of Go, not by $UpCase. A file of some thousand runs, whose attribute list
// is not resident, it reads in part only (an error here). It goes on silently
// when a directory block cannot be read, so that "not found" proves nothing:
// every error here means "no second opinion", never "no such file".
package secondopinion
