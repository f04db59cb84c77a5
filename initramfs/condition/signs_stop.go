package condition

// deviceSigns are stop codes about devices and their drivers.
func deviceSigns() []Sign {
	return []Sign{
		{Shown: "STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE",
			Others: []string{"Inaccessible boot device", "Your PC ran into a problem. Stop code: INACCESSIBLE BOOT DEVICE"},
			Causes: []Cause{
				{storageDriverDisabled.ID, "after a move to another machine, or from IDE to AHCI in the firmware"},
				{criticalDeviceMissing.ID, "before Windows 8, after a move to another mainboard or virtual machine"},
				{driverDatabaseMissing.ID, "Windows 8 and later, where a driver was put in by hand or by an old tool"},
				{storageDriverMissing.ID, "after a move to a machine whose controller this Windows has never met"},
				{startOverride.ID, "Windows 8 and later, after a change of the virtual controller or the host"},
				{filterDangling.ID, "after a program (backup, virus scanner, Xen, Parallels) was removed by halves"},
				{foreignHypervisorDrivers.ID, "after a move away from Xen or Parallels"},
				{controlsetSelect.ID, "where Windows starts with a broken control set although another one is whole"},
				{vmbusDeviceMissing.ID, "Windows 8 and 8.1, Server 2012, on a newer Hyper-V or in Azure"},
				{hardwareProfile.ID, "where somebody disabled the controller in the device manager"},
				{partitionHidden.ID, "before Vista, after a boot manager or a partitioning tool"},
				{bootiniWrongPartition.ID, "before Vista, where several Windows stand in the boot menu"},
				{halMismatch.ID, "2000 to Server 2003, with a HAL for another kind of machine"},
				{bcdDeviceStale.ID, "Vista and later, after a copy to another disk"},
				{bootDriverFileMissing.ID, "where the file of the driver is gone"},
				{gptSlotGap.ID, "Windows 10 and later, seldom"},
				{dynamicDisk.ID, ""}, {bitlockerLocked.ID, ""},
			}},
		{Shown: "Can't load boot driver", Causes: []Cause{{bootDriverFileMissing.ID, "ReactOS"}, {storageDriverMissing.ID, "ReactOS"}}},
		{Shown: "STOP 0x0000001E KMODE_EXCEPTION_NOT_HANDLED",
			Causes: []Cause{
				{scsiport2000Rollup.ID, "Windows 2000 SP4 with a BusLogic adapter, usually 0xC0000005 as first parameter"},
				{storageDriverMissing.ID, ""}, {storageDriverDisabled.ID, ""}, {agpDriver.ID, ""}, {foreignHypervisorDrivers.ID, ""},
			}},
		{Shown: "STOP 0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
			Others: []string{"STOP 0x1000007E", "SYSTEM THREAD EXCEPTION NOT HANDLED"},
			Causes: []Cause{
				{processorDriver.ID, "XP and Server 2003, on a processor of another maker (KB 953356)"},
				{agpDriver.ID, "2000 to Server 2003, in a virtual machine"},
				{foreignHypervisorDrivers.ID, ""}, {crowdstrike291.ID, ""},
			}},
		{Shown: "STOP 0x000000FC ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY", Causes: []Cause{{processorDriver.ID, "XP and Server 2003 on a processor of another maker"}}},
		{Shown: "STOP 0x00000050 PAGE_FAULT_IN_NONPAGED_AREA",
			Others: []string{"csagent.sys", "CrowdStrike blue screen", "PAGE FAULT IN NONPAGED AREA. What failed: csagent.sys"},
			Causes: []Cause{
				{crowdstrike291.ID, "with the CrowdStrike sensor, if the file that failed is csagent.sys"},
				{bootDriverFileMissing.ID, "ReactOS, where a driver's file is cut off"},
				{foreignHypervisorDrivers.ID, ""},
			}},
		{Shown: "STOP 0x000000D1 DRIVER_IRQL_NOT_LESS_OR_EQUAL", Others: []string{"STOP 0x0000000A IRQL_NOT_LESS_OR_EQUAL"},
			Causes: []Cause{{foreignHypervisorDrivers.ID, "after a move away from Xen or Parallels"}, {halMismatch.ID, "2000 to Server 2003"}, {processorDriver.ID, ""}}},
		{Shown: "STOP 0x00000079 MISMATCHED_HAL", Causes: []Cause{{halMismatch.ID, ""}, {bcdDetecthal.ID, "Vista, on another machine"}, {bootiniMissingHAL.ID, ""}, {systemFileMissing.ID, ""}}},
		{Shown: "STOP 0x000000A5 ACPI_BIOS_ERROR", Causes: []Cause{{halMismatch.ID, "2000 to Server 2003, on a machine whose ACPI this HAL does not take"}}},
		{Shown: "Windows hangs at mup.sys, agp440.sys, disk.sys or classpnp.sys while drivers are loaded",
			Others: []string{"stuck at loading classpnp.sys", "hangs after agp440.sys in safe mode", "hangs at mup.sys"},
			Causes: []Cause{
				{filterDangling.ID, "if the last name is disk.sys or classpnp.sys"}, {agpDriver.ID, "if it is agp440.sys or mup.sys"},
				{halMismatch.ID, ""}, {foreignHypervisorDrivers.ID, ""}, {storageDriverDisabled.ID, ""}}},
		{Shown: "a start that hangs, or uses all of the processor",
			Others: []string{"Windows logo stays, nothing happens", "freezes at the Windows logo", "hangs at boot"},
			Causes: []Cause{{halMismatch.ID, "2000 to Server 2003"}, {agpDriver.ID, "2000 to Server 2003"}, {filterDangling.ID, ""},
				{foreignHypervisorDrivers.ID, ""}, {pendingServicing.ID, ""}, {txrResidue.ID, ""}, {ntfsDamaged.ID, ""}}},
	}
}

// registrySigns are stop codes and messages about the registry.
func registrySigns() []Sign {
	return []Sign{
		{Shown: "STOP 0x00000074 BAD_SYSTEM_CONFIG_INFO", Causes: []Cause{{hiveDamaged.ID, ""}, {controlsetSelect.ID, ""}, {hiveMissing.ID, ""}, {bcdIMCLeft.ID, ""}, {txrResidue.ID, ""}}},
		{Shown: "STOP 0xC0000218 UNKNOWN_HARD_ERROR: the registry cannot load the hive",
			Others: []string{"STOP: c0000218 {Registry File Failure} The registry cannot load the hive (file): \\SystemRoot\\System32\\Config\\SOFTWARE or its log or alternate. It is corrupt, absent, or not writable."},
			Causes: []Cause{{hiveDamaged.ID, ""}, {hiveMissing.ID, ""}, {txrResidue.ID, "Vista and later, after a file system check"}, {ntfsDamaged.ID, ""}}},
		{Shown: "STOP 0x00000051 REGISTRY_ERROR", Causes: []Cause{{hiveDamaged.ID, ""}, {txrResidue.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: `0xc000014c "The Windows registry is missing or corrupt", File: \Windows\System32\config\system`,
			Others: []string{"The operating system couldn't be loaded because the system registry file is missing or contains errors", "0xc000014c An error occurred while attempting to read the registry"},
			Causes: []Cause{{hiveMissing.ID, ""}, {hiveDamaged.ID, ""}, {controlsetSelect.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: `Windows could not start because the following file is missing or corrupt: \WINDOWS\SYSTEM32\CONFIG\SYSTEM`,
			Others: []string{`\SYSTEM32\CONFIG\SYSTEM is missing or corrupt`, `\WINNT\SYSTEM32\CONFIG\SYSTEM missing`, `\WINDOWS\SYSTEM32\CONFIG\SYSTEMced`},
			Causes: []Cause{{hiveMissing.ID, ""}, {hiveDamaged.ID, ""}, {hiveTooLarge.ID, "NT 4 to Server 2003, where the file is whole"}, {controlsetSelect.ID, ""}, {ntfsDamaged.ID, ""}}},
		{Shown: "STOP 0x00000067 CONFIG_INITIALIZATION_FAILED", Causes: []Cause{{bcdIMCLeft.ID, "Windows 8 and later, after a deployment in Azure"}, {hiveDamaged.ID, ""}}},
		{Shown: "Opening hive file failed!", Causes: []Cause{{hiveMissing.ID, "ReactOS"}, {bootiniWrongPartition.ID, "ReactOS"}}},
		{Shown: "Importing binary hive failed!", Causes: []Cause{{hiveDamaged.ID, "ReactOS"}}},
		{Shown: "Initializing CurrentControlSet link failed!", Causes: []Cause{{controlsetSelect.ID, "ReactOS"}, {hiveDamaged.ID, "ReactOS"}}},
	}
}

// fileSystemSigns are those of damaged and unclean volumes.
func fileSystemSigns() []Sign {
	return []Sign{
		{Shown: "STOP 0x000000ED UNMOUNTABLE_BOOT_VOLUME", Others: []string{"Unmountable boot volume"},
			Causes: []Cause{{ntfsDamaged.ID, ""}, {ntfsDirty.ID, "where Windows only has to check the volume"}, {volumeDamaged.ID, ""}, {vbrDamaged.ID, ""}, {partitionBeyondDisk.ID, "after a copy that broke off"}}},
		{Shown: "STOP 0x00000024 NTFS_FILE_SYSTEM", Others: []string{"NTFS file system"},
			Causes: []Cause{{ntfsDamaged.ID, ""}, {volumeDamaged.ID, ""}, {ntfsDirty.ID, ""}, {partitionBeyondDisk.ID, ""}, {partitionOverlap.ID, ""}}},
		{Shown: "STOP 0x00000023 FAT_FILE_SYSTEM", Causes: []Cause{{volumeDamaged.ID, ""}, {ntfsDirty.ID, ""}}},
		{Shown: "Checking file system on C: at each start", Others: []string{"One of your disks needs to be checked for consistency", "chkdsk runs every boot"},
			Causes: []Cause{{ntfsDirty.ID, ""}, {ntfsDamaged.ID, ""}, {partitionOverlap.ID, ""}}},
		{Shown: "Files turn to garbage, errors of chkdsk come back", Others: []string{"The file or directory is corrupted and unreadable"},
			Causes: []Cause{{partitionOverlap.ID, ""}, {ntfsDamaged.ID, ""}, {volumeDamaged.ID, ""}, {partitionBeyondDisk.ID, ""}}},
		{Shown: "Windows wants to format the volume", Others: []string{"You need to format the disk in drive before you can use it", "The drive is not formatted", "RAW file system"},
			Causes: []Cause{{vbrDamaged.ID, ""}, {ntfsDamaged.ID, ""}, {bitlockerLocked.ID, ""}, {volumeDamaged.ID, ""}, {refs.ID, ""}}},
		{Shown: "Enter the recovery key for this drive", Others: []string{"BitLocker recovery", "You need to enter your recovery key because Secure Boot policy has unexpectedly changed", "0xc0210000"},
			Causes: []Cause{{bitlockerLocked.ID, ""}}},
		{Shown: "Resuming Windows", Others: []string{"Windows is hibernated, unsafe state", "The disk contains an unclean file system. Metadata kept in Windows cache, refused to mount", "fast startup"},
			Causes: []Cause{{hibernated.ID, ""}, {bcdHibernationResume.ID, ""}, {ntfsLogUnclean.ID, ""}}},
	}
}
