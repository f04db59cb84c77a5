package crash

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestCutWhileAHiveGrows: keys and values come, the hive gets new bins and the
// file new clusters, on NTFS and FAT, MBR and GPT; after a cut at any write and
// recovery all of it or nothing is there.
func TestCutWhileAHiveGrows(t *testing.T) {
	every := 15
	if campaign() {
		every = 1
	}
	fat := func(g *guests.Guest) {
		g.Parts[0].FS, g.Parts[0].Type, g.Name = "vfat", "0c", "winxp-fat32"
	}
	cuts, ends := 0, map[string]int{}
	for _, tt := range []struct {
		guest  string
		change func(*guests.Guest)
	}{{"win7-x64", nil}, {"win10-x64", nil}, {"winxp-x86", fat}} {
		t.Run(tt.guest, func(t *testing.T) {
			g := guests.MustLoad(t, tt.guest)
			if tt.change != nil {
				tt.change(g)
			}
			before := g.Build(t)
			after := copyOf(t, before, "cut.img")
			if _, err := growPlan(t, after).Commit(t.Context(), repair.OpenDisk); err != nil {
				t.Fatal(err)
			}
			judge(t, g, after)
			for n := 0; ; n += every {
				image := copyOf(t, before, "cut.img")
				_, err := growPlan(t, image).Commit(t.Context(), damage.OpenWithPower(n))
				if err == nil {
					break
				}
				if !errors.Is(err, damage.ErrPower) {
					t.Fatalf("cut after %d writes: %v", n, err)
				}
				recoverImage(t, image)
				if n%25 == 0 {
					judge(t, g, image)
				}
				ends[compare(t, image, before, after)]++
				cuts++
				os.Remove(image)
			}
		})
	}
	t.Logf("%d cuts tried, after recovery %v", cuts, ends)
	if ends["before"] == 0 || ends["after"] == 0 {
		t.Error("never one of the two")
	}
}

// growPlan makes twenty services with long values, always the same.
func growPlan(t *testing.T, image string) *repair.Plan {
	t.Helper()
	dev, err := block.OpenReadOnly(image)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	p, err := inspect.Inspect(t.Context(), nil, []inspect.Source{{Path: image, Dev: dev}})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := condition.Detect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
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
	steps, err := repair.HiveSteps(w.Volume, w.HivePath, f.Hive, c, "")
	if err != nil {
		t.Fatal(err)
	}
	return steps
}
