// Package builder makes boot media of bootmend. It puts together what its
// subpackages do:
//
//	apt, deb    Debian's signed kernel and boot loaders, from their packages
//	modules     the kernel modules that the image needs
//	busybox     our commands and u-root's, in one binary
//	ramfs, zstd the initramfs
//	iso         the hybrid ISO
//	manifest    what the medium consists of
//	lock        one build at a time where two would meet
//
// Everything is made as an ordinary user, nothing is installed. The same
// sources, packages, Go and zstd version and Epoch give the same bytes. What is written
// appears under its name when it is complete.
//
// Not supported: kernels without loadable modules or zstd.
package builder
