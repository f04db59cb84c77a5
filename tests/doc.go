// Package tests holds the black-box tests: everything that judges the project
// from outside, with foreign tools, whole disks and whole machines. Its own
// tests keep the layers and house rules that a compiler does not keep.
//
//	guests    disks with a Windows on them, made from text by foreign tools
//	damage    ways to break them
//	oracle    foreign judges: ntfsresize, hivexsh, sgdisk, fsck.vfat, qemu-img
//	tool      runs foreign programs
//	volume    volumes made by foreign programs, mounted, opened for format packages
//	sparse    copying and hashing images that are mostly holes
//	realdata  finds real hives and volumes, where somebody has them
//	command   builds the bootmend command and runs it as a script does
//	engine    the bootmend command against guests
//	vm        the rescue image against guests, in QEMU
//	summary   what "make test" prints
//	bench     what "make bench" prints
package tests
