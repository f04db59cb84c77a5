package damage

import (
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// storeDamages are those of the boot configuration of Vista and later.
func storeDamages() []Damage {
	const nowhere = "{5d5b1a99-2c3b-11e0-9c1c-806e6f6e6963}"
	set, list := guests.StoreElement, guests.StoreList
	all := []Damage{
		{Name: "bcd-missing/bios", Finding: "bcd-missing", Guest: "win7-x64", Guests: []string{"win7-x86"}, describe: noStore},
		{Name: "bcd-missing/uefi", Finding: "bcd-missing", Guest: "win10-x64", describe: noStore},
		{Name: "bcd-missing/empty", Finding: "bcd-missing", Guest: "win81-x64", describe: emptyStore},

		{Name: "bcd-unreadable/no-hive", Finding: "bcd-unreadable", Guest: "win7-x64", image: storeFile(`head -c 16384 /dev/urandom > "$1"`)},
		{Name: "bcd-unreadable/mendable", Finding: "bcd-unreadable", Guest: "win81-x64", image: storeFile(brokenBin)},
		{Name: "bcd-unreadable/cut", Finding: "bcd-unreadable", Guest: "win10-x64", image: storeFile(truncated)},
		{Name: "bcd-unreadable/zeroed", Finding: "bcd-unreadable", Guest: "win10-x64", image: storeFile(`head -c 16384 /dev/zero > "$1"`)},

		{Name: "bcd-device-stale/signature", Finding: "bcd-device-stale", Guest: "win7-x64", Guests: []string{"win7-x86", "win81-x64"}, describe: stale(otherSignature)},
		{Name: "bcd-device-stale/offset", Finding: "bcd-device-stale", Guest: "win81-x64", describe: stale(otherStart)},
		{Name: "bcd-device-stale/guids", Finding: "bcd-device-stale", Guest: "win10-x64", describe: stale(otherGUIDs)},
		{Name: "bcd-device-stale/disk-guid", Finding: "bcd-device-stale", Guest: "win10-x64", describe: stale(otherDiskGUID)},
		{Name: "disk-signature-changed", Finding: "disk-signature-changed", Guest: "win7-x64", Guests: []string{"win7-x86", "win81-x64"}, image: newSignature},

		{Name: "bcd-path-wrong/firmware", Finding: "bcd-path-wrong", Guest: "win7-x64", describe: inStore(set(guests.Loader, "12000002", `"\\Windows\\system32\\winload.efi"`))},
		{Name: "bcd-path-wrong/uefi", Finding: "bcd-path-wrong", Guest: "win10-x64", describe: inStore(set(guests.Loader, "12000002", `"\\Windows\\system32\\winload.exe"`))},
		{Name: "bcd-path-wrong/folder", Finding: "bcd-path-wrong", Guest: "win81-x64",
			describe: inStore(set(guests.Loader, "12000002", `"\\WINNT\\system32\\winload.exe"`), set(guests.Loader, "22000002", `"\\WINNT"`))},

		{Name: "bcd-default-dangling", Finding: "bcd-default-dangling", Guest: "win7-x64", describe: inStore(set(guests.BootManager, "23000003", `"`+nowhere+`"`))},
		{Name: "bcd-display-order", Finding: "bcd-display-order", Guest: "win10-x64", describe: inStore(set(guests.BootManager, "24000001", list(guests.Loader, nowhere)))},
		{Name: "bcd-bootmgr-entry/missing", Finding: "bcd-bootmgr-entry", Guest: "win7-x64", describe: inStore(noObject(guests.BootManager))},
		{Name: "bcd-bootmgr-entry/device", Finding: "bcd-bootmgr-entry", Guest: "win10-x64", describe: inStore(noElement(guests.BootManager, "11000001"))},

		{Name: "bcd-recovery-loop", Finding: "bcd-recovery-loop", Guest: "win10-x64", base: withRecovery, describe: inStore(set(guests.BootManager, "23000003", `"`+ramdiskLoader+`"`))},
		{Name: "bcd-recovery-loop/default", Finding: "bcd-recovery-loop", NotReal: true, Guest: "win11-x64", describe: inStore(set(guests.BootManager, "23000003", `"`+guests.Recovery+`"`))},
		{Name: "bcd-recovery-loop/normal", Harmless: true, Guest: "win10-x64", describe: withRecovery},
		{Name: "bcd-winpe-left/scvmm", Finding: "bcd-winpe-left", Guest: "win7-x64", describe: ramdisk(`\SCVMMsources\boot.wim`)},
		{Name: "bcd-winpe-left/set-up", Finding: "bcd-winpe-left", OnRequest: true, Guest: "win81-x64", base: withSetup,
			describe: inStore(set(guests.BootManager, "23000003", `"`+ramdiskLoader+`"`), set(guests.BootManager, "24000001", list(ramdiskLoader)))},
		{Name: "bcd-winpe-left/in-menu", Harmless: true, Guest: "win81-x64", base: withSetup, describe: inStore(set(guests.BootManager, "23000003", `"`+ramdiskLoader+`"`))},
		{Name: "bcd-winpe-left/installed", Finding: "bcd-winpe-left", Guest: "win7-x86", describe: inStore(set(guests.Loader, "26000022", "hex:01"))},

		{Name: "bcd-safeboot-left", Finding: "bcd-safeboot-left", OnRequest: true, Guest: "win7-x64", describe: inStore(set(guests.Loader, "25000080", "hex:00,00,00,00,00,00,00,00"))},
		{Name: "bcd-safeboot-left/shell", Finding: "bcd-safeboot-left", OnRequest: true, Guest: "win10-x64",
			describe: inStore(set(guests.Loader, "25000080", "hex:00,00,00,00,00,00,00,00"), set(guests.Loader, "26000081", "hex:01"))},
		{Name: "bcd-bootsequence-left", Finding: "bcd-bootsequence-left", OnRequest: true, Guest: "win10-x64", describe: inStore(set(guests.BootManager, "24000002", list(guests.MemoryTester)))},
		{Name: "bcd-bootstatuspolicy", Finding: "bcd-bootstatuspolicy", OnRequest: true, Guest: "win7-x64", describe: inStore(set(guests.Loader, "250000e0", "hex:01,00,00,00,00,00,00,00"))},
		{Name: "bcd-imc-left", Finding: "bcd-imc-left", Guest: "win10-x64", describe: inStore(set(guests.Loader, "22000137", `"\\imc.hiv"`))},
		{Name: "bcd-graphicsmode-disabled", Finding: "bcd-graphicsmode-disabled", OnRequest: true, Guest: "win10-x64", describe: inStore(set(guests.BootManager, "16000046", "hex:01"))},
		{Name: "bcd-hibernation-resume", Finding: "bcd-hibernation-resume", Guest: "win7-x64", describe: inStore(set(guests.BootManager, "26000005", "hex:01"))},
		{Name: "bcd-hibernation-resume/off", Harmless: true, Guest: "win7-x64", describe: inStore(set(guests.BootManager, "26000005", "hex:00"))},

		{Name: "bootmgr-missing", Finding: "bootmgr-missing", Guest: "win7-x64", Guests: []string{"win7-x86", "win81-x64"}, describe: without(`\bootmgr`)},
		{Name: "bootmgr-missing/zeros", Finding: "bootmgr-missing", Guest: "win7-x86", describe: content(noProgram, `\bootmgr`)},
		{Name: "bootmgr-compressed", Finding: "bootmgr-compressed", Guest: "win7-x64", image: compressedBootmgr},
		{Name: "esp-loader-missing", Finding: "esp-loader-missing", Guest: "win10-x64", describe: without(`\EFI\Microsoft\Boot\bootmgfw.efi`)},
		{Name: "esp-fallback-missing", Finding: "esp-fallback-missing", Guest: "win10-x64", describe: without(`\EFI\Boot\bootx64.efi`)},
		{Name: "esp-fallback-missing/before-8", Finding: "esp-fallback-missing", OnRequest: true, Guest: "win7-x64-uefi", describe: without(`\EFI\Boot\bootx64.efi`)},
		{Name: "esp-fallback-missing/other-system", Finding: "esp-fallback-missing", OnRequest: true, Guest: "win10-x64",
			describe: both(without(`\EFI\Boot\bootx64.efi`), onESP(`\EFI\debian\shimx64.efi`))},
		{Name: "esp-fallback-missing/foreign", Harmless: true, Guest: "win10-x64", describe: both(without(`\EFI\Boot\bootx64.efi`), onESP(`\EFI\Boot\bootx64.efi`))},
		{Name: "efi-entry-missing", Finding: "efi-entry-missing", Apart: true, Guest: "win10-x64"},
		{Name: "bitlocker-unlocked", Finding: "bitlocker-unlocked", Apart: true, Guest: "win10-x64"},
		{Name: "winload-missing", Finding: "winload-missing", Guest: "win7-x64",
			base: copiedTo(`\Windows\System32\winload.exe`, `\Windows\System32\Boot\winload.exe`), describe: without(`\Windows\System32\winload.exe`)},
		{Name: "winload-missing/component", Finding: "winload-missing", Guest: "win7-x64", // which has another version than the kernel
			base:     both(pe(system32+"winload.exe", "x64", "6.1.7601.17556", ""), inComponent("microsoft-windows-b..environment-windows", 42, "winload.exe"), winner("microsoft-windows-b..environment-windows", 42)),
			describe: without(system32 + "winload.exe")},
		{Name: "winload-missing/empty", Finding: "winload-missing", Guest: "win10-x64",
			base:     servicedAs("microsoft-windows-b..environment-windows", "winload.efi"),
			describe: hollow(`\Windows\System32\winload.efi`)},
	}
	for i := range all {
		all[i].Fixed = !all[i].Harmless && !all[i].Apart
		all[i].Touches = storeTouches(all[i])
	}
	return all
}

// storeTouches are the places of a damage of the table above.
func storeTouches(d Damage) []Place {
	switch d.Finding {
	case "bcd-missing", "bcd-unreadable":
		return []Place{StoreFile, KnownBy}
	case "bcd-device-stale":
		return []Place{StoreDevices}
	case "disk-signature-changed":
		return []Place{StoreDevices, StoreFile, MBRCode, MBRMagic, Letters}
	case "bcd-path-wrong":
		return []Place{StorePaths}
	case "bcd-default-dangling", "bcd-recovery-loop":
		return []Place{StoreDefault}
	case "bcd-winpe-left":
		return []Place{StoreDefault, StoreOptions}
	case "bcd-display-order", "bcd-bootsequence-left":
		return []Place{StoreOrder}
	case "bcd-bootmgr-entry":
		return []Place{StoreManager}
	case "bcd-graphicsmode-disabled":
		return []Place{StoreOptions, StoreManager}
	case "bcd-hibernation-resume":
		return []Place{StoreResume}
	case "bootmgr-missing", "bootmgr-compressed":
		return []Place{KnownBy, MBRFlags, MBRTypes, MBRCode, SystemCode, SystemMagic, SystemHidden, SystemHeads}
	case "esp-loader-missing", "esp-fallback-missing":
		return []Place{Place(d.Finding)}
	case "winload-missing":
		return []Place{Place(d.Finding), Files} // SOFTWARE names the version in use
	}
	return []Place{StoreOptions}
}

// recoveryImage puts something in the place of an image on the partition of Windows.
func recoveryImage(path string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return g.With(windowsPartition(g), guests.Entry{Kind: guests.File, Path: path, Data: []byte("MSWIM\x00\x00\x00 stands for an image")})
	}
}

// withRecovery is a guest whose Windows has a recovery environment, as set-up leaves
// it.
func withRecovery(g *guests.Guest) *guests.Guest {
	set := guests.StoreElement
	return both(recoveryImage(`\Recovery\WindowsRE\Winre.wim`), ramdisk(`\Recovery\WindowsRE\Winre.wim`,
		set(ramdiskLoader, "46000010", "hex:01"), set(guests.Loader, "14000008", guests.StoreList(ramdiskLoader)), set(guests.Loader, "16000009", "hex:01"),
		set(guests.BootManager, "23000003", `"`+guests.Loader+`"`)))(g)
}

// withSetup is a guest that also offers a set-up image in its menu.
func withSetup(g *guests.Guest) *guests.Guest {
	const image = `\$WINDOWS.~BT\boot.wim`
	return both(recoveryImage(image), ramdisk(image, guests.StoreElement(guests.BootManager, "23000003", `"`+guests.Loader+`"`),
		guests.StoreElement(guests.BootManager, "24000001", guests.StoreList(guests.Loader, ramdiskLoader))))(g)
}

// onESP puts a loader of another system on the EFI system partition.
func onESP(path string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return g.With(storePartition(g).Number, guests.Entry{Kind: guests.PE, Path: path, Arg: "x64", Version: "15.7.0.0"})
	}
}

// compressedBootmgr lets ntfs-3g store \bootmgr compressed.
func compressedBootmgr(t target) error {
	return InNTFS(t.image, storePartition(t.guest), strings.ReplaceAll(compressLoader, "ntldr", "bootmgr"))
}
