package part

import "github.com/bootmend/bootmend/initramfs/block"

// foreign names what uses the whole disk, and lies where a copy of the GPT would be
// written: a disk that had a GPT keeps one copy and the protective MBR when it becomes a
// member of a RAID. "" for nothing that is known.
// Source: the offsets of libblkid's probes.
func foreign(dev block.Device) string {
	name, _, _ := find(dev, append(raidMarks(dev.Size()), linuxMarks()...))
	return name // a sector that cannot be read says nothing
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
