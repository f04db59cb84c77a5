package damage

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

// TestAlsoOn: each line of alsoOn is about a damage and guests that there are, and adds
// something.
func TestAlsoOn(t *testing.T) {
	names, rows := guests.Names(), map[string]Damage{}
	for _, d := range slices.Concat(general(), healthyMenus(), startDamages(), storeDamages(), systemPartitionDamages()) {
		rows[d.Name] = d
	}
	for _, name := range slices.Sorted(maps.Keys(alsoOn)) {
		d, ok := rows[name]
		if !ok {
			t.Errorf("there is no damage %s", name)
			continue
		}
		more := 0
		for _, g := range alsoOn[name] {
			if !slices.Contains(names, g) {
				t.Errorf("%s: there is no guest %s", name, g)
			}
			if !d.Fits(g) {
				more++
			}
		}
		if more == 0 {
			t.Errorf("%s: its row says it already", name)
		}
	}
}

// TestVistaToElevenAreCovered prints on how many guests of each Windows, BIOS and UEFI,
// the conditions can be tried, and wants those of the boot chain of Vista and later on
// all that have the place.
func TestVistaToElevenAreCovered(t *testing.T) {
	conditions := map[string]map[string]bool{} // by guest
	for _, g := range nt6 {
		conditions[g] = map[string]bool{}
		for _, d := range All() {
			if !d.Harmless && d.Fits(g) {
				conditions[g][d.Finding] = true
			}
		}
		t.Logf("%-18s %d conditions", g, len(conditions[g]))
	}
	everywhere := strings.Fields("bcd-missing bcd-unreadable bcd-device-stale bcd-path-wrong bcd-default-dangling bcd-display-order bcd-bootmgr-entry " +
		"bcd-safeboot-left bcd-bootsequence-left bcd-bootstatuspolicy bcd-winpe-left bcd-hibernation-resume winload-missing system-file-missing " +
		"hive-missing hive-damaged hive-log-pending boot-driver-file-missing filter-dangling foreign-hypervisor-drivers crowdstrike-291 txr-residue pending-servicing " +
		"ntfs-damaged ntfs-dirty hibernated ntfs-log-unclean volume-damaged windows-not-found storage-driver-disabled")
	for firmware, want := range map[string]string{
		"BIOS": "mbr-code-missing mbr-signature-missing active-missing active-multiple vbr-hidden-sectors vbr-damaged bootmgr-missing bootmgr-compressed disk-signature-changed firmware-mismatch",
		"UEFI": "gpt-primary-damaged gpt-backup-damaged protective-mbr-wrong esp-type-wrong esp-loader-missing esp-fallback-missing system-partition-missing mounted-devices-stale storage-spaces refs bitlocker-locked",
	} {
		for _, g := range map[string][]string{"BIOS": nt6BIOS, "UEFI": nt6UEFI}[firmware] {
			for _, id := range slices.Concat(everywhere, strings.Fields(want)) {
				if !conditions[g][id] {
					t.Errorf("%s: no damage causes %s", g, id)
				}
			}
		}
	}
}
