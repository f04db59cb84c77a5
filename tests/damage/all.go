package damage

import "strings"

// All is the table of everything that can be broken, written by hand.
func All() []Damage {
	return append(startDamages(), []Damage{
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

		{Name: "hive-unreadable/not-regf", Finding: "hive-unreadable", Guest: "win7-x64", image: systemHive(notRegf)},
		{Name: "hive-unreadable/truncated", Finding: "hive-unreadable", Guest: "win7-x64", image: systemHive(truncated)},
		{Name: "hive-unreadable/base-block-only", Finding: "hive-unreadable", Guest: "win7-x64", image: systemHive(baseBlockOnly)},
		{Name: "hive-unreadable/empty", Finding: "hive-unreadable", Guest: "win7-x64", image: systemHive(emptied)},
		{Name: "hive-dirty", Finding: "hive-dirty", Guest: "win7-x64", image: systemHive(sequences)},

		{Name: "windows-not-found/no-hive", Finding: "hive-unreadable", Guest: "win7-x64", describe: noHive},
		{Name: "windows-not-found/folder-gone", Finding: "windows-not-found", Guest: "win7-x86", describe: noWindows},
		{Name: "partition-beyond-disk", Finding: "partition-beyond-disk", Guest: "win7-x64", image: cutImage},
	}...)
}
