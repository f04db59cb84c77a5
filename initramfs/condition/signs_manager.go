package condition

// bootManagerSigns are those of BOOTMGR, bootmgfw.efi and winload.
func bootManagerSigns() []Sign {
	return []Sign{
		{Shown: "BOOTMGR is missing. Press Ctrl+Alt+Del to restart", Others: []string{"BOOTMGR missing"},
			Causes: []Cause{{bootmgrMissing.ID, ""}, {systemPartitionMissing.ID, "where the partition before Windows was not copied"}, {activeWrong.ID, "where another partition became active"}, {vbrWrongGeneration.ID, ""}, {bootChainBroken.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: "BOOTMGR image is corrupt. The system cannot boot.", Causes: []Cause{{bootmgrMissing.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: "BOOTMGR is compressed. Press Ctrl+Alt+Del to restart", Causes: []Cause{{bootmgrCompressed.ID, ""}}},
		{Shown: `0xc000000e "The boot selection failed because a required device is inaccessible"`,
			Others: []string{"0xc000000e A required device isn't connected or can't be accessed", `0xc000000e Info: The application or operating system couldn't be loaded because a required device isn't connected`},
			Causes: []Cause{{bcdDeviceStale.ID, "after a copy to another disk, or moved partitions"}, {diskSignatureChanged.ID, "MBR disks, after a clone or another Windows saw the disk"},
				{diskSignatureCollision.ID, "where disk and clone are attached together"}, {espTypeWrong.ID, "UEFI"}, {winloadMissing.ID, ""}, {bcdMissing.ID, ""}, {gptSlotGap.ID, "seldom"}}},
		{Shown: `0xc000000f "An error occurred while attempting to read the boot configuration data"`,
			Others: []string{`0xc000000f The Boot Configuration Data for your PC is missing or contains errors. File: \Boot\BCD`, `File: \EFI\Microsoft\Boot\BCD`},
			Causes: []Cause{{bcdMissing.ID, ""}, {bcdUnreadable.ID, ""}, {bcdPathWrong.ID, ""}, {winloadMissing.ID, ""}, {bootDriverFileMissing.ID, "if it names a file in system32\\drivers"},
				{bcdWinPELeft.ID, ""}, {espLoaderMissing.ID, ""}, {bootChainBroken.ID, ""}}},
		{Shown: `0xc0000225 "The boot configuration data is missing or contains errors"`,
			Others: []string{"0xc0000225 Your PC needs to be repaired. The Boot Configuration Data for your PC is missing or contains errors", "0xc0000225 An unexpected error has occurred"},
			Causes: []Cause{{bcdDefaultDangling.ID, ""}, {bcdPathWrong.ID, ""}, {bcdDeviceStale.ID, ""}, {winloadMissing.ID, ""}, {bcdMissing.ID, ""}, {firmwareMismatch.ID, ""}, {hiveDamaged.ID, ""}}},
		{Shown: `0xc000000f or 0xc0000225 "The selected entry could not be loaded because the application is missing or corrupt"`,
			Others: []string{`File: \Windows\system32\winload.exe Status: 0xc000000f`, `File: \Windows\system32\winload.efi`, "winload.exe missing or corrupt", "winload.efi missing"},
			Causes: []Cause{{winloadMissing.ID, ""}, {bcdPathWrong.ID, "after MBR was converted to GPT or back"}, {firmwareMismatch.ID, ""}, {bcdDeviceStale.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: `0xc000000f, 0xc0000221 or 0xc0000225 "Windows failed to load because the kernel is missing, or corrupt", File: \Windows\system32\ntoskrnl.exe`,
			Others: []string{"The operating system couldn't be loaded because the kernel is missing or contains errors. File: \\Windows\\system32\\ntoskrnl.exe Error code: 0xc0000221", "Windows failed to load because the HAL is missing, or corrupt",
				"Windows failed to load because a required file is missing, or corrupt", "The operating system couldn't be loaded because a required file is missing or contains errors", "Windows failed to load because the kernel debugger DLL is missing, or corrupt", "0xc0000221", "0xc000007b"},
			Causes: []Cause{{systemFileMissing.ID, ""}, {bootDriverFileMissing.ID, "if it names a file in system32\\drivers"}, {ntfsDamaged.ID, ""}}},
		{Shown: "0xc0000034", Others: []string{"0xc0000034 The Boot Configuration Data file is missing required information"},
			Causes: []Cause{{bcdBootmgrEntry.ID, ""}, {bcdDefaultDangling.ID, ""}, {bcdUnreadable.ID, ""}, {bcdDisplayOrder.ID, ""}, {bcdMissing.ID, ""}, {pendingServicing.ID, "with \"applying update operation\""}}},
		{Shown: `0xc0000098 "The Windows Boot Configuration Data file does not contain a valid OS entry"`, Others: []string{"does not contain a valid OS entry"},
			Causes: []Cause{{bcdUnreadable.ID, ""}, {bcdBootmgrEntry.ID, ""}, {bcdDefaultDangling.ID, ""}, {bcdDisplayOrder.ID, ""}, {bcdMissing.ID, ""}}},
		{Shown: "0xc0000001", Others: []string{"0xc0000001 A required device isn't connected or can't be accessed"}, Causes: []Cause{{winloadMissing.ID, ""}, {bcdUnreadable.ID, ""}, {hiveDamaged.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: `0xc000009a or 0xc0000411 "Your PC could not resume from hibernation"`, Others: []string{"Windows Resume Loader: The last attempt to restart the system from its previous location failed", "Status: 0xc0000411"},
			Causes: []Cause{{bcdHibernationResume.ID, ""}, {hibernated.ID, ""}}},
		{Shown: "An entry is missing in the boot menu", Causes: []Cause{{bcdDisplayOrder.ID, ""}, {bcdDefaultDangling.ID, ""}, {bootiniMissing.ID, "before Vista"}, {diskSignatureCollision.ID, ""}}},
		{Shown: "The boot configuration data store could not be opened", Others: []string{"bcdedit: The requested system device cannot be found"},
			Causes: []Cause{{bcdBootmgrEntry.ID, ""}, {bcdUnreadable.ID, ""}, {espTypeWrong.ID, "UEFI"}, {bcdMissing.ID, ""}}},
		{Shown: "The recovery environment starts each time", Others: []string{"Startup Repair starts every time", "Choose an option. Troubleshoot", "Automatic Repair loop. Automatic Repair couldn't repair your PC", "Preparing Automatic Repair"},
			Causes: []Cause{{bcdRecoveryLoop.ID, ""}, {bcdBootsequenceLeft.ID, ""}, {bcdWinPELeft.ID, ""}, {storageDriverDisabled.ID, "where Windows failed twice before"}, {bcdDeviceStale.ID, ""}, {hiveDamaged.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: "Set-up or another Windows PE starts each time", Others: []string{"Windows Setup starts instead of Windows", "Set-up or a recovery environment starts instead of Windows", `\sources\boot.wim 0xc000000f`, "Windows restarts by itself, or starts set-up", "Windows restarts after 72 hours"},
			Causes: []Cause{{bcdWinPELeft.ID, ""}, {bcdBootsequenceLeft.ID, ""}, {bcdRecoveryLoop.ID, ""}}},
		{Shown: "Windows tries to start again and again and offers no recovery", Others: []string{"endless reboot", "boot loop"},
			Causes: []Cause{{bcdBootstatuspolicy.ID, ""}, {pendingServicing.ID, ""}, {storageDriverDisabled.ID, "the machine restarts before the stop code can be read"}, {crowdstrike291.ID, ""}, {processorDriver.ID, ""}}},
		{Shown: "A black screen until Windows has started", Causes: []Cause{{bcdGraphicsmodeDisabled.ID, ""}}},
		{Shown: "Windows starts in safe mode every time", Others: []string{"Safe Mode in the corners of the screen", "stuck in safe mode", "directory services restore mode"}, Causes: []Cause{{bcdSafebootLeft.ID, ""}}},
	}
}

// lateSigns are those of a Windows that has begun to start.
func lateSigns() []Sign {
	return []Sign{
		{Shown: "STOP 0xC000021A STATUS_SYSTEM_PROCESS_TERMINATED",
			Others: []string{"STOP: c000021a {Fatal System Error} The Windows Logon Process system process terminated unexpectedly", "WINLOGON_FATAL_ERROR"},
			Causes: []Cause{{mountedDevicesStale.ID, "2000 to Server 2003, after a copy to another disk"}, {pendingServicing.ID, "Vista and later, after an update"}, {hiveDamaged.ID, ""}, {systemFileMissing.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: "Windows logs off right after the logon, or stays at the welcome screen", Others: []string{"logon loop", "log on log off loop", "logs on and off again at once", "userinit.exe not found"}, Causes: []Cause{{mountedDevicesStale.ID, "2000 to Server 2003"}}},
		{Shown: "C0000034 applying update operation", Others: []string{"!! 0xc0000034 !! applying update operation 207 of 1234", "Fatal error C0000034 applying update operation"}, Causes: []Cause{{pendingServicing.ID, ""}, {txrResidue.ID, ""}}},
		{Shown: "Undoing changes at every start", Others: []string{"Failure configuring Windows updates. Reverting changes. Do not turn off your computer", "We couldn't complete the updates, undoing changes", "Preparing to configure Windows", "Getting Windows ready"},
			Causes: []Cause{{pendingServicing.ID, ""}, {txrResidue.ID, ""}}},
		{Shown: "Updates fail with 800719e4", Others: []string{"0x800719e4", "the log is full"}, Causes: []Cause{{txrResidue.ID, ""}, {pendingServicing.ID, ""}}},
		{Shown: "We couldn't update the system reserved partition", Others: []string{"0x80780119 There is not enough disk space to create the volume shadow copy on the storage location", "0xc1900104"},
			Causes: []Cause{{systemPartitionFull.ID, ""}}},
		{Shown: "A disk that is offline, or a drive letter that is gone", Others: []string{"The disk is offline because it has a signature collision with another disk that is online", "drives without a letter", "data disks offline"},
			Causes: []Cause{{sanPolicy.ID, "servers, after a move"}, {diskSignatureCollision.ID, "where disk and clone are attached together"}, {partitionHidden.ID, ""}, {mountedDevicesStale.ID, ""}, {dynamicDisk.ID, ""}}},
		{Shown: "We couldn't update the system reserved partition", Others: []string{"0x80780119 There is not enough disk space to create the volume shadow copy", "VSS error in VMware Converter, backup fails"},
			Causes: []Cause{{systemPartitionFull.ID, ""}}},
		{Shown: "The boot loader finds no Windows", Others: []string{"Windows cannot be found", "No Windows installation found"},
			Causes: []Cause{{windowsNotFound.ID, ""}, {volumeDamaged.ID, ""}, {bitlockerLocked.ID, ""}, {dynamicDisk.ID, ""}, {storageSpaces.ID, ""}, {refs.ID, ""}, {ntfsDamaged.ID, ""}, {vbrDamaged.ID, ""}, {partitionBeyondDisk.ID, ""}}},
	}
}
