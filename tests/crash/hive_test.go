package crash

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestCutWhileAHiveGrows: keys and values come, the hive gets new bins and the
// file new clusters, on NTFS and FAT, MBR and GPT; after a cut at any write and
// recovery all of it or nothing is there.
func TestCutWhileAHiveGrows(t *testing.T) {
	rnd, ends := cutRandom(t), map[string]int{}
	for _, tt := range []struct {
		guest string
		fat   bool
	}{{"win7-x64", false}, {"win10-x64", false}, {"winxp-x86", true}} {
		t.Run(tt.guest, func(t *testing.T) {
			g := guests.MustLoad(t, tt.guest)
			if tt.fat {
				onFAT(g)
			}
			cutting{guest: g, plan: growPlan}.run(t, rnd, ends)
		})
	}
	ended(t, ends, 20)
}

// growPlan makes twenty services with long values, always the same.
func growPlan(t *testing.T, image string) *repair.Plan {
	t.Helper()
	p, findings := examined(t, image)
	opt := options(repair.Homes{OnDisk: true})
	plan, err := repair.NewActionPlan(t.Context(), p, findings, []repair.Action{{Title: "grow", Steps: growSteps(t, p.Windows[0], opt)}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func growSteps(t *testing.T, w *inspect.Installation, opt repair.Options) []step.Step {
	t.Helper()
	src, err := hivefile.OnVolume(w.Volume.FS, w.HivePath)
	if err != nil {
		t.Fatal(err)
	}
	f, err := hivefile.Open(src)
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Edit(hivefile.EditOptions{Now: opt.Stamp.Time}, func(e *regf.Editor) error {
		for i := range 20 {
			key := fmt.Sprintf(`ControlSet001\Services\new%d`, i)
			if err := errors.Join(e.CreateKey(key), e.SetValue(key, "Data", regf.RegBinary, bytes.Repeat([]byte{byte(i), 0xA5}, 500*i))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Size == src.Size {
		t.Fatal("the hive does not grow")
	}
	steps, err := step.HiveSteps(w.Volume, w.HivePath, f.Hive, c, "")
	if err != nil {
		t.Fatal(err)
	}
	return steps
}
