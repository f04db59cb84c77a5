package condition

// All lists the conditions in the order in which they are looked for: first
// what keeps us from looking or writing, then the boot chain from its start.
func All() []Condition {
	return []Condition{
		journalOvertaken,
		journalOpen,
		partitionBeyondDisk,
		bitlockerLocked,
		volumeDamaged,
		ntfsDamaged,
		volumeHibernated,
		ntfsLogUnclean,
		volumeDirty,
		windowsNotFound,
		bootChainBroken,
		bootiniMissing,
		bootiniSCSISignature,
		bootiniWrongPartition,
		bootiniMissingHAL,
		hiveMissing,
		hiveDamaged,
		hiveDirty,
		controlsetSelect,
		hiveTooLarge,
		bootDriverFileMissing,
		filterDangling,
		foreignHypervisorDrivers,
		processorDriver,
		agpDriver,
		hardwareProfile,
		mountedDevicesStale,
		crowdstrike291,
		txrResidue,
		pendingServicing,
		sanPolicy,
		storageDriverMissing,
		criticalDeviceMissing,
		driverDatabaseMissing,
		storageDriverDisabled,
		startOverride,
	}
}
