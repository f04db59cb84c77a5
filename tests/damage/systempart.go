package damage

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/bootmend/bootmend/tests/guests"
)

// systemPartitionDamages are those of the partition that the firmware starts from as a
// whole, and of the HAL that its store starts Vista with.
func systemPartitionDamages() []Damage {
	mbr := []string{"./Boot/BCD", "./Boot/memtest.exe", "./bootmgr"}
	// All that is on the partition goes with it. On BIOS the one of Windows takes its
	// place, with other boot code.
	esp := []Place{KnownBy, StoreFile, MBRTypes, "esp-loader-missing", "esp-fallback-missing", "winload-missing", GPTPrimary, GPTBackup}
	reserved := []Place{KnownBy, StoreFile, MBRCode, MBRFlags, MBRTypes, "winload-missing", SystemCode, SystemMagic, SystemHidden, SystemHeads, SystemCopy, WindowsBoot, WindowsCopy}
	return []Damage{
		{Name: "system-partition-missing/zeroed", Finding: "system-partition-missing", Repaired: true, Guest: "win7-x64", Touches: reserved, Files: mbr, image: cleared},
		{Name: "system-partition-missing/deleted", Finding: "system-partition-missing", Repaired: true, Guest: "win2008r2-system",
			Files: append([]string{"./Boot/en-US/bootmgr.exe.mui", "./Boot/Fonts/wgl4_boot.ttf"}, mbr...), image: deletedPartition},
		{Name: "system-partition-missing/with-code", Finding: "system-partition-missing", Repaired: true, Guest: "win81-x64", Touches: reserved, Files: mbr, image: inTurn(cleared, at(0, zeros(0x1B8)))},
		{Name: "system-partition-missing/esp-zeroed", Finding: "system-partition-missing", Repaired: true, Guest: "win10-x64", Touches: esp, image: cleared},
		{Name: "system-partition-missing/esp-zeroed-with-copy", Finding: "system-partition-missing", Repaired: true, Guest: "win10-x64", Touches: esp, image: cleared,
			base: copiedTo(`\Windows\Boot\EFI\bootmgfw.efi`, `\EFI\Microsoft\Boot\bootmgfw.efi`)},
		{Name: "system-partition-missing/esp-deleted", Finding: "system-partition-missing", Repaired: true, Guest: "win10-x64", image: inTurn(cleared, sgdisk("--delete=1"))},
		{Name: "system-partition-missing/esp-of-2023", Finding: "system-partition-missing", Repaired: true, Guest: "win10-x64", Touches: esp, image: cleared,
			base: both(copiedTo(`\Windows\Boot\EFI\bootmgfw.efi`, `\Windows\Boot\EFI_EX\bootmgfw_EX.efi`), without(`\Windows\Boot\EFI\bootmgfw.efi`))},
		{Name: "system-partition-missing/esp-entry", Finding: "system-partition-missing", Table: true, Guest: "win10-x64", Touches: esp, image: sgdisk("--delete=1")},
		{Name: "system-partition-missing/no-room", Finding: "system-partition-missing", Aside: true, Guest: "win10-x64", Touches: esp,
			image: inTurn(cleared, sgdisk("--delete=1", "--new=1:2048:206847", "--typecode=1:8300", "--partition-guid=1:6f1c2a10-93b4-4d07-8e55-c0de0000bb01"))},
		{Name: "system-partition-missing/no-code", Finding: "system-partition-missing", Aside: true, Guest: "win7-x64", Touches: reserved, image: inTurn(windowsCode, cleared)},
		{Name: "system-partition-full", Finding: "system-partition-full", Noted: true, Guest: "win7-x64", Touches: []Place{KnownBy}, describe: filledUp(`\System Volume Information\old`, "70M")},
		{Name: "system-partition-full/esp", Finding: "system-partition-full", Noted: true, Guest: "win10-x64", Touches: []Place{KnownBy}, describe: filledUp(`\EFI\other\image`, "88M")},
		{Name: "bcd-detecthal", Finding: "bcd-detecthal", Fixed: true, OnRequest: true, Guest: "winvista-x86", Touches: []Place{StoreOptions, Devices},
			base: setHAL("halacpi.dll"), describe: inStore(noElement(guests.Loader, "26000010"))},
		{Name: "bcd-detecthal/looks", Harmless: true, Guest: "winvista-x86", describe: setHAL("halacpi.dll")},
		{Name: "bcd-detecthal/same-hal", Harmless: true, Guest: "winvista-x86", base: setHAL("halmacpi.dll"), describe: inStore(noElement(guests.Loader, "26000010"))},
	}
}

// setHAL gives a Vista that was set up on a machine with an APIC both HALs, and makes
// hal.dll a copy of one of them.
func setHAL(original string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.Find(0, `\Windows\System32\hal.dll`)
		hal := *e
		hal.Original = original
		g = g.With(n, hal)
		for _, name := range []string{"halmacpi.dll", "halacpi.dll"} {
			hal.Path, hal.Original = `\Windows\System32\`+name, name
			g = g.With(n, hal)
		}
		return systemReg(g, "[$\\Enum\\Root\\ACPI_HAL\\0000]\n\"HardwareID\"=hex(7):"+hexMulti("acpiapic")+"\n")
	}
}

// filledUp takes most of the system partition.
func filledUp(path, size string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return g.With(1, guests.Entry{Kind: guests.Zero, Path: path, Arg: size})
	}
}

// deletedPartition takes the first partition out of the MBR, by sfdisk.
func deletedPartition(t target) error {
	out, err := exec.Command("sfdisk", "--quiet", "--delete", t.image, "1").CombinedOutput()
	if err != nil {
		return fmt.Errorf("sfdisk --delete: %w: %s", err, out)
	}
	return nil
}

// cleared makes the system partition all zeros.
func cleared(t target) error {
	f, err := os.OpenFile(t.image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	p := storePartition(t.guest)
	b := make([]byte, 1<<20)
	for off := int64(0); off < p.Size; off += int64(len(b)) {
		if _, err := f.WriteAt(b[:min(int64(len(b)), p.Size-off)], p.Start+off); err != nil {
			return err
		}
	}
	return nil
}

// windowsCode takes the boot code out of the boot sector of the Windows partition
// and of its copy.
func windowsCode(t target) error {
	for _, off := range []int64{t.part.Start, t.part.Start + t.part.Size - guests.SectorSize} {
		if err := overwrite(t.image, off+0x54, zeros(0x1FE-0x54)); err != nil {
			return err
		}
	}
	return overwrite(t.image, t.part.Start+512, zeros(0x1C00))
}
