package bootsect

// StandardSectorsPerTrack is what BIOSes report for disks with LBA.
const StandardSectorsPerTrack = 63

// StandardHeads is the number of heads that the BIOS of a PC or a virtual
// machine reports for a disk of this many bytes, and that the BPB must give so
// that Windows before Vista starts: its boot code reads the first sectors by
// cylinder, head and sector. Later code ignores the field. A volume that fills
// its whole disk has no geometry to agree with.
//
// Source: virt-v2v, convert_windows.ml.
func StandardHeads(diskSize int64) uint16 {
	switch {
	case diskSize < 2114445312:
		return 0x40
	case diskSize < 4228374780:
		return 0x80
	}
	return 0xFF
}

// NeedsGeometry reports whether the code reads by cylinder, head and sector, so
// that wrong heads or sectors per track keep it from starting.
func (c Code) NeedsGeometry() bool {
	return c.Owner == Microsoft && c.Generation != NoGeneration && c.Generation <= NT5
}
