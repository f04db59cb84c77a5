package actiontest

import (
	"slices"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// asked is an action and how many lines go and come; -1: not counted.
type asked struct {
	action      string
	gone, added int
}

// TestRealHives: in hives of real machines an action changes what it is about and
// no more, the detectors have nothing to say about it, and undo takes it back.
func TestRealHives(t *testing.T) {
	n := 0
	for _, tt := range []struct {
		guest, hive string
		logs        []string
		ask         []asked
	}{
		{"winxp-vmware", "hives/xp-sp3-x86-vmware.SYSTEM.xz", nil, []asked{{"autoreboot=off", 2, 2}, {"crash-dump=off", 2, 2}, {"disable-driver=vmci", 2, 2}, {"disable-driver=vmscsi", 2, 2}, {"enable-driver=aic78xx", 2, 2}}},
		{"win7-x86", "hives/win7-sp1-x86-vmware.SYSTEM.xz", nil, []asked{{"autoreboot=off", 2, 2}, {"crash-dump=off", 2, 2}, {"disable-driver=vmdebug", 2, 2}, {"enable-driver=msahci", 2, 2}}},
		{"win10-x64", "hives/win10-1709-x64-dirty.SYSTEM.xz", []string{"hives/win10-1709-x64-dirty.SYSTEM.LOG1.xz", "hives/win10-1709-x64-dirty.SYSTEM.LOG2.xz"}, []asked{{"autoreboot=off", -1, -1}, {"crash-dump=off", 1, 1}, {"disable-driver=vhdmp", 1, 1}, {"enable-driver=stornvme", 1, 1}}},
	} {
		if !campaign {
			tt.ask = tt.ask[:1+len(tt.logs)/2] // the foreign reader takes seconds for a hive
		}
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			hive := realdata.File(t, tt.hive)
			var logs []string
			for _, l := range tt.logs {
				logs = append(logs, realdata.File(t, l))
			}
			g, err := guests.Around(tt.guest, hive, logs...)
			if err != nil {
				t.Fatal(err)
			}
			p := patient{g, g.Build(t)}
			before := p.state(t)
			for _, ask := range tt.ask {
				d := want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", "--action", ask.action, p.image)
				if d.Actions[0].State != "done" {
					t.Fatalf("%+v", d.Actions)
				}
				after := p.state(t)
				gone, added := oracle.RegChanges(before, after)
				if ask.gone >= 0 && (len(gone) != ask.gone || len(added) != ask.added) {
					t.Errorf("%s: %d lines gone, %d added: %.200q, %.200q", ask.action, len(gone), len(added), gone[:min(5, len(gone))], added[:min(5, len(added))])
				}
				hash := p.hash(t)
				if d := want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", "--action", ask.action, p.image); d.Actions[0].State != "nothing-to-do" || p.hash(t) != hash {
					t.Errorf("the second time: %+v", d.Actions)
				}
				if ask.gone < 0 {
					before = after
					continue // what the logs held stays in the hive
				}
				p.undo(t)
				if got := p.state(t); !slices.Equal(got, before) {
					gone, added := oracle.RegChanges(before, got)
					t.Errorf("%s, undo: %d lines gone, %d added", ask.action, len(gone), len(added))
				}
			}
		})
		n += len(tt.ask)
	}
	t.Logf("%d actions on real hives", n)
}
