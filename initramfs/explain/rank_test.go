package explain

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/condition"
)

// What people type, and the conditions to look for first. The order of the first
// ones comes from the makers' articles and the users' reports that the conditions
// name.
var typed = []struct {
	text string
	want string // first conditions, in any order among the first four
}{
	{"0x7B", "storage-driver-disabled critical-device-missing driver-database-missing"},
	{"7B", "storage-driver-disabled critical-device-missing"},
	{"7b", "storage-driver-disabled"},
	{"0x0000007B", "storage-driver-disabled storage-driver-missing"},
	{"0000007b", "storage-driver-disabled"},
	{"STOP 7B", "storage-driver-disabled"},
	{"stop: 0x0000007B (0xF78D2524, 0xC0000034, 0x00000000, 0x00000000)", "storage-driver-disabled storage-driver-missing"},
	{"*** STOP: 0x0000007B (0xFFFFF880009A9928,0xFFFFFFFFC0000034,0x0000000000000000,0x0000000000000000)", "storage-driver-disabled"},
	{"INACCESSIBLE_BOOT_DEVICE", "storage-driver-disabled"},
	{"inaccessible boot device", "storage-driver-disabled"},
	{"INACCESSABLE_BOOT_DEVICE", "storage-driver-disabled"},
	{"Your PC ran into a problem and needs to restart. Stop code: INACCESSIBLE BOOT DEVICE", "storage-driver-disabled"},
	{"bsod 7b after p2v", "storage-driver-disabled"},
	{"0x1E", "scsiport-2000-rollup"},
	{"STOP 0x0000001E KMODE_EXCEPTION_NOT_HANDLED", "scsiport-2000-rollup"},
	{"kmode exception not handled", "scsiport-2000-rollup"},
	{"0x79", "hal-mismatch"},
	{"MISMATCHED_HAL", "hal-mismatch"},
	{"0x7E", "processor-driver agp-driver"},
	{"0x1000007E", "processor-driver"},
	{"STOP FC", "processor-driver"},
	{"0x50", "crowdstrike-291"},
	{"PAGE_FAULT_IN_NONPAGED_AREA csagent.sys", "crowdstrike-291"},
	{"crowdstrike", "crowdstrike-291"},
	{"ED", "ntfs-damaged ntfs-dirty"},
	{"0xED", "ntfs-damaged ntfs-dirty"},
	{"UNMOUNTABLE_BOOT_VOLUME", "ntfs-damaged ntfs-dirty"},
	{"unmountable boot volme", "ntfs-damaged"},
	{"0x24", "ntfs-damaged volume-damaged"},
	{"STOP 0x00000024 NTFS_FILE_SYSTEM", "ntfs-damaged"},
	{"0x74", "hive-damaged controlset-select"},
	{"BAD_SYSTEM_CONFIG_INFO", "hive-damaged controlset-select"},
	{"0xC0000218", "hive-damaged hive-missing"},
	{"STOP: c0000218 {Registry File Failure} The registry cannot load the hive (file)", "hive-damaged"},
	{"0xc000014c", "hive-missing hive-damaged"},
	{`\WINDOWS\SYSTEM32\CONFIG\SYSTEM is missing or corrupt`, "hive-missing hive-damaged hive-too-large"},
	{`Windows could not start because the following file is missing or corrupt: \WINNT\SYSTEM32\CONFIG\SYSTEM`, "hive-missing hive-damaged"},
	{"0x67", "bcd-imc-left"},
	{"0xc000000e", "bcd-device-stale disk-signature-changed disk-signature-collision"},
	{"c000000e", "bcd-device-stale"},
	{"0xC000000F", "bcd-missing winload-missing"},
	{"0xC0000225", "bcd-default-dangling bcd-path-wrong"},
	{"0xc0000034", "bcd-bootmgr-entry bcd-default-dangling"},
	{"0xc0000098", "bcd-unreadable bcd-bootmgr-entry"},
	{"The boot selection failed because a required device is inaccessible", "bcd-device-stale"},
	{"An error occurred while attempting to read the boot configuration data", "bcd-missing bcd-unreadable"},
	{"The Boot Configuration Data for your PC is missing or contains errors", "bcd-default-dangling bcd-missing"},
	{`The selected entry could not be loaded because the application is missing or corrupt. File: \Windows\system32\winload.exe`, "winload-missing bcd-path-wrong"},
	{"winload.efi", "winload-missing bcd-path-wrong"},
	{"0xc000009a", "bcd-hibernation-resume"},
	{"NTLDR is missing", "ntldr-missing active-wrong vbr-wrong-generation"},
	{"ntldr missing", "ntldr-missing"},
	{"NTLDR is mising press any key", "ntldr-missing"},
	{"ntdlr is missing", "ntldr-missing"},
	{"NTLDR is compressed", "ntldr-compressed"},
	{"NTDETECT failed", "ntdetect-missing"},
	{"Invalid BOOT.INI file", "bootini-missing"},
	{"hal.dll is missing or corrupt", "bootini-wrong-partition system-file-missing"},
	{"hal.dll", "bootini-wrong-partition bootini-missing"},
	{"<Windows root>\\system32\\ntoskrnl.exe", "bootini-wrong-partition system-file-missing"},
	{"Could not read from the selected boot disk", "bootini-wrong-partition bootini-scsi-signature"},
	{"BOOTMGR is missing", "bootmgr-missing active-wrong"},
	{"bootmgr is missing press ctrl alt del to restart", "bootmgr-missing"},
	{"boot mgr missing", "bootmgr-missing"},
	{"BOOTMGR is compressed", "bootmgr-compressed"},
	{"BOOTMGR image is corrupt. The system cannot boot.", "bootmgr-missing"},
	{"Missing operating system", "active-missing active-wrong vbr-damaged"},
	{"missing operatng system", "active-missing"},
	{"No bootable device", "active-missing esp-loader-missing mbr-code-missing"},
	{"Reboot and select proper boot device", "active-missing"},
	{"Invalid partition table", "active-multiple"},
	{"Error loading operating system", "vbr-hidden-sectors vbr-geometry"},
	{"A disk read error occurred", "vbr-hidden-sectors vbr-geometry"},
	{"disk read error", "vbr-hidden-sectors"},
	{"blinking cursor", "mbr-code-missing vbr-code-missing"},
	{"grub rescue>", "mbr-code-missing"},
	{"UEFI Interactive Shell", "esp-loader-missing esp-fallback-missing"},
	{"C000021A", "mounted-devices-stale pending-servicing"},
	{"0xC000021A", "mounted-devices-stale pending-servicing"},
	{"STOP: c000021a {Fatal System Error} The Windows Logon Process system process terminated unexpectedly", "mounted-devices-stale"},
	{"logon loop", "mounted-devices-stale"},
	{"C0000034 applying update operation 207 of 1234", "pending-servicing"},
	{"Undoing changes made to your computer", "pending-servicing"},
	{"Choose an option Troubleshoot", "bcd-recovery-loop"},
	{"safe mode every time", "bcd-safeboot-left"},
	{"BitLocker recovery key", "bitlocker-locked"},
	{"freeldr.sys not found", "ntldr-missing"},
	{"0x6B", "system-file-missing"},
	{"PROCESS1_INITIALIZATION_FAILED ntdll.dll", "system-file-missing"},
	{"0xc0000221", "boot-driver-file-missing"},
	{"hangs at classpnp.sys", "filter-dangling"},
}

func TestRankOfWhatPeopleType(t *testing.T) {
	for _, c := range typed {
		ranked := Rank(c.text)
		first := ids(ranked[:min(4, len(ranked))])
		for want := range strings.FieldsSeq(c.want) {
			if !slices.Contains(first, want) {
				t.Errorf("%q: want %s among the first four, have %v", c.text, want, first)
			}
		}
		// The very first one is not left to chance.
		if want, _, _ := strings.Cut(c.want, " "); len(first) > 0 && first[0] != want {
			t.Errorf("%q: want %s first, have %v", c.text, want, first)
		}
	}
	t.Logf("%d spellings", len(typed))
}

func ids(ranked []Ranked) []string {
	var all []string
	for _, r := range ranked {
		all = append(all, r.ID)
	}
	return all
}

func TestRankOfWhatNobodyKnows(t *testing.T) {
	for _, text := range []string{"", "   ", "my printer does not work", "0x12345678", "dead beef", "windows", "the", "hello world", "STOP 0x0000009F"} {
		if r := Rank(text); len(r) > 0 {
			t.Errorf("%q: want nothing, have %v (%s)", text, ids(r), r[0].Symptom)
		}
	}
}

// Every message of the table leads to its own conditions, and names only
// conditions that exist; every condition is seen as something or said to be unseen.
func TestSignsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	signs := condition.Signs()
	for _, s := range signs {
		if len(s.Causes) == 0 {
			t.Errorf("%q has no causes", s.Shown)
			continue
		}
		for _, text := range wordings(s) {
			ranked := Rank(text)
			if len(ranked) == 0 || !slices.Contains(ids(ranked[:min(3, len(ranked))]), s.Causes[0].ID) {
				t.Errorf("%q does not lead to %s: %v", text, s.Causes[0].ID, ids(ranked))
			}
		}
		once := map[string]bool{}
		for _, c := range s.Causes {
			if _, ok := condition.ByID(c.ID); !ok {
				t.Errorf("%q: there is no condition %q", s.Shown, c.ID)
			}
			if once[c.ID] {
				t.Errorf("%q names %s twice", s.Shown, c.ID)
			}
			once[c.ID], seen[c.ID] = true, true
		}
	}
	for _, id := range condition.Unseen() {
		seen[id] = true
	}
	for _, c := range condition.All() {
		if !seen[c.ID] {
			t.Errorf("what is seen of %s? Add it to condition.Signs (or to Unseen)", c.ID)
		}
	}
	t.Logf("%d signs, %d conditions", len(signs), len(condition.All()))
}

func FuzzRank(f *testing.F) {
	for _, c := range typed {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := map[string]bool{}
		for _, r := range Rank(text) {
			if once[r.ID] || r.Title == "" || r.Symptom == "" {
				t.Fatalf("%q: %+v", text, r)
			}
			once[r.ID] = true
		}
	})
}
