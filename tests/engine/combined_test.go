package engine

import (
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestSeveralFilesAtOnce: on one guest the menu, the loader, ntdetect.com and
// system files are damaged together, each in turn in all ways that there are. One
// repair ends all of it.
func TestSeveralFilesAtOnce(t *testing.T) {
	t.Parallel()
	const guest = "winxp-sources"
	kinds := map[damage.Place][]damage.Damage{}
	most := 0
	for _, d := range damage.All() {
		if d.Fixed && !d.OnRequest && len(d.Touches) > 0 && (d.Guest == guest || len(d.Guests) > 0 && d.Guests[0] == guest) {
			kinds[d.Touches[0]] = append(kinds[d.Touches[0]], d)
			most = max(most, len(kinds[d.Touches[0]]))
		}
	}
	if len(kinds) < 4 {
		t.Fatalf("only %d kinds of damage", len(kinds))
	}
	if !campaign() {
		most = min(most, 3)
	}
	for i := range most {
		var all []damage.Damage
		name := ""
		for _, place := range []damage.Place{"boot.ini or freeldr.ini", "ntldr or freeldr.sys", "ntdetect.com", "system files"} {
			d := kinds[place][i%len(kinds[place])]
			all = append(all, d)
			name += d.Name + " "
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image, g := damage.Build(t, guest, all...)
			machine := guests.MustLoad(t, guest).Healthy[0].Machine
			d := want(t, command.ExitRepairable, "scan", "--machine", machine, image)
			for _, one := range all {
				if len(d.find(one.Finding)) != 1 {
					t.Errorf("%s is not found:\n%s", one.Finding, d.ids())
				}
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
			sound(t, image, g)
			if after := want(t, command.ExitOK, "scan", "--machine", machine, image); len(after.Findings) > 0 {
				t.Errorf("left:\n%s", after.ids())
			}
		})
	}
	t.Logf("%d guests with %d faults each", most, len(kinds))
}
