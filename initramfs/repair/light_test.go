package repair

import (
	"testing"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// TestBroughtToLight: what a repair lets be seen is no consequence of it, and what it
// could not have hidden is.
func TestBroughtToLight(t *testing.T) {
	d0, d1 := &inspect.Disk{Path: "d0"}, &inspect.Disk{Path: "d1"}
	esp, other := &inspect.Volume{Disk: d0}, &inspect.Volume{Disk: d1}
	w := &inspect.Installation{Volume: &inspect.Volume{Disk: d1}}
	wrong := condition.Finding{ID: "esp-type-wrong", Volume: esp, Hides: true, Fixable: true}
	for _, tt := range []struct {
		name   string
		fix    condition.Finding
		before *inspect.Patient
		now    condition.Finding
		bad    int
	}{
		{"the store behind the partition", wrong, &inspect.Patient{}, condition.Finding{ID: "bcd-unreadable", Severity: condition.Fatal, Volume: esp}, 0},
		{"a store of another disk", wrong, &inspect.Patient{}, condition.Finding{ID: "bcd-unreadable", Severity: condition.Fatal, Volume: other}, 1},
		{"it is still there", wrong, &inspect.Patient{}, wrong, 1},
		{"what hides nothing", condition.Finding{ID: "gpt-backup-damaged", Disk: d0}, &inspect.Patient{}, condition.Finding{ID: "bcd-unreadable", Severity: condition.Fatal, Volume: esp}, 1},
		{"there was no Windows before", condition.Finding{ID: "mbr-signature-missing", Disk: d0}, &inspect.Patient{Windows: []*inspect.Installation{w}},
			condition.Finding{ID: "windows-not-found", Severity: condition.Fatal, Disk: d0}, 0},
		{"there was one", condition.Finding{ID: "mbr-signature-missing", Disk: d1}, &inspect.Patient{Windows: []*inspect.Installation{w}},
			condition.Finding{ID: "windows-not-found", Severity: condition.Fatal, Disk: d1}, 1},
	} {
		bad := compareFindings(tt.before, []condition.Finding{tt.fix}, []Fix{{Finding: tt.fix}}, nil, []condition.Finding{tt.now})
		if len(bad) != tt.bad {
			t.Errorf("%s: %v", tt.name, bad)
		}
	}
}
