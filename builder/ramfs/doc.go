// Package ramfs writes the initramfs: a cpio(5) archive in the "newc" format,
// compressed with zstd, that the kernel unpacks into its root file system.
//
// It writes two archives into one stream, which the kernel allows: the first
// holds the device nodes, written by u-root's cpio package, the second
// everything else, by cavaliergopher/cpio, which leaves device numbers zero.
//
// The same entries give the same bytes: inode numbers are counted, all times
// are one given time, owners are root.
//
// Not supported: hard links, block devices, files of 4 GiB and more.
package ramfs
