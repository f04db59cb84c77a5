package damage

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// startWitness asks foreign tools about damage of tables and boot sectors; of
// boot code, which none judges, that something changed and nothing far away.
func startWitness(t *testing.T, d Damage, image string, g *guests.Guest) {
	t.Helper()
	sound := g.Build(t)
	before, err := oracle.Partitions(sound)
	if err != nil {
		t.Fatal(err)
	}
	after, err := oracle.Partitions(image)
	switch id, _, _ := strings.Cut(d.Name, "/"); {
	case id == "mbr-signature-missing":
		if err == nil {
			t.Errorf("sfdisk sees %v", after)
		}
	case strings.HasPrefix(id, "active-") && !strings.Contains(d.Name, "unused-slot"), id == "partition-hidden", id == "partition-overlap",
		id == "dynamic-disk", id == "storage-spaces", id == "gpt-slot-gap", id == "esp-type-wrong":
		if err != nil || slices.Equal(before, after) {
			t.Errorf("sfdisk sees %v, %v; it saw %v", after, err, before)
		}
	case d.Name == "gpt-backup-damaged/grown-disk", d.Name == "protective-mbr-wrong/hybrid":
		if err != nil || !slices.Equal(before, after) {
			t.Errorf("sfdisk sees %v, %v; want what it saw, %v", after, err, before)
		}
	case strings.HasPrefix(id, "gpt-"), id == "protective-mbr-wrong":
		if oracle.GPT(image) == nil {
			t.Error("sgdisk -v finds no fault")
		}
	case id == "vbr-hidden-sectors", id == "vbr-geometry":
		out, err := exec.Command("file", "-s", oracle.Volume(t, image, g.Partition(1))).CombinedOutput()
		want := map[string]string{"vbr-hidden-sectors": "hidden sectors 7777", "vbr-geometry": "heads 240"}[id]
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("file: %s, %v; want %s", out, err, want)
		}
	default:
		diff, err := sparse.Diff(sound, image, 100)
		if err != nil || len(diff) == 0 {
			t.Errorf("nothing changed: %v", err)
		}
	}
}
