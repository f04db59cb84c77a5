package crash

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestCutWhileAFileIsPut: a new driver file changes data, records, an index and
// bitmaps; after a cut at any write and recovery, all of it or nothing is there.
func TestCutWhileAFileIsPut(t *testing.T) {
	step := 4
	if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
		step = 1
	}
	cuts, ends := 0, map[string]int{}
	for _, tt := range []struct {
		name string
		size int // from 8 MiB on content is streamed
	}{{"win7-x64", 100_000}, {"win10-x64", 100_000}, {"win7-x64", 9 << 20}} {
		t.Run(fmt.Sprintf("%s, %d bytes", tt.name, tt.size), func(t *testing.T) {
			g := guests.MustLoad(t, tt.name)
			before := g.Build(t)
			after := copyOf(t, before, "cut.img")
			if _, err := putPlan(t, after, tt.size).Commit(t.Context(), repair.OpenDisk); err != nil {
				t.Fatal(err)
			}
			for n := 0; ; n += step {
				image := copyOf(t, before, "cut.img")
				_, err := putPlan(t, image, tt.size).Commit(t.Context(), damage.OpenWithPower(n))
				if err == nil {
					break
				}
				if !errors.Is(err, damage.ErrPower) {
					t.Fatalf("cut after %d writes: %v", n, err)
				}
				recoverImage(t, image)
				if n%5 == 0 {
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

// putPlan puts a file into the drivers folder, always the same.
func putPlan(t *testing.T, image string, size int) *repair.Plan {
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
	content := make([]byte, size)
	rand.New(rand.NewSource(1)).Read(content)
	path := `\Windows\System32\drivers\symmpi.sys`
	driver, err := step.NewContent(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := repair.NewActionPlan(t.Context(), p, findings, []repair.Action{{Title: "put " + path, Steps: []step.Step{
		step.WriteFile{Volume: p.Windows[0].Volume, Path: path, New: driver}}}}, options(repair.Homes{OnDisk: true}))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
