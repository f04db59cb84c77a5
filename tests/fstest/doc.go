// Package fstest judges the file systems below initramfs/fs by foreign tools
// (mkntfs, ntfs-3g, ntfsprogs, sleuthkit, mtools) and by volumes that Windows
// made. It has no code of its own outside tests.
package fstest
