package condition

// firmwareSigns are those of firmware, MBR and boot sectors.
func firmwareSigns() []Sign {
	return []Sign{
		{Shown: "No bootable device",
			Others: []string{"Reboot and Select proper Boot device or Insert Boot Media in selected Boot device and press a key",
				"No bootable device found", "Boot failure", "Operating System not found", "No operating system found", "Boot failed: not a bootable disk",
				"PXE-E61: Media test failure, check cable", "No boot device available", "DISK BOOT FAILURE, INSERT SYSTEM DISK AND PRESS ENTER",
				"Non-System disk or disk error", "Selected boot image did not authenticate", "Boot device not found. Please install an operating system on your hard disk", "FATAL: No bootable medium found! System halted."},
			Causes: []Cause{
				{activeMissing.ID, "BIOS"}, {mbrSignatureMissing.ID, "BIOS"}, {mbrCodeMissing.ID, "BIOS"}, {espLoaderMissing.ID, "UEFI"},
				{espFallbackMissing.ID, "UEFI, after a move to another machine or a reset of its settings"}, {espTypeWrong.ID, "UEFI"},
				{efiEntryMissing.ID, "UEFI, after a new main board or a reset of its settings"},
				{firmwareMismatch.ID, "where the virtual machine was made with the other firmware or generation"},
				{gptPrimaryDamaged.ID, "GPT"}, {protectiveMBRWrong.ID, "GPT"}, {gptBackupDamaged.ID, "GPT, where the first copy is damaged, too"},
				{windowsNotFound.ID, ""}, {bootChainBroken.ID, ""}, {dynamicDisk.ID, ""}, {storageSpaces.ID, ""}, {bitlockerLocked.ID, ""},
			}},
		{Shown: "Another system starts, and Windows is not in the firmware's menu", Others: []string{"Windows Boot Manager is not in the boot order", "the firmware's set-up or shell starts"},
			Causes: []Cause{{efiEntryMissing.ID, ""}, {espLoaderMissing.ID, ""}, {espFallbackMissing.ID, ""}}},
		{Shown: "Missing operating system",
			Causes: []Cause{{activeMissing.ID, ""}, {activeWrong.ID, ""}, {vbrDamaged.ID, ""}, {mbrSignatureMissing.ID, ""}, {bootChainBroken.ID, ""}, {partitionBeyondDisk.ID, ""}}},
		{Shown: "Invalid partition table", Causes: []Cause{{activeMultiple.ID, ""}, {partitionOverlap.ID, ""}, {partitionBeyondDisk.ID, ""}}},
		{Shown: "Error loading operating system",
			Causes: []Cause{{vbrHiddenSectors.ID, ""}, {vbrGeometry.ID, "after a move to another BIOS"}, {partitionBeyondDisk.ID, ""}, {vbrDamaged.ID, ""}}},
		{Shown: "A disk read error occurred. Press Ctrl+Alt+Del to restart", Others: []string{"Disk error. Press any key to restart", "Disk read error"},
			Causes: []Cause{{vbrHiddenSectors.ID, "after the partition was moved or copied"}, {vbrGeometry.ID, "before Vista, after a move to a virtual machine"},
				{vbrWrongGeneration.ID, ""}, {vbrDamaged.ID, ""}, {ntfsDamaged.ID, ""}, {partitionBeyondDisk.ID, "after a copy that broke off"}}},
		{Shown: "A black screen with a cursor", Others: []string{"blinking cursor in the upper left corner", "black screen, underscore blinking", "Nothing happens after the BIOS screen"},
			Causes: []Cause{{mbrCodeMissing.ID, ""}, {vbrCodeMissing.ID, ""}, {vbrHiddenSectors.ID, ""}, {vbrDamaged.ID, ""}, {activeWrong.ID, ""}, {vbrGeometry.ID, "before Vista"}, {bcdGraphicsmodeDisabled.ID, "UEFI"}}},
		{Shown: "This is not a bootable disk. Please insert a bootable floppy and press any key to try again", Causes: []Cause{{vbrCodeMissing.ID, "a tool of Linux made the file system"}}},
		{Shown: "GRUB", Others: []string{"grub rescue>", "error: unknown filesystem. Entering rescue mode", "error: no such partition. grub rescue"},
			Causes: []Cause{{mbrCodeMissing.ID, "after a Linux was deleted"}}},
		{Shown: "The UEFI shell", Others: []string{"UEFI Interactive Shell. Press ESC in seconds to skip startup.nsh", "BdsDxe: failed to load Boot0001"},
			Causes: []Cause{{espLoaderMissing.ID, ""}, {espFallbackMissing.ID, ""}, {espTypeWrong.ID, ""}, {firmwareMismatch.ID, ""}, {gptPrimaryDamaged.ID, ""}}},
		{Shown: "The firmware finds nothing to start, or opens its set-up", Others: []string{"BIOS setup opens instead of Windows", "boots to BIOS"},
			Causes: []Cause{{espLoaderMissing.ID, ""}, {espFallbackMissing.ID, ""}, {espTypeWrong.ID, ""}, {gptPrimaryDamaged.ID, ""}, {protectiveMBRWrong.ID, ""}, {activeMissing.ID, ""}}},
		{Shown: "The disk seems to be empty, or a disk without partitions", Others: []string{"disk not initialized", "unallocated", "partitions are gone"},
			Causes: []Cause{{protectiveMBRWrong.ID, ""}, {gptPrimaryDamaged.ID, ""}, {mbrSignatureMissing.ID, ""}, {storageSpaces.ID, ""}, {dynamicDisk.ID, ""}, {gptBackupDamaged.ID, ""}}},
	}
}

// nt5Signs are those of NTLDR and of FreeLoader.
func nt5Signs() []Sign {
	return []Sign{
		{Shown: "NTLDR is missing. Press Ctrl+Alt+Del to restart", Others: []string{"NTLDR missing", "BOOT: Couldn't find NTLDR", "freeldr.sys not found. Press any key to restart", "Couldn't find NTLDR"},
			Causes: []Cause{{ntldrMissing.ID, ""}, {activeWrong.ID, "where another partition became active"}, {vbrWrongGeneration.ID, "after a Vista or later was set up beside it, or removed"},
				{vbrGeometry.ID, "after a move to a virtual machine"}, {vbrHiddenSectors.ID, "after a copy to another place"}, {partitionHidden.ID, ""}, {ntfsDamaged.ID, ""}, {bootChainBroken.ID, ""}}},
		{Shown: "NTLDR is compressed. Press Ctrl+Alt+Del to restart", Causes: []Cause{{ntldrCompressed.ID, ""}}},
		{Shown: "NTDETECT failed", Others: []string{"ntdetect.com missing"}, Causes: []Cause{{ntdetectMissing.ID, ""}, {ntldrMissing.ID, ""}}},
		{Shown: `Invalid BOOT.INI file. Booting from C:\windows\`, Others: []string{`Invalid BOOT.INI file. Booting from C:\winnt\`, "boot.ini missing"}, Causes: []Cause{{bootiniMissing.ID, ""}, {bootiniWrongPartition.ID, ""}}},
		{Shown: "Error opening freeldr.ini or file not found", Causes: []Cause{{bootiniMissing.ID, "ReactOS"}}},
		{Shown: `Windows could not start because the following file is missing or corrupt: <Windows root>\system32\hal.dll. Please re-install a copy of the above file.`,
			Others: []string{"hal.dll is missing or corrupt", `Windows NT could not start because the below file is missing or corrupt: \winnt root\system32\hal.dll`},
			Causes: []Cause{{bootiniWrongPartition.ID, "after a copy without a partition, or new partitions"}, {bootiniMissing.ID, ""}, {bootiniMissingHAL.ID, "where the menu has /HAL="},
				{systemFileMissing.ID, "where the file itself is gone"}, {halMismatch.ID, ""}, {bootChainBroken.ID, ""}}},
		{Shown: `Windows could not start because the following file is missing or corrupt: <Windows root>\system32\ntoskrnl.exe`,
			Others: []string{"ntoskrnl.exe is missing or corrupt", "Error loading NTOS core."},
			Causes: []Cause{{bootiniWrongPartition.ID, "after a copy without a partition, or new partitions"}, {systemFileMissing.ID, "where the file itself is gone"},
				{bootiniMissing.ID, ""}, {bootiniMissingHAL.ID, "where the menu has /KERNEL="}, {bootChainBroken.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: `Windows could not start because the following file is missing or corrupt: <Windows root>\system32\drivers\`,
			Others: []string{`system32\drivers\pci.sys is missing or corrupt`, `system32\drivers\isapnp.sys`}, Causes: []Cause{{bootDriverFileMissing.ID, ""}, {systemFileMissing.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: `Windows could not start because the following file is missing or corrupt, with the name of the file`,
			Others: []string{"system file is missing or corrupt", "Windows could not start because a file is missing"},
			Causes: []Cause{{systemFileMissing.ID, ""}, {bootiniWrongPartition.ID, ""}, {bootDriverFileMissing.ID, ""}, {bootiniMissingHAL.ID, ""}, {hiveMissing.ID, ""}, {bootiniMissing.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: "Windows could not start because of a computer disk hardware configuration problem. Could not read from the selected boot disk. Check boot path and disk hardware.",
			Others: []string{"Could not read from the selected boot disk"}, Causes: []Cause{{bootiniWrongPartition.ID, ""}, {bootiniSCSISignature.ID, "where the menu has scsi() or signature()"}, {partitionBeyondDisk.ID, ""}}},
		{Shown: "STOP 0x0000006B PROCESS1_INITIALIZATION_FAILED", Causes: []Cause{{systemFileMissing.ID, "ntdll.dll"}, {ntfsDamaged.ID, ""}, {hiveDamaged.ID, ""}}},
		{Shown: "STOP 0xC0000221 STATUS_IMAGE_CHECKSUM_MISMATCH", Others: []string{"STOP: c0000221 {Bad Image Checksum} The image is possibly corrupt. The header checksum does not match the computed checksum"},
			Causes: []Cause{{bootDriverFileMissing.ID, ""}, {systemFileMissing.ID, "before Vista"}, {winloadMissing.ID, ""}, {ntfsDamaged.ID, ""}}},
	}
}
