package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
)

// TestChainNamesStageAndMessage: the first stage that does not hold is where the
// start fails, with the message that the person sees.
func TestChainNamesStageAndMessage(t *testing.T) {
	for _, tt := range []struct {
		damage, guest, stage, says string
	}{
		{"mbr-code-missing", "win7-x64", "master boot record", "cursor"},
		{"active-missing", "win7-x64", "system partition", "Missing operating system"},
		{"active-multiple", "win2003-system-c", "system partition", "Invalid partition table"},
		{"active-wrong", "win81-x64", "system partition", "Missing operating system"},
		{"vbr-code-missing/donor", "win7-x64", "boot sector", "not a bootable disk"},
		{"vbr-damaged/both-signatures", "win7-x64", "boot sector", "Missing operating system"},
		{"vbr-damaged/second-sector", "win7-x64", "boot sector", "A disk read error occurred"},
		{"vbr-hidden-sectors", "winxp-x86", "boot sector", "A disk read error occurred"},
		{"vbr-geometry", "winxp-logical", "boot sector", "A disk read error occurred"},
		{"vbr-wrong-generation", "win7-x64", "boot sector", "NTLDR is missing"},
		{"bootmgr-missing", "win7-x64", "boot loader", "BOOTMGR is missing"},
		{"bcd-missing/uefi", "win10-x64", "boot configuration", "0xc000000f"},
		{"bcd-unreadable/no-hive", "win7-x64", "boot configuration", "0xc0000098"},
		{"bcd-device-stale/guids", "win10-x64", "boot configuration", "0xc000000e"},
		{"bcd-default-dangling", "win7-x64", "boot configuration", "0xc0000225"},
		{"winload-missing", "win7-x64", "boot configuration", "0xc0000225"},
		{"system-file-missing/vista-nowhere", "win7-x64", "kernel", "the kernel is missing"},
		{"system-file-missing/vista-hal", "win10-x64", "kernel", "the HAL is missing"},
		{"system-file-missing/vista-imported", "win11-x64", "kernel", `a required file is missing, or corrupt", File: \Windows\system32\pshed.dll`},
		{"system-file-missing/vista-driver-store", "win10-x64", "kernel", `File: \Windows\system32\drivers\clfs.sys`},
		{"system-file-missing/vista-winner", "win81-x64", "kernel", "STOP 0x0000006B"},
	} {
		t.Run(tt.damage, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(tt.damage)
			if !ok || !d.Fits(tt.guest) {
				t.Fatalf("no damage %s for %s", tt.damage, tt.guest)
			}
			image, g := damage.Build(t, tt.guest, d)
			machine := g.Healthy[0].Machine
			if d.Machine != "" {
				machine = d.Machine
			}
			doc := decode(t, bootmend(t, "scan", "--json", "--machine", machine, image))
			if len(doc.Chain) != 1 {
				t.Fatalf("%d chains", len(doc.Chain))
			}
			for _, s := range doc.Chain[0].Stages {
				if s.OK == nil || *s.OK {
					continue
				}
				if s.Stage != tt.stage || !strings.Contains(s.Symptom, tt.says) {
					t.Errorf("stage %s says %q; want %s, %q", s.Stage, s.Symptom, tt.stage, tt.says)
				}
				return
			}
			t.Error("every stage holds")
		})
	}
}
