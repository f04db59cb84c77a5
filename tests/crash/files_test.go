package crash

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
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
	for _, name := range []string{"win7-x64", "win10-x64"} {
		t.Run(name, func(t *testing.T) {
			g := guests.MustLoad(t, name)
			before := g.Build(t)
			after := copyOf(t, before, "after.img")
			if _, err := putPlan(t, g, after).Commit(t.Context(), repair.OpenDisk, repair.Homes{}); err != nil {
				t.Fatal(err)
			}
			for n := 0; ; n += step {
				image := copyOf(t, before, "cut.img")
				_, err := putPlan(t, g, image).Commit(t.Context(), damage.OpenWithPower(n), repair.Homes{OnDisk: true})
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

// putPlan puts a file of 100 KB into the drivers folder, always the same.
func putPlan(t *testing.T, g *guests.Guest, image string) *repair.Plan {
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
	content := make([]byte, 100_000)
	rand.New(rand.NewSource(1)).Read(content)
	path := `\Windows\System32\drivers\symmpi.sys`
	plan, err := repair.NewFilePlan(t.Context(), p, findings, repair.FileAction{
		Volume: p.Windows[0].Volume, Title: "put " + path, Paths: []string{path}, Time: time.Unix(1e9, 0),
		Do: func(w fs.Writer) error { return w.WriteFile(path, bytes.NewReader(content), int64(len(content))) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
