package damage

import (
	"slices"
	"strings"
)

// All is the table of everything that can be broken, written by hand.
func All() []Damage {
	return slices.Concat(table(), healthyMenus(), startDamages())
}

func table() []Damage {
	return []Damage{
		{Name: "storage-driver-disabled/ide-xp", Finding: "storage-driver-disabled", Machine: "virtualbox-ide",
			Guest: "winxp-x86", Touches: []Place{Services}, describe: startIDE(4)},
		{Name: "storage-driver-disabled/ide-7", Finding: "storage-driver-disabled", Machine: "qemu-pc",
			Guest: "win7-x64", Guests: []string{"win7-x86"}, Touches: []Place{Services}, describe: startIDE(3)},
		{Name: "storage-driver-disabled/override", Finding: "storage-driver-disabled", Machine: "qemu-pc",
			Guest: "win10-x64", Guests: []string{"win81-x64"}, Touches: []Place{Services}, describe: overrideIDE},

		{Name: "storage-driver-missing/other-machine-type", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: wrongDriver},
		{Name: "storage-driver-missing/file-missing", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: noDriverFile},
		{Name: "storage-driver-missing/not-a-program", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: textDriver},
		{Name: "storage-driver-missing/no-service", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: noService},
		{Name: "storage-driver-missing/binding-removed", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: noBinding},

		{Name: "boot-chain-broken/bootmgr", Finding: "boot-chain-broken", Aside: true, Guest: "win7-x64", describe: without(`\bootmgr`)},
		{Name: "boot-chain-broken/ntldr", Finding: "boot-chain-broken", Aside: true, Guest: "winxp-x86", describe: without(`\ntldr`)},
		{Name: "boot-chain-broken/bcd", Finding: "boot-chain-broken", Aside: true, Guest: "win7-x86", describe: without(`\Boot\BCD`)},
		{Name: "boot-chain-broken/kernel", Finding: "boot-chain-broken", Aside: true, Guest: "win7-x64", describe: without(`\Windows\System32\ntoskrnl.exe`)},
		{Name: "boot-chain-broken/esp-loaders", Finding: "boot-chain-broken", Aside: true, Guest: "win10-x64",
			describe: without(`\EFI\Microsoft\Boot\bootmgfw.efi`, `\EFI\Boot\bootx64.efi`)},

		{Name: "bootini-missing", Finding: "bootini-missing", Fixed: true, Guest: "winxp-x86", describe: without(bootIni)},
		{Name: "bootini-missing/empty", Finding: "bootini-missing", Fixed: true, Guest: "win2003-system-c", describe: ini()},
		{Name: "bootini-missing/logical", Finding: "bootini-missing", Fixed: true, Guest: "winxp-logical", describe: without(bootIni)},
		{Name: "bootini-missing/no-entry", Finding: "bootini-missing", Fixed: true, Guest: "winxp-x86",
			describe: ini("[boot loader]", "timeout=5", "; mine", "[operating systems]")},
		{Name: "bootini-missing/two-windows", Finding: "bootini-missing", Fixed: true, Machine: "pci:1095:0640:010180", Guest: "two-windows", describe: without(bootIni)},

		{Name: "bootini-wrong-partition/partition", Finding: "bootini-wrong-partition", Fixed: true, Guest: "winxp-x86", describe: iniText("partition(1)", "partition(2)")},
		{Name: "bootini-wrong-partition/case-c", Finding: "bootini-wrong-partition", Fixed: true, Guest: "win2003-system-c", describe: iniText("partition(2)", "partition(1)")},
		{Name: "bootini-wrong-partition/rdisk", Finding: "bootini-wrong-partition", Fixed: true, Guest: "winxp-x86", describe: iniText("rdisk(0)", "rdisk(1)")},
		{Name: "bootini-wrong-partition/logical", Finding: "bootini-wrong-partition", Fixed: true, Guest: "winxp-logical", describe: iniText("partition(3)", "partition(4)")},
		{Name: "bootini-wrong-partition/default", Finding: "bootini-wrong-partition", Fixed: true, Guest: "winxp-x86", describe: iniText(`default=multi(0)disk(0)rdisk(0)partition(1)\WINDOWS`, `default=multi(0)disk(0)rdisk(0)partition(2)\WINNT`)},
		{Name: "bootini-wrong-partition/other-entry-works", Finding: "bootini-wrong-partition", Fixed: true, Guest: "winxp-x86",
			describe: ini("[boot loader]", "timeout=1", `default=multi(0)disk(0)rdisk(0)partition(4)\WINNT`, "[operating systems]",
				`multi(0)disk(0)rdisk(0)partition(4)\WINNT="Windows 2000" /fastdetect`, `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS="XP" /fastdetect`)},
		{Name: "bootini-wrong-partition/folder", Finding: "bootini-wrong-partition", Fixed: true, Guest: "winxp-x86", describe: iniText(`\WINDOWS`, `\WINNT`)},
		{Name: "bootini-wrong-partition/leads-to-windows-7", Finding: "bootini-wrong-partition", Fixed: true, Machine: "pci:1095:0640:010180", Guest: "two-windows", describe: iniText("partition(1)", "partition(2)")},

		{Name: "bootini-scsi-signature/scsi", Finding: "bootini-scsi-signature", Fixed: true, Guest: "winxp-x86", describe: iniText("multi(0)disk(0)rdisk(0)", "scsi(0)disk(0)rdisk(0)")},
		{Name: "bootini-scsi-signature/signature", Finding: "bootini-scsi-signature", Fixed: true, Guest: "win2003-system-c",
			describe: both(iniText("multi(0)", "signature(deadbeef)"), program(`\ntbootdd.sys`, "x86", "5.2.3790.0"))},
		{Name: "bootini-scsi-signature/no-driver", Finding: "bootini-scsi-signature", Fixed: true, Guest: "winxp-logical", describe: iniText("multi(0)", "signature(5ac9e1b3)")},
		{Name: "bootini-scsi-signature/driver-is-none", Finding: "bootini-scsi-signature", Fixed: true, Guest: "winxp-x86",
			describe: both(iniText("multi(0)", "signature(5ac9e1b0)"), file(`\ntbootdd.sys`, strings.Repeat("x", 5000)))},

		{Name: "bootini-missing-hal/hal", Finding: "bootini-missing-hal", Fixed: true, Guest: "winxp-x86", describe: iniText("/fastdetect", "/fastdetect /HAL=halacpi.dll")},
		{Name: "bootini-missing-hal/both", Finding: "bootini-missing-hal", Fixed: true, Guest: "win2003-system-c", describe: iniText("/noexecute", "/kernel=ntoskrnl.chk /hal=halacpi.chk /noexecute")},
		{Name: "bootini-missing-hal/wrong-machine", Finding: "bootini-missing-hal", Fixed: true, Guest: "winxp-x86",
			describe: both(iniText("/fastdetect", "/fastdetect /HAL=halx.dll"), program(`\WINDOWS\system32\halx.dll`, "x64", "5.1.2600.0"))},

		{Name: "journal-open", Finding: "journal-open", Guest: "win7-x64", image: interrupted},
		{Name: "journal-overtaken", Finding: "journal-overtaken", Guest: "win7-x64", image: overtaken},

		{Name: "volume-hibernated", Finding: "volume-hibernated", Guest: "win7-x64", describe: hiberfil("hibr")},
		{Name: "volume-hibernated/upper-case", Finding: "volume-hibernated", Guest: "winxp-x86", describe: hiberfil("HIBR")},
		{Name: "volume-hibernated/resumed", Harmless: true, Guest: "win7-x64", describe: hiberfil("wake")},
		{Name: "volume-hibernated/zeroed", Harmless: true, Guest: "win7-x64", describe: hiberfil("\x00\x00\x00\x00")},

		{Name: "volume-dirty", Finding: "volume-dirty", Guest: "win7-x64", image: volumeFlags(0x0001)},
		{Name: "volume-dirty/windows-8-flag", Harmless: true, Guest: "win10-x64", image: volumeFlags(0x0080)},

		{Name: "ntfs-log-unclean", Finding: "ntfs-log-unclean", Guest: "win7-x64", image: logFile(1, inUse, 0)},
		{Name: "ntfs-log-unclean/version-2", Finding: "ntfs-log-unclean", Guest: "win10-x64", image: logFile(2, inUse, 0)},
		{Name: "ntfs-log-unclean/committed", Finding: "ntfs-log-unclean", Replayed: true, Guest: "win10-x64", log: &logged{}},
		{Name: "ntfs-log-unclean/committed-hive", Finding: "ntfs-log-unclean", Replayed: true, Guest: "win7-x64", log: &logged{old: true, hive: true}},
		{Name: "ntfs-log-unclean/in-part", Finding: "ntfs-log-unclean", Replayed: true, Guest: "win7-x64", log: &logged{old: true, hive: true, onDisk: 4}},
		{Name: "ntfs-log-unclean/round-the-end", Finding: "ntfs-log-unclean", Replayed: true, Guest: "win81-x64", log: &logged{start: -2, late: true, onDisk: 7}},
		{Name: "ntfs-log-unclean/uncommitted", Finding: "ntfs-log-unclean", Replayed: true, Guest: "win7-x86", log: &logged{old: true, undone: true, onDisk: 9}},
		{Name: "ntfs-log-unclean/uncommitted-in-part", Finding: "ntfs-log-unclean", Replayed: true, Guest: "win10-x64", log: &logged{hive: true, late: true, undone: true, onDisk: 7}},
		{Name: "ntfs-log-unclean/unknown-operation", Finding: "ntfs-log-unclean", InPlace: true, Guest: "win7-x64", log: &logged{old: true, unknown: true}},
		{Name: "ntfs-log-unclean/unknown-operation-on-hive", Finding: "ntfs-log-unclean", Guest: "win7-x64", log: &logged{old: true, hive: true, unknown: true}},
		{Name: "ntfs-log-unclean/flag-says-clean", Harmless: true, Guest: "win7-x64", image: logFile(1, inUse, 2)},
		{Name: "ntfs-log-unclean/no-client", Harmless: true, Guest: "win7-x64", image: logFile(1, notInUse, 0)},

		{Name: "bitlocker-locked", Finding: "bitlocker-locked", Guest: "win10-x64", image: bitlocker},

		{Name: "volume-damaged/mft-zeroed", Finding: "volume-damaged", Guest: "win7-x64", image: mft(0, 64, zeroed)},
		{Name: "volume-damaged/mft-garbage", Finding: "volume-damaged", Guest: "win7-x64", image: mft(0, 64, garbage)},
		{Name: "volume-damaged/root-directory", Finding: "volume-damaged", Guest: "win7-x64", image: mft(5, 1, garbage)},
		{Name: "volume-damaged/fixups", Finding: "volume-damaged", Guest: "win7-x64", image: mft(5, 1, tornFixup)},
		{Name: "volume-damaged/user-files", Finding: "volume-damaged", Guest: "win7-x64", image: mft(24, 400, garbage)},

		{Name: "ntfs-damaged/boot-sector-zero", Finding: "ntfs-damaged", Mended: true, Guest: "win7-x64", image: bootSector(strings.Repeat("\x00", 512))},
		{Name: "ntfs-damaged/boot-sector-bpb", Finding: "ntfs-damaged", Mended: true, Guest: "win10-x64", image: bootSector("\xeb\x52\x90NTFS    \x00\x00\x00")},
		{Name: "ntfs-damaged/backup-boot-sector", Finding: "ntfs-damaged", Mended: true, Guest: "winxp-x86", Touches: []Place{WindowsCopy}, image: backupBootSector(strings.Repeat("x", 512))},
		{Name: "ntfs-damaged/mirror", Finding: "ntfs-damaged", Mended: true, Guest: "win7-x86", Guests: []string{"win7-x64", "win10-x64", "winxp-logical"}, Touches: []Place{WindowsMFT}, image: mirrorRecord(1)},
		{Name: "ntfs-damaged/record-0", Finding: "ntfs-damaged", Mended: true, Guest: "win7-x64", image: firstRecord},
		{Name: "ntfs-damaged/bitmap", Finding: "ntfs-damaged", Mended: true, Guest: "win81-x64", Guests: []string{"win2003-system-c"}, Touches: []Place{WindowsBitmap}, image: freeInBitmap},

		{Name: "hive-damaged/not-regf", Finding: "hive-damaged", Repaired: true, Guest: "win7-x64", image: systemHive(notRegf)},
		{Name: "hive-damaged/truncated", Finding: "hive-damaged", Guest: "win7-x64", image: systemHive(truncated)},
		{Name: "hive-damaged/base-block-only", Finding: "hive-damaged", Guest: "win7-x64", image: systemHive(baseBlockOnly)},
		{Name: "hive-missing/empty", Finding: "hive-missing", Guest: "win7-x64", image: systemHive(emptied)},
		{Name: "hive-dirty", Finding: "hive-dirty", Repaired: true, OnRequest: true, Guest: "win7-x64", image: systemHive(sequences)},

		{Name: "hive-missing/regback", Finding: "hive-missing", Repaired: true, Guest: "win7-x64", describe: lostHive},
		{Name: "hive-missing/setup-copy", Finding: "hive-missing", Repaired: true, OnRequest: true, Guest: "winxp-x86", describe: setupCopy},
		{Name: "hive-missing/empty-regback", Finding: "hive-missing", Repaired: true, Guest: "win10-x64", describe: withRegBack, image: systemHive(emptied)},
		{Name: "hive-damaged/regback", Finding: "hive-damaged", Repaired: true, Guest: "win7-x64", describe: withRegBack, image: systemHive(truncated)},
		{Name: "hive-damaged/mendable", Finding: "hive-damaged", Repaired: true, Guest: "win10-x64", image: systemHive(brokenBin)},
		{Name: "filter-dangling/no-service", Finding: "filter-dangling", Repaired: true, Guest: "win7-x64", Rest: []string{filtered("UpperFilters", "PartMgr")},
			describe: filters(`Control\Class\{4D36E967-E325-11CE-BFC1-08002BE10318}`, "UpperFilters", "PartMgr", "snapman")},
		{Name: "filter-dangling/no-file", Finding: "filter-dangling", Repaired: true, Guest: "win10-x64", Rest: []string{`Services\prl_strg\"Start"=dword:00000003`, `Services\prl_strg\"Type"=dword:00000001`},
			describe: both(service("prl_strg", 3), filters(`Control\Class\{4d36e967-e325-11ce-bfc1-08002be10318}`, "LowerFilters", "prl_strg"))},
		{Name: "filter-dangling/disabled", Finding: "filter-dangling", Repaired: true, Guest: "winxp-x86", Rest: []string{`Services\old\"Start"=dword:00000004`, `imapi\"Start"=dword:00000003`, `redbook\"Start"=dword:00000001`, `"Type"=dword:00000001`, filtered("UpperFilters", "imapi", "redbook")},
			describe: both(service("old", 4), service("imapi", 3, "imapi.sys"), service("redbook", 1, "redbook.sys"), driverFile("old.sys"),
				filters(`Control\Class\{4D36E965-E325-11CE-BFC1-08002BE10318}`, "UpperFilters", "imapi", "old", "redbook"))},
		{Name: "filter-dangling/device", Finding: "filter-dangling", Repaired: true, Guest: "win81-x64", Rest: []string{`"ClassGUID"=` + sz("{4d36e967-e325-11ce-bfc1-08002be10318}")},
			describe: deviceFilter(`Enum\SCSI\Disk&Ven_X\4&1`, "gone")},
		{Name: "filter-dangling/database", Finding: "filter-dangling", Repaired: true, Guest: "winxp-x86", Rest: []string{`"ClassGUID"=` + sz("{4d36e967-e325-11ce-bfc1-08002be10318}")},
			describe: deviceFilter(`Control\CriticalDeviceDatabase\scsi#disk`, "cpqasm")},
		{Name: "filter-dangling/first-boot", Finding: "filter-dangling", Repaired: true, Guest: "win7-x86", describe: firstBootFilter},
		{Name: "filter-dangling/sound", Harmless: true, Guest: "win7-x64", describe: both(service("good", 3, "good.sys"), filters(`Control\Class\{4D36E967-E325-11CE-BFC1-08002BE10318}`, "LowerFilters", "good"))},

		{Name: "foreign-hypervisor-drivers/parallels", Finding: "foreign-hypervisor-drivers", Repaired: true, Guest: "win7-x64",
			Rest:     []string{`Services\prl_strg\"Start"=dword:00000004`, `"Type"=dword:00000001`},
			describe: both(service("prl_strg", 0, "prl_strg.sys"), filters(`Control\Class\{4D36E967-E325-11CE-BFC1-08002BE10318}`, "LowerFilters", "prl_strg"))},
		{Name: "foreign-hypervisor-drivers/vmware", Finding: "foreign-hypervisor-drivers", Repaired: true, OnRequest: true, Guest: "winxp-x86", Machine: "qemu-pc",
			Rest: []string{`Services\vmci\"Start"=dword:00000004`, `"Type"=dword:00000001`}, base: startIDE(0), describe: service("vmci", 0, "vmci.sys")},
		{Name: "foreign-hypervisor-drivers/xen", Finding: "foreign-hypervisor-drivers", Repaired: true, OnRequest: true, Guest: "win10-x64",
			Rest: []string{`xenbus\"Start"=dword:00000004`, `xenfilt\"Start"=dword:00000004`, `"Type"=dword:00000001`},
			describe: both(service("xenbus", 0, "xenbus.sys"), service("xenfilt", 0, "xenfilt.sys"),
				filters(`Control\Class\{4D36E97D-E325-11CE-BFC1-08002BE10318}`, "UpperFilters", "xenfilt"))},
		{Name: "foreign-hypervisor-drivers/own", Harmless: true, Guest: "win7-x64", describe: service("vioscsi", 0, "vioscsi.sys")},
		{Name: "processor-driver", Finding: "processor-driver", Repaired: true, OnRequest: true, Guest: "winxp-x86", Machine: "qemu-pc",
			Rest: []string{`Services\intelppm\"Start"=dword:00000004`, `"Type"=dword:00000001`}, base: startIDE(0), describe: service("intelppm", 1, "intelppm.sys")},
		{Name: "agp-driver", Finding: "agp-driver", Repaired: true, OnRequest: true, Guest: "winxp-x86", Machine: "virtualbox-ide",
			Rest: []string{`Services\agp440\"Start"=dword:00000004`, `"Type"=dword:00000001`},
			base: startIDE(0), describe: both(service("agp440", 0, "agp440.sys"), filters(`Control\CriticalDeviceDatabase\pci#ven_8086&dev_7191`, "UpperFilters", "agp440"))},

		{Name: "controlset-select/missing", Finding: "controlset-select", Repaired: true, Guest: "win7-x64",
			base: selects(startsWith(2)), describe: selects(startsWith(5))},
		{Name: "controlset-select/incomplete", Finding: "controlset-select", Repaired: true, Guest: "winxp-x86",
			base: both(withoutSet(1, `\Services`), selects(startsWith(3))), describe: selects(startsWith(1) + "\n\"Failed\"=dword:00000001")},
		{Name: "controlset-select/last-known-good", Finding: "controlset-select", Repaired: true, Guest: "win10-x64", describe: selects("\"LastKnownGood\"=dword:00000002")},
		{Name: "controlset-select/failed", Finding: "controlset-select", Repaired: true, OnRequest: true, Guest: "win7-x86",
			base: selects(startsWith(2)), describe: selects(startsWith(1) + "\n\"Failed\"=dword:00000001")},
		{Name: "controlset-select/failed-before", Harmless: true, Guest: "winxp-x86", describe: selects("\"Failed\"=dword:00000002")},
		{Name: "mounted-devices-stale/none", Finding: "mounted-devices-stale", Repaired: true, Guest: "winxp-x86", describe: mounted(`"\\DosDevices\\C:"=hex:b0,e1,c9,5a,00,00,10,00,00,00,00,00`)},
		{Name: "mounted-devices-stale/moved", Finding: "mounted-devices-stale", Repaired: true, Guest: "winxp-x86",
			describe: mounted(`"\\DosDevices\\C:"=hex:5c,00,3f,00,3f,00,5c,00` + "\n" + `"\\DosDevices\\E:"=hex:b0,e1,c9,5a,00,7e,00,00,00,00,00,00`)},
		{Name: "mounted-devices-stale/other", Finding: "mounted-devices-stale", Repaired: true, Guest: "win2003-system-c", describe: mounted(`"\\DosDevices\\D:"=hex:b4,e1,c9,5a,00,7e,00,00,00,00,00,00`)},
		{Name: "mounted-devices-stale/gpt", Finding: "mounted-devices-stale", Repaired: true, OnRequest: true, Guest: "win10-x64",
			describe: mounted(`"\\DosDevices\\C:"=hex:44,4d,49,4f,3a,49,44,3a,07,1f,6a,54,3c,2d,8b,4e,9a,51,c0,de,00,00,00,09`)},

		{Name: "hive-missing/no-hive", Finding: "hive-missing", Guest: "win7-x64", describe: noHive},
		{Name: "windows-not-found/folder-gone", Finding: "windows-not-found", Guest: "win7-x86", describe: noWindows},
		{Name: "partition-beyond-disk", Finding: "partition-beyond-disk", Guest: "win7-x64", image: cutImage},
	}
}
