//go:build !nt5

package edition

const (
	// NT6: Vista and later: BOOTMGR, BCD, UEFI.
	NT6 = true
	// BitLocker: volumes can be unlocked.
	BitLocker = true
	// Signatures: those of drivers and of UEFI's programs are read.
	Signatures = true
	// Mounts: bootmend mount, for which the kernel needs file systems.
	Mounts = true
)
