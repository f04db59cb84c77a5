package engine

import (
	"testing"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestEditionsRaiseNothing: no condition of the SYSTEM hive fires on a Windows of
// the support table as it was set up; drivers of controllers have tests of their
// own.
func TestEditionsRaiseNothing(t *testing.T) {
	all, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			g, err := e.Guest()
			if err != nil {
				t.Fatal(err)
			}
			image := g.Build(t)
			for _, machine := range []string{"qemu-pc", "hyperv-gen1", "vmware-lsisas"} {
				d := decode(t, bootmend(t, "scan", "--json", "--machine", machine, image))
				for _, f := range d.Findings {
					c, ok := condition.ByID(f.ID)
					if hive := ok && c.InHive || f.ID == "hive-damaged" || f.ID == "hive-missing" || f.ID == "hive-log-pending"; hive {
						t.Errorf("%s: %s: %s %s", machine, f.ID, f.Summary, f.Evidence)
					}
				}
			}
		})
	}
	t.Logf("%d editions", len(all))
}
