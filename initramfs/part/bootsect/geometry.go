package bootsect

// StandardSectorsPerTrack is what BIOSes report for disks with LBA.
const StandardSectorsPerTrack = 63

// Limits of a disk's size in bytes between numbers of heads. A cylinder of 16
// heads and 63 sectors has 516096 bytes; up to 1024 cylinders the BIOS takes
// them as they are, then it doubles the heads, up to 255.
const (
	sizeHeads32  = 1025 * 516096
	sizeHeads64  = 2050 * 516096
	sizeHeads128 = 4100 * 516096
	sizeHeads255 = 8256 * 516096
)

// StandardHeads is the number of heads that the BIOS of a virtual machine
// reports for a disk of this many bytes, and that the BPB must give so that
// Windows before Vista starts: its boot code reads by cylinder, head and sector
// what lies below the limit of that way, and stops with "A disk read error
// occurred" where the numbers differ. Later code ignores them. A volume that
// fills its whole disk has no geometry to agree with.
//
// sure is false where the sources differ: report the heads there, and let a
// person decide.
//
// Sources: measured with SeaBIOS 1.16 and QEMU 7.2, IDE and virtio, on disks with
// a partition table (the tests do it again); virt-v2v, convert_windows.ml, which
// knows only disks of a gigabyte and more, 40, 80 and FF heads, with limits at
// 2114445312 and 4228374780.
func StandardHeads(diskSize int64) (heads uint16, sure bool) {
	switch {
	case diskSize < sizeHeads32:
		return 16, true
	case diskSize < sizeHeads64:
		return 32, true
	case diskSize < sizeHeads128:
		return 64, diskSize < 2114445312
	case diskSize < sizeHeads255:
		return 128, diskSize < 4228374780
	}
	return 255, true
}

// NeedsGeometry reports whether the code reads by cylinder, head and sector, so
// that wrong heads or sectors per track keep it from starting.
func (c Code) NeedsGeometry() bool {
	return c.Owner == Microsoft && c.Generation != NoGeneration && c.Generation <= NT5
}
