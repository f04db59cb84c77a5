package part

import "github.com/bootmend/bootmend/initramfs/block"

// linuxMarks tell what Linux keeps on a disk or in a partition, apart from arrays.
// Source: the offsets of libblkid's probes.
func linuxMarks() []mark {
	return []mark{
		{0, "LABELONE", "a physical volume of LVM"},
		{0x200, "LABELONE", "a physical volume of LVM"},
		{0x400, "LABELONE", "a physical volume of LVM"},
		{0x600, "LABELONE", "a physical volume of LVM"},
		{0, "LUKS\xBA\xBE", "LUKS, an encrypted volume"},
		{0, "XFSB", "XFS"},
		{0x438, "\x53\xEF", "ext2, ext3 or ext4"},
		{0x1018, "\xC6\x85\x73\xF6\x4E\x1A\x45\xCA\x82\x65\xF5\x7F\x48\xBA\x6D\x81", "bcache"},
	}
}

// Occupant names what a partition says to hold that is no file system of Windows,
// although its type is theirs; "" for nothing that is known, also where it cannot
// be read. dev is the partition, its first byte at 0. What Windows held there
// before may still be found by its remains and must not come back: mdadm leaves the
// first sector as it was, and no new owner clears the last.
func Occupant(dev block.Device) string {
	name, _, _ := find(dev, append(append(raidMarks(dev.Size()), linuxMarks()...),
		mark{0x10040, "_BHRfS_M", "btrfs"},
		mark{0xFF6, "SWAPSPACE2", "Linux swap"},
	))
	return name
}

// OccupantOfNTFS is Occupant for a partition that opens as NTFS: only what NTFS
// would have written over when it was made counts, and arrays, of which the volume
// may be one half.
func OccupantOfNTFS(dev block.Device) string {
	name, _, _ := find(dev, append(raidMarks(dev.Size()), linuxMarks()...))
	return name
}
