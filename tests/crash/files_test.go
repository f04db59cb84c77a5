package crash

import (
	"bytes"
	"fmt"
	"math/rand"
	"testing"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestCutWhileAFileIsPut: a new driver file changes data, records, an index and
// bitmaps; after a cut at any write and recovery, all of it or nothing is there.
func TestCutWhileAFileIsPut(t *testing.T) {
	rnd, ends := cutRandom(t), map[string]int{}
	for _, tt := range []struct {
		name string
		size int // from 8 MiB on content is streamed
	}{{"win7-x64", 100_000}, {"win10-x64", 100_000}, {"win7-x64", 9 << 20}} {
		t.Run(fmt.Sprintf("%s, %d bytes", tt.name, tt.size), func(t *testing.T) {
			cutting{guest: guests.MustLoad(t, tt.name), plan: func(t *testing.T, image string) *repair.Plan {
				return putPlan(t, image, tt.size)
			}}.run(t, rnd, ends)
		})
	}
	ended(t, ends, 20)
}

// putPlan puts a file into the drivers folder, always the same.
func putPlan(t *testing.T, image string, size int) *repair.Plan {
	t.Helper()
	p, findings := examined(t, image)
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
