package damage

import (
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// onTwoParts is Windows 2000 on the second partition, with copies of its files, on a
// BusLogic adapter; vbBusLogic the machine of those damages that show on some only:
// VirtualBox has that adapter, too, and other drivers of VMware's do not belong there.
const onTwoParts, vbBusLogic = "win2000-two-parts", "virtualbox-buslogic"

// win2000Damages are those that take another adapter or other files than the same in
// a Windows XP.
func win2000Damages() []Damage {
	const busLogicFile = `\WINDOWS\system32\drivers\buslogic.sys`
	const busLogicDevice = `PCI\VEN_104B&DEV_1040&SUBSYS_1040104B&REV_01\3&1`
	return []Damage{
		{Name: "storage-driver-disabled/buslogic", Finding: "storage-driver-disabled", Machine: vbBusLogic, Guest: onTwoParts, Touches: []Place{Services},
			describe: services("buslogic", "\"Start\"=dword:00000004")},
		{Name: "storage-driver-missing/buslogic", Finding: "storage-driver-missing", Injected: true, Machine: vbBusLogic, Guest: onTwoParts, Touches: []Place{"buslogic.sys"},
			describe: without(busLogicFile)},
		{Name: "critical-device-missing/buslogic", Finding: "critical-device-missing", Injected: true, Machine: vbBusLogic, Guest: onTwoParts, Touches: []Place{DeviceDatabase},
			describe: unbind("", "pci#ven_104b&dev_1040")},
		{Name: "hardware-profile/buslogic", Finding: "hardware-profile", Repaired: true, Machine: vbBusLogic, Guest: onTwoParts, Touches: []Place{Devices},
			base: device(busLogicDevice, 0), describe: device(busLogicDevice, 1)},
		{Name: "foreign-hypervisor-drivers/buslogic", Finding: "foreign-hypervisor-drivers", Repaired: true, OnRequest: true, Machine: vbBusLogic, Guest: onTwoParts, Touches: []Place{ForeignServices},
			Rest: []string{`Services\vmci\"Start"=dword:00000004`, `"Type"=dword:00000001`}, describe: service("vmci", 0, "vmci.sys")},
		{Name: "processor-driver/buslogic", Finding: "processor-driver", Repaired: true, OnRequest: true, Machine: vbBusLogic, Guest: onTwoParts, Touches: []Place{ProcessorServices},
			Rest: []string{`Services\amdk7\"Start"=dword:00000004`, `"Type"=dword:00000001`}, describe: service("amdk7", 1, "amdk7.sys")},
		{Name: "agp-driver/buslogic", Finding: "agp-driver", Repaired: true, OnRequest: true, Machine: vbBusLogic, Guest: onTwoParts, Touches: []Place{AGPServices},
			Rest:     []string{`Services\agp440\"Start"=dword:00000004`, `"Type"=dword:00000001`},
			describe: both(service("agp440", 0, "agp440.sys"), filters(`Control\CriticalDeviceDatabase\pci#ven_8086&dev_7191`, "UpperFilters", "agp440"))},
		{Name: "vbr-geometry/buslogic", Finding: "vbr-geometry", Table: true, Machine: vbBusLogic, Guest: onTwoParts, Touches: []Place{SystemHeads},
			image: sector(true, func(b []byte, _ guests.Partition) { b[0x1A] = 240 })},
		{Name: "hal-mismatch/kernel-2000", Finding: "hal-mismatch", Fixed: true, OnRequest: true, Guest: onTwoParts, Touches: systemFiles,
			describe: pe(`\WINDOWS\system32\ntoskrnl.exe`, "x86", "5.0.2195.6717", "ntkrnlmp.exe", "hal.dll", "bootvid.dll", "kdcom.dll")},
	}
}

// alsoOnTwoParts are the damages that are the same there.
var alsoOnTwoParts = strings.Fields(`
	active-wrong dynamic-disk partition-overlap vbr-wrong-generation/bootmgr-for-ntldr
	hive-missing/setup-copy mounted-devices-stale/other-xp
	nls-file-missing nls-file-missing/all
	system-file-missing/hal system-file-missing/kernel-empty
	scsiport-2000-rollup/uninstall-folder scsiport-2000-rollup/service-pack-files scsiport-2000-rollup/second-edition-on-disk`)
