package engine

import (
	"slices"
	"testing"

	"github.com/bootmend/bootmend/tests/realdata"
)

// TestRealHivesRaiseNothing: on the machine that a hive comes from no condition
// fires but what is said here; storage drivers of other machines have tests of
// their own.
func TestRealHivesRaiseNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		guest, hive string
		logs        []string
		machines    []string
		may         []string
	}{
		{"winxp-vmware", "xp-sp3-x86-vmware.SYSTEM", nil, []string{"pci:8086:7111", "vmware-buslogic"}, nil},
		{"win7-x86", "win7-sp1-x86-vmware.SYSTEM", nil, []string{"pci:8086:7111", "vmware-lsisas"}, nil},
		{"win81-x64", "win81-x64-dirty-nolog.SYSTEM", nil, []string{"virtualbox-ahci"}, []string{"hive-log-pending"}},
		{"win10-x64", "win10-1709-x64-dirty.SYSTEM", []string{"win10-1709-x64-dirty.SYSTEM.LOG1", "win10-1709-x64-dirty.SYSTEM.LOG2"},
			[]string{"pci:8086:2829:010601"}, []string{"hive-log-pending", "storage-driver-disabled"}},
	} {
		t.Run(tt.hive, func(t *testing.T) {
			t.Parallel()
			var logs []string
			for _, l := range tt.logs {
				logs = append(logs, realdata.File(t, "hives/"+l+".xz"))
			}
			p := around(t, tt.guest, realdata.File(t, "hives/"+tt.hive+".xz"), logs...)
			for _, machine := range tt.machines {
				d := decode(t, bootmend(t, "scan", "--json", "--machine", machine, p.image))
				for _, f := range d.Findings {
					t.Logf("%s: %s (%s, %s): %s", machine, f.ID, f.Severity, f.Confidence, f.Summary)
					if !slices.Contains(tt.may, f.ID) {
						t.Errorf("%s: %s fires: %s", machine, f.ID, f.Evidence)
					}
				}
			}
		})
	}
}
