package action

import "github.com/bootmend/bootmend/drivers/edition"

// All lists the actions in the order in which people are shown them: how Windows
// starts, what it says when it fails, where it is to start, drivers, registry.
func All() []Action {
	if !edition.NT6 {
		return []Action{safeMode, lastKnownGood, autoreboot, crashDump, prepareFor, disableDriver, enableDriver, importReg}
	}
	return []Action{
		safeMode,
		lastKnownGood,
		autoreboot,
		crashDump,
		ems,
		rebuildBCD,
		consolidateSystemPartition,
		prepareFor,
		disableDriver,
		enableDriver,
		importReg,
	}
}
