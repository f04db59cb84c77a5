package crash

import (
	"testing"

	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/tests/damage"
)

// TestCutWhileTheSystemPartitionMoves: files, store, boot sector and active flag
// change together, or a file system is made and filled; after a cut at any write and recovery, all
// of it or nothing is there.
func TestCutWhileTheSystemPartitionMoves(t *testing.T) {
	rnd, ends := cutRandom(t), map[string]int{}
	for _, tt := range []struct {
		damage string // a repair; "" for the action
		guest  string
	}{{"", "win7-x64"}, {"system-partition-missing/deleted", ""}, {"system-partition-missing/esp-deleted", ""}} {
		if tt.damage == "system-partition-missing/esp-deleted" && !campaign() {
			continue // it takes as long as the others together
		}
		t.Run(tt.damage+tt.guest, func(t *testing.T) {
			d := damage.Damage{Guest: tt.guest}
			if tt.damage != "" {
				var ok bool
				if d, ok = damage.Find(tt.damage); !ok {
					t.Fatal("no such damage")
				}
			}
			image, g := d.Build(t)
			if tt.damage == "" {
				image = "" // as the guest is built
			}
			cutting{guest: g, before: image, dirty: tt.damage != "", plan: func(t *testing.T, image string) *repair.Plan {
				return systemPartitionPlan(t, image, tt.damage == "")
			}}.run(t, rnd, ends)
		})
	}
	ended(t, ends, 12)
}

// systemPartitionPlan is that of the action, or of a repair.
func systemPartitionPlan(t *testing.T, image string, asked bool) *repair.Plan {
	t.Helper()
	p, findings := examined(t, image)
	opt := options(repair.Homes{OnDisk: true})
	if !asked {
		plan, err := repair.NewPlan(t.Context(), p, findings, opt)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	request, err := action.Parse("consolidate-system-partition")
	if err != nil {
		t.Fatal(err)
	}
	actions, err := action.Plan(t.Context(), p, []action.Request{request}, action.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := repair.NewActionPlan(t.Context(), p, findings, actions, opt)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
