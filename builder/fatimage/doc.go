// Package fatimage makes FAT file systems that hold given files: floppies, EFI
// system partitions, the writable partition of a USB stick. The same input gives
// the same bytes.
//
// The file system is ours (package fat): go-diskfs v1.9.4 makes FAT32 volumes whose
// FAT is too small for their clusters (64 MiB), gives empty files a cluster, and
// writes files past the end of a full volume.
package fatimage
