// Package builder makes boot media of bootmend. It puts together what its
// subpackages do:
//
//	apt, deb    Debian's signed kernel and boot loaders, from their packages
//	modules     the kernel modules that the image needs
//	busybox     our commands and u-root's, in one binary
//	ramfs       the initramfs
//	iso         the hybrid ISO
//
// Everything is made as an ordinary user, nothing is installed. The same
// sources, packages, Go version and Epoch give the same bytes.
//
// Not supported: kernels without loadable modules or zstd, other architectures
// than amd64.
package builder
