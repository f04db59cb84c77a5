package damage

import (
	"slices"
)

// The guests of Vista and later, by what damages have to know of them.
var (
	vista7BIOS = []string{"winvista-x86", "win7-x86", "win7-x64"}
	vista7UEFI = []string{"winvista-x64-uefi", "win7-x64-uefi"}
	since8BIOS = []string{"win81-x64", "win10-x64-bios", "win11-x64-bios"}
	since8UEFI = []string{"win81-x64-uefi", "win10-x64", "win11-x64"}

	vista7       = slices.Concat(vista7BIOS, vista7UEFI) // two control sets, the database of critical devices
	since8       = slices.Concat(since8BIOS, since8UEFI) // one control set, the driver database
	nt6BIOS      = slices.Concat(vista7BIOS, since8BIOS)
	nt6UEFI      = slices.Concat(vista7UEFI, since8UEFI)
	nt6          = slices.Concat(nt6BIOS, nt6UEFI)
	divided      = slices.Concat([]string{"win7-x64"}, since8BIOS)                                              // the system partition is one of its own
	vistaDivided = []string{"winvista-x86-two-parts"}                                                           // a Vista with one HAL of several, for what needs a system partition beside that
	whole        = []string{"winvista-x86", "win7-x86"}                                                         // it is that of Windows
	recovers     = []string{"win7-x64-uefi", "win81-x64-uefi", "win10-x64-bios", "win11-x64", "win11-x64-bios"} // with a recovery environment
)

// alsoOn names the guests of Vista and later that a damage works on besides those of
// its row: what breaks one of them breaks the others in the same way.
var alsoOn = map[string][]string{
	"hibernated":                                  nt6,
	"ntfs-dirty":                                  nt6,
	"ntfs-log-unclean":                            nt6,
	"ntfs-log-unclean/version-2":                  since8,
	"bitlocker-locked":                            slices.Concat(divided, vistaDivided, nt6UEFI),
	"volume-damaged/mft-zeroed":                   nt6,
	"volume-damaged/root-directory":               nt6,
	"volume-damaged/user-files":                   nt6,
	"hive-damaged/truncated":                      nt6,
	"hive-damaged/base-block-only":                nt6,
	"hive-missing/empty":                          nt6,
	"hive-missing/software":                       nt6,
	"hive-missing/no-hive":                        nt6,
	"windows-not-found/folder-gone":               nt6,
	"boot-chain-broken/kernel":                    nt6,
	"boot-driver-file-missing/ignored":            nt6,
	"boot-driver-file-missing/needed":             nt6,
	"mounted-devices-stale/gpt":                   nt6UEFI,
	"mounted-devices-stale/vista-mbr":             nt6BIOS,
	"partition-overlap/gpt":                       nt6UEFI,
	"dynamic-disk/gpt":                            nt6UEFI,
	"mbr-code-missing/cut-off":                    nt6BIOS,
	"mbr-code-missing/rest-of-grub":               nt6BIOS,
	"partition-overlap":                           slices.Concat(divided, vistaDivided),
	"partition-hidden/recovery-type":              divided,
	"partition-hidden/manufacturer-type":          divided,
	"partition-hidden/linux-type":                 divided,
	"partition-hidden/bsd-type-of-system":         divided,
	"vbr-code-missing/no-source":                  whole,
	"vbr-code-missing/in-a-file":                  whole,
	"vbr-wrong-generation/no-source":              whole,
	"dynamic-disk":                                slices.Concat(divided, vistaDivided),
	"bcd-detecthal":                               vistaDivided,
	"storage-spaces":                              nt6UEFI,
	"refs":                                        slices.Concat(divided, vistaDivided, nt6UEFI),
	"firmware-mismatch":                           nt6BIOS,
	"esp-fallback-missing/other-system":           nt6UEFI,
	"storage-driver-disabled/ide-7":               vista7,
	"storage-driver-disabled/override":            since8,
	"storage-driver-disabled/partmgr":             nt6,
	"storage-driver-missing/no-service":           {"win7-x86", "win7-x64-uefi"}, // for Vista the values are not proved
	"storage-driver-missing/in-driver-store":      {"win7-x64-uefi"},
	"storage-driver-missing/no-disk-service":      since8,
	"critical-device-missing/ahci-7":              vista7,
	"driver-database-missing/ahci-10":             since8,
	"driver-database-missing/by-hand":             since8,
	"driver-database-missing/guestor-for-another": since8,
	"start-override/pci":                          since8,
	"start-override/azure-nvme":                   {"win10-x64-bios", "win11-x64", "win11-x64-bios"},
	"ntfs-damaged/mirror":                         nt6,
	"ntfs-damaged/record-0":                       nt6,
	"ntfs-damaged/boot-sector-zero":               nt6,
	"ntfs-damaged/boot-sector-bpb":                nt6,
	"ntfs-damaged/backup-boot-sector":             nt6,
	"ntfs-damaged/bitmap":                         nt6,
	"hive-damaged/regback":                        nt6,
	"hive-damaged/mendable":                       nt6,
	"hive-damaged/not-regf":                       nt6,
	"hive-missing/regback":                        nt6,
	"hive-missing/empty-regback":                  nt6,
	"hive-missing/software-regback":               nt6,
	"filter-dangling/no-service":                  nt6,
	"filter-dangling/no-file":                     nt6,
	"filter-dangling/device":                      nt6,
	"filter-dangling/first-boot":                  nt6,
	"foreign-hypervisor-drivers/parallels":        nt6,
	"controlset-select/last-known-good":           since8,
	"boot-driver-file-missing/leftover":           nt6,
	"boot-driver-file-missing/strict-loader":      nt6,
	"boot-driver-file-missing/disk":               nt6,
	"boot-driver-file-missing/disk-restored":      nt6,
	"boot-driver-file-missing/imported":           nt6,
	"boot-driver-file-missing/imported-needed":    nt6,
	"boot-driver-file-missing/one-needed":         nt6,
	"boot-driver-file-missing/one-certain":        nt6,
	"boot-driver-file-missing/shared":             nt6,
	"boot-driver-file-missing/restored":           {"win7-x64-uefi"},
	"boot-driver-file-missing/other-machine":      {"win10-x64-bios", "win11-x64", "win11-x64-bios", "win81-x64", "win81-x64-uefi"},
	"hardware-profile/disabled":                   nt6,
	"crowdstrike-291":                             nt6,
	"mbr-code-missing":                            nt6BIOS,
	"mbr-signature-missing":                       nt6BIOS,
	"active-missing":                              nt6BIOS,
	"active-multiple":                             divided,
	"active-multiple/unused-slot":                 nt6BIOS,
	"active-wrong":                                divided,
	"active-wrong/unused-slot":                    whole,
	"partition-hidden":                            whole,
	"partition-hidden/windows":                    divided,
	"vbr-code-missing/donor":                      divided,
	"vbr-code-missing/copy":                       nt6BIOS,
	"vbr-wrong-generation":                        divided,
	"vbr-hidden-sectors":                          nt6BIOS,
	"vbr-damaged/both-signatures":                 nt6BIOS,
	"vbr-damaged/second-sector":                   divided,
	"gpt-primary-damaged/header":                  nt6UEFI,
	"gpt-primary-damaged/entries":                 nt6UEFI,
	"gpt-backup-damaged/header":                   nt6UEFI,
	"gpt-backup-damaged/entries":                  nt6UEFI,
	"protective-mbr-wrong":                        nt6UEFI,
	"protective-mbr-wrong/type":                   nt6UEFI,
	"esp-type-wrong":                              nt6UEFI,
	"bcd-missing/bios":                            nt6BIOS,
	"bcd-missing/uefi":                            nt6UEFI,
	"bcd-missing/empty":                           nt6,
	"bcd-unreadable/no-hive":                      nt6,
	"bcd-unreadable/mendable":                     nt6,
	"bcd-unreadable/cut":                          nt6,
	"bcd-unreadable/zeroed":                       nt6,
	"bcd-device-stale/signature":                  nt6BIOS,
	"bcd-device-stale/offset":                     nt6BIOS,
	"bcd-device-stale/guids":                      nt6UEFI,
	"bcd-device-stale/disk-guid":                  nt6UEFI,
	"disk-signature-changed":                      nt6BIOS,
	"bcd-path-wrong/firmware":                     nt6BIOS,
	"bcd-path-wrong/uefi":                         nt6UEFI,
	"bcd-path-wrong/folder":                       nt6,
	"bcd-default-dangling":                        nt6,
	"bcd-display-order":                           nt6,
	"bcd-bootmgr-entry/missing":                   nt6,
	"bcd-bootmgr-entry/device":                    nt6,
	"bcd-recovery-loop/default":                   recovers,
	"bcd-winpe-left/scvmm":                        nt6,
	"bcd-winpe-left/installed":                    nt6,
	"bcd-imc-left":                                since8,
	"bcd-hibernation-resume":                      nt6,
	"bcd-safeboot-left":                           nt6,
	"bcd-safeboot-left/shell":                     nt6,
	"bcd-bootsequence-left":                       nt6,
	"bcd-bootstatuspolicy":                        nt6,
	"bcd-graphicsmode-disabled":                   since8UEFI,
	"bootmgr-missing":                             nt6BIOS,
	"bootmgr-missing/zeros":                       nt6BIOS,
	"bootmgr-compressed":                          nt6BIOS,
	"esp-loader-missing":                          nt6UEFI,
	"esp-fallback-missing":                        since8UEFI,
	"esp-fallback-missing/before-8":               {"winvista-x64-uefi"},
	"winload-missing":                             nt6BIOS,
	"winload-missing/empty":                       nt6UEFI,
	"system-partition-missing/zeroed":             slices.Concat(divided, vistaDivided),
	"system-partition-missing/esp-zeroed":         nt6UEFI,
	"txr-residue":                                 nt6,
	"pending-servicing":                           nt6,
	"controlset-select/missing":                   vista7,
	"controlset-select/failed":                    vista7,
	"foreign-hypervisor-drivers/xen":              nt6,
	"hive-log-pending":                            nt6,
}

// spread adds the guests of alsoOn.
func spread(all []Damage) []Damage {
	for i := range all {
		d := &all[i]
		for _, g := range slices.Concat(alsoOn[d.Name], alsoOnNT4[d.Name]) {
			if !d.Fits(g) {
				d.Guests = append(slices.Clone(d.Guests), g)
			}
		}
		if slices.Contains(alsoOnTwoParts, d.Name) {
			d.Guests = append(slices.Clone(d.Guests), onTwoParts)
		}
	}
	return all
}
