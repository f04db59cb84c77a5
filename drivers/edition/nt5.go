//go:build nt5

package edition

// What the floppy leaves out.
const (
	NT6        = false
	BitLocker  = false
	Signatures = false
	Mounts     = false
)
