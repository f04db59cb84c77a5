// Package kernel builds Linux kernels of our own from the distribution's package
// linux-source, for media on which the distribution's kernel has no room: without
// modules, with the disk controllers that Windows machines have, and nothing else.
//
//	Floppy  the self-contained floppy: without ACPI, NVMe, USB, network
//	Lite    the lite ISO: SMP, EFI, USB, and more controllers
//
// The configurations (*.config) are fragments on top of tinyconfig; a later one
// overrides an earlier one. A result is kept in the cache by the hash of them and of
// the package's version: building takes six minutes of processor time or more.
// The sources are unpacked anew for each kernel, and removed when it is built.
//
// Needs gcc, make, flex, bison, bc, libelf's headers, xz. Everything is built as an
// ordinary user. Path, time, user and host do not get into the result.
package kernel
