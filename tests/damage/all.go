package damage

import (
	"slices"
	"strings"
)

// All is the table of everything that can be broken, written by hand.
func All() []Damage {
	return slices.Concat(table(), healthyMenus())
}

func table() []Damage {
	return []Damage{
		{Name: "storage-driver-disabled/ide-xp", Finding: "storage-driver-disabled", Machine: "virtualbox-ide",
			Guest: "winxp-x86", describe: startIDE(4)},
		{Name: "storage-driver-disabled/ide-7", Finding: "storage-driver-disabled", Machine: "qemu-pc",
			Guest: "win7-x64", describe: startIDE(3)},
		{Name: "storage-driver-disabled/override", Finding: "storage-driver-disabled", Machine: "qemu-pc",
			Guest: "win10-x64", describe: overrideIDE},

		{Name: "storage-driver-missing/other-machine-type", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: wrongDriver},
		{Name: "storage-driver-missing/file-missing", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: noDriverFile},
		{Name: "storage-driver-missing/not-a-program", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: textDriver},
		{Name: "storage-driver-missing/no-service", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: noService},
		{Name: "storage-driver-missing/binding-removed", Finding: "storage-driver-missing", Machine: "qemu-q35", Guest: "win7-x64", describe: noBinding},

		{Name: "boot-chain-broken/bootmgr", Finding: "boot-chain-broken", Aside: true, Guest: "win7-x64", describe: without(`\bootmgr`)},
		{Name: "boot-chain-broken/bcd", Finding: "boot-chain-broken", Aside: true, Guest: "win7-x86", describe: without(`\Boot\BCD`)},
		{Name: "boot-chain-broken/kernel", Finding: "boot-chain-broken", Aside: true, Guest: "win7-x64", describe: without(`\Windows\System32\ntoskrnl.exe`)},
		{Name: "boot-chain-broken/esp-loaders", Finding: "boot-chain-broken", Aside: true, Guest: "win10-x64",
			describe: without(`\EFI\Microsoft\Boot\bootmgfw.efi`, `\EFI\Boot\bootx64.efi`)},
		{Name: "boot-chain-broken/not-active", Finding: "boot-chain-broken", Aside: true, Guest: "win7-x64", image: notActive},
		{Name: "boot-chain-broken/boot-sector-signature", Finding: "boot-chain-broken", Aside: true, Guest: "win2003-system-c", image: noSignature},

		{Name: "ntldr-missing/nowhere", Finding: "ntldr-missing", Aside: true, Guest: "winxp-x86", describe: without(`\ntldr`)},
		{Name: "ntldr-missing", Finding: "ntldr-missing", Fixed: true, Guest: "winxp-sources", describe: without(`\ntldr`)},
		{Name: "ntldr-missing/empty", Finding: "ntldr-missing", Fixed: true, Guest: "winxp-sources", describe: hollow(`\ntldr`)},
		{Name: "ntldr-missing/zeros", Finding: "ntldr-missing", Fixed: true, Guest: "winxp-sources", describe: content(zeros, `\ntldr`)},
		{Name: "ntldr-missing/set-up-folder", Finding: "ntldr-missing", Fixed: true, Guest: "win2003-system-c",
			describe: both(without(`\ntldr`), pe(`\I386\NTLDR`, "x86", "5.2.3790.3959", ""))},
		{Name: "ntldr-compressed", Finding: "ntldr-compressed", Fixed: true, Guest: "winxp-x86", image: compressed},
		{Name: "ntdetect-missing", Finding: "ntdetect-missing", Fixed: true, Guest: "winxp-sources", describe: without(`\ntdetect.com`)},
		{Name: "ntdetect-missing/empty", Finding: "ntdetect-missing", Fixed: true, Guest: "winxp-sources", describe: hollow(`\ntdetect.com`)},
		{Name: "ntdetect-missing/nowhere", Finding: "ntdetect-missing", Aside: true, Guest: "winxp-x86", describe: without(`\ntdetect.com`)},
		{Name: "ntdetect-missing/only-older", Finding: "ntdetect-missing", Aside: true, Guest: "winxp-x86",
			describe: both(without(`\ntdetect.com`), pe(`\I386\ntdetect.com`, "x86", "5.0.2195.6717", ""))},

		{Name: "system-file-missing/hal", Finding: "system-file-missing", Fixed: true, Guest: "winxp-sources", describe: without(`\WINDOWS\system32\hal.dll`)},
		{Name: "system-file-missing/hal-from-service-pack", Finding: "system-file-missing", Fixed: true, Guest: "winxp-sources",
			describe: without(`\WINDOWS\system32\hal.dll`, `\WINDOWS\system32\dllcache\hal.dll`)},
		{Name: "system-file-missing/kernel-empty", Finding: "system-file-missing", Fixed: true, Guest: "winxp-sources", describe: hollow(`\WINDOWS\system32\ntoskrnl.exe`)},
		{Name: "system-file-missing/kernel-cut", Finding: "system-file-missing", Fixed: true, Guest: "winxp-sources", describe: content("MZ"+zeros, `\WINDOWS\system32\ntoskrnl.exe`)},
		{Name: "system-file-missing/pae-kernel", Finding: "system-file-missing", Fixed: true, Guest: "winxp-sources", describe: hollow(`\WINDOWS\system32\ntkrnlpa.exe`)},
		{Name: "system-file-missing/wrong-machine", Finding: "system-file-missing", Fixed: true, Guest: "winxp-sources", describe: pe(`\WINDOWS\system32\ntdll.dll`, "x64", "5.1.2600.5512", "")},
		{Name: "system-file-missing/imported", Finding: "system-file-missing", Fixed: true, Guest: "winxp-sources", describe: without(`\WINDOWS\system32\kdcom.dll`)},
		{Name: "system-file-missing/several", Finding: "system-file-missing", Fixed: true, Guest: "winxp-sources",
			describe: both(without(`\WINDOWS\system32\hal.dll`, `\WINDOWS\system32\ntoskrnl.exe`, `\WINDOWS\system32\bootvid.dll`), content(zeros, `\WINDOWS\system32\ntdll.dll`))},
		{Name: "system-file-missing/nowhere", Finding: "system-file-missing", Aside: true, Guest: "winxp-x86", describe: without(`\WINDOWS\system32\ntoskrnl.exe`)},
		{Name: "system-file-missing/other-service-pack", Finding: "system-file-missing", Aside: true, Guest: "winxp-x86",
			describe: both(without(`\WINDOWS\system32\bootvid.dll`), pe(`\I386\bootvid.dll`, "x86", "5.1.2600.2180", ""))},
		{Name: "system-file-missing/other-hal", Finding: "system-file-missing", Aside: true, Guest: "winxp-x86",
			describe: both(without(`\WINDOWS\system32\hal.dll`), pe(`\I386\hal.dll`, "x86", "5.1.2600.5512", "hal.dll"))},

		{Name: "hal-mismatch/kernel", Finding: "hal-mismatch", Fixed: true, OnRequest: true, Guest: "winxp-sources",
			describe: pe(`\WINDOWS\system32\ntoskrnl.exe`, "x86", "5.1.2600.5512", "ntkrnlmp.exe", "hal.dll", "bootvid.dll", "kdcom.dll")},
		{Name: "hal-mismatch/hal", Finding: "hal-mismatch", Fixed: true, OnRequest: true, Guest: "winxp-sources", describe: pe(`\WINDOWS\system32\hal.dll`, "x86", "5.1.2600.5512", "halmps.dll")},

		{Name: "scsiport-2000-rollup/uninstall-folder", Finding: "scsiport-2000-rollup", Fixed: true, Guest: "win2000-buslogic",
			describe: rollup(goodPort(`\WINNT\$NtUpdateRollupPackUninstall$\scsiport.sys`, "5.0.2195.6717"))},
		{Name: "scsiport-2000-rollup/service-pack-files", Finding: "scsiport-2000-rollup", Fixed: true, Guest: "win2000-buslogic",
			describe: rollup(goodPort(`\WINNT\ServicePackFiles\i386\scsiport.sys`, "5.0.2195.6717"))},
		{Name: "scsiport-2000-rollup/second-edition-on-disk", Finding: "scsiport-2000-rollup", Fixed: true, Guest: "win2000-buslogic",
			describe: rollup(goodPort(`\scsiport.sys`, "5.0.2195.7059"), goodPort(`\WINNT\ServicePackFiles\i386\scsiport.sys`, "5.0.2195.6717"))},
		{Name: "scsiport-2000-rollup/only-bad-copies", Finding: "scsiport-2000-rollup", Machine: "vmware-buslogic", Guest: "win2000-buslogic", describe: rollup(
			goodPort(`\WINNT\ServicePackFiles\i386\scsiport.sys`, "5.0.2195.7017"), goodPort(`\scsiport.sys`, "5.0.2195.7017"),
			goodPort(`\WINNT\$NtServicePackUninstall$\scsiport.sys`, "5.0.2195.5265"), goodPort(`\I386\scsiport.sys`, "5.1.2600.5512"))},

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
		{Name: "ntfs-damaged/backup-boot-sector", Finding: "ntfs-damaged", Mended: true, Guest: "winxp-x86", image: backupBootSector(strings.Repeat("x", 512))},
		{Name: "ntfs-damaged/mirror", Finding: "ntfs-damaged", Mended: true, Guest: "win7-x86", image: mirrorRecord(1)},
		{Name: "ntfs-damaged/record-0", Finding: "ntfs-damaged", Mended: true, Guest: "win7-x64", image: firstRecord},
		{Name: "ntfs-damaged/bitmap", Finding: "ntfs-damaged", Mended: true, Guest: "win81-x64", image: freeInBitmap},

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
		{Name: "hive-missing/no-hive", Finding: "hive-missing", Guest: "win7-x64", describe: noHive},
		{Name: "windows-not-found/folder-gone", Finding: "windows-not-found", Guest: "win7-x86", describe: noWindows},
		{Name: "partition-beyond-disk", Finding: "partition-beyond-disk", Guest: "win7-x64", image: cutImage},
	}
}
