package bootchain

import (
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// SlotCode judges the first sector of what a slot (1 to 4) of the MBR points to,
// whatever its type is: GRUB and LILO can be put into the first sector of an
// extended partition, and of one whose file system Windows does not know.
// ok is false where the slot is empty, and where that sector has no code or no
// signature, so that the code in the MBR would not start it.
func SlotCode(d *inspect.Disk, slot int) (code bootsect.Code, ok bool) {
	table, sector := make([]byte, 512), make([]byte, 512)
	if n, _ := d.Dev.ReadAt(table, 0); n < len(table) {
		return code, false
	}
	entry := table[0x1BE+16*(slot-1):][:16]
	start := int64(binary.LittleEndian.Uint32(entry[8:]))
	if entry[4] == 0 || start == 0 {
		return code, false
	}
	if n, _ := d.Dev.ReadAt(sector, start*int64(d.Dev.SectorSize())); n < len(sector) || !bootsect.HasMagic(sector) {
		return code, false
	}
	area := sector[:0x1FE]
	if part.IsContainer(entry[4]) {
		area = sector[:bootsect.MBRCodeSize] // the table of the chain follows
	}
	if filledWith(area) {
		return code, false
	}
	code, err := bootsect.RecognizeVBR(sector)
	return code, err == nil && code.Owner != bootsect.None && code.Owner != bootsect.Placeholder
}

// filledWith reports whether b is one byte over and over.
func filledWith(b []byte) bool {
	for _, c := range b {
		if c != b[0] {
			return false
		}
	}
	return true
}

// ActiveManager is the boot code of another system in the active partition,
// where that holds no boot loader of Windows: a boot manager that the code in
// the MBR starts, and that starts Windows or does not. ok is false where there
// is none.
func (b *BIOSDisk) ActiveManager() (code bootsect.Code, ok bool) {
	if len(b.Flagged) != 1 {
		return code, false
	}
	return b.managerIn(b.Flagged[0])
}

// FlaggedManager is the first that ActiveManager would be if its slot alone were
// active.
func (b *BIOSDisk) FlaggedManager() (slot int, code bootsect.Code, ok bool) {
	for _, slot := range b.Flagged {
		if code, ok := b.managerIn(slot); ok {
			return slot, code, true
		}
	}
	return 0, code, false
}

func (b *BIOSDisk) managerIn(slot int) (code bootsect.Code, ok bool) {
	if v := b.volume(slot); v != nil && (v.Wants() != "" || len(v.Other) > 0) {
		return code, false
	}
	code, ok = SlotCode(b.Disk, slot)
	switch code.Owner {
	case bootsect.Foreign, bootsect.Unknown, bootsect.Encryption:
		return code, ok
	}
	return code, false
}

// Manager names the boot manager that decides what this disk starts: in the MBR, or
// in the active partition; "" where Windows' own chain does.
func (b *BIOSDisk) Manager() string {
	code := b.Code
	if b.runsFlag() {
		active, ok := b.ActiveManager()
		if !ok {
			return ""
		}
		code = active
	}
	return nameOf(code)
}

func nameOf(code bootsect.Code) string {
	if code.Name == "" {
		return "a boot manager of nobody known"
	}
	return code.Name
}

// startsByBIOS names the code in sector 0 of a GPT disk that a BIOS would run: that
// of GRUB, which goes on in a partition for it, or of others; "" where there is
// none, or where it is Windows', which cannot start from a GPT.
func startsByBIOS(d *inspect.Disk) string {
	sector := make([]byte, 512)
	if n, _ := d.Dev.ReadAt(sector, 0); d.Table.Scheme != part.GPT || n < len(sector) || !bootsect.HasMagic(sector) {
		return ""
	}
	code, err := bootsect.RecognizeMBR(sector)
	if err != nil {
		return ""
	}
	switch code.Owner {
	case bootsect.Foreign, bootsect.Unknown, bootsect.Encryption:
		return nameOf(code)
	}
	return ""
}

// ManagerPlace is where Manager was found.
func (b *BIOSDisk) ManagerPlace() string {
	if b.runsFlag() && len(b.Flagged) == 1 {
		return fmt.Sprintf("the active partition %d", b.Flagged[0])
	}
	return "the MBR"
}

// runsFlag reports whether the code in the MBR starts the active partition, or is
// to be replaced by code that does.
func (b *BIOSDisk) runsFlag() bool {
	return b.Code.Starts == bootsect.StartsActive || b.CodeMissing()
}
