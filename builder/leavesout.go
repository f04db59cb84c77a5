package builder

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/condition"
)

// LeftOut is something that a small medium has not.
type LeftOut struct{ What, Why string }

// FloppyLeavesOut lists what the self-contained floppy has not that the ISO has; "" means
// I386. There must be such a floppy for the architecture.
func FloppyLeavesOut(arch Arch) ([]LeftOut, error) {
	if arch == "" {
		arch = I386
	}
	if err := arch.checkFloppy(); err != nil {
		return nil, err
	}
	all := []LeftOut{
		{"Windows", "Vista and later: BOOTMGR, BCD, UEFI, GPT damage. Such a Windows is recognised, and a person is told to start the ISO"},
		{"BitLocker", "unlocking; a locked volume is recognised and not written to"},
		{"signatures", "of drivers: Windows NT 4 to 2003 starts drivers without"},
		{"commands", "bootmend bcd, drv, mount, explain, console; there are scan, plan, repair, undo, recover, report, answers, fs, hive, part"},
		{"interface", "the full-screen one; there is a menu of plain text and a small shell with core commands"},
		{"reports", "over the network and on USB sticks; the disk, the serial line, and this floppy or another one called BOOTMEND (report=usb) take them"},
		{"network", "drivers, DHCP, HTTP, SSH"},
		{"kernel", "modules, ACPI (the machine is not switched off by itself), USB, and controllers that virtual machines of such Windows do not have"},
		{"code pages", "932, 936, 949, 950 for .reg files of version 4"},
		{"YAML", "in answer files all but plain and quoted texts, lists and comments"},
		{"traces", "names and lines in what a failing program prints"},
	}
	if arch == AMD64 {
		all = append(all, LeftOut{"kernel", "for 64 bits: the drivers for BusLogic, LSI 53C8xx and NVMe (--arch i386 has them)"},
			LeftOut{"program", "for 64 bits: it is that for 32 bits, which such a kernel runs"})
	}
	kept := onFloppy()
	var ids []string
	for _, c := range condition.All() {
		if !kept[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		all = append(all, LeftOut{"condition", id})
	}
	return all, nil
}

// onFloppy are the IDs of the conditions that the self-contained floppy looks for.
func onFloppy() map[string]bool {
	ids := map[string]bool{}
	for _, c := range condition.Older() {
		ids[c.ID] = true
	}
	return ids
}
