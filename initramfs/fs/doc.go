// Package fs is the small file system interface that diagnosis and repair
// need. Implementations live below it (ntfs, fat, iso9660); probe tells what a volume
// holds.
//
// Paths are Windows paths from the root of the volume: `\Windows\System32`.
// Both separators are accepted, case is ignored the way the file system itself
// ignores it, "" and `\` are the root. A path never leaves its volume: no
// drive letters, no "..", reparse points are not followed.
package fs
