package part

import "github.com/bootmend/bootmend/initramfs/block"

// foreign names what uses the whole disk, and lies where a copy of the GPT would be
// written: a disk that had a GPT keeps one copy and the protective MBR when it becomes a
// member of a RAID. "" for nothing that is known.
// Source: the offsets of libblkid's probes.
func foreign(dev block.Device) string {
	const raid = "\xFC\x4E\x2B\xA9"
	size := dev.Size()
	for _, o := range []struct {
		off         int64
		magic, name string
	}{
		{0, raid, "a member of a Linux RAID"},
		{0x1000, raid, "a member of a Linux RAID"},
		{(size/512 - 16) &^ 7 * 512, raid, "a member of a Linux RAID"},
		{size - 2*512, "Intel Raid ISM Cfg Sig. ", "a member of a RAID of Intel's firmware"},
		{size - 512, "\xDE\x11\xDE\x11", "a member of a RAID of a controller (DDF)"},
		{0, "LABELONE", "a physical volume of LVM"},
		{0x200, "LABELONE", "a physical volume of LVM"},
		{0x400, "LABELONE", "a physical volume of LVM"},
		{0x600, "LABELONE", "a physical volume of LVM"},
		{0, "LUKS\xBA\xBE", "LUKS, an encrypted volume"},
		{0, "XFSB", "XFS"},
		{0x438, "\x53\xEF", "ext2, ext3 or ext4"},
		{0x1018, "\xC6\x85\x73\xF6\x4E\x1A\x45\xCA\x82\x65\xF5\x7F\x48\xBA\x6D\x81", "bcache"},
	} {
		b := make([]byte, len(o.magic))
		if o.off < 0 || o.off+int64(len(b)) > size {
			continue
		}
		if n, _ := dev.ReadAt(b, o.off); n == len(b) && string(b) == o.magic {
			return o.name
		}
	}
	return ""
}

// Foreign names what uses the whole disk in place of a copy of the GPT that is
// damaged: what the other copy says is not what the disk is. "" for nothing.
func (e *GPTEditor) Foreign() string {
	if e.primary.err == nil && e.backup.err == nil {
		return ""
	}
	return foreign(e.dev)
}

// refuseForeign is the error for Foreign.
func (e *GPTEditor) refuseForeign() error {
	if name := e.Foreign(); name != "" {
		return Refuse("where the copy of the GPT would be, the disk says that it is %s as a whole; if it is not, look at it with wipefs", name)
	}
	return nil
}
