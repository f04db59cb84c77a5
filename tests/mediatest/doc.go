// Package mediatest looks at the media that mkrescue made from outside: how large they
// are, whether their manifest tells the truth (by xorriso, zstd, cpio and mtools), that
// nothing on them is from where it may not be, and that the same sources give the same
// bytes. The image is out/bootmend.iso of "make iso", or the one that BOOTMEND_ISO
// names.
package mediatest
