package pairs

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// judged asks foreign tools: the table is that of the sound guest, but for what stays,
// and the file systems are in order.
func judged(t *testing.T, image string, f fault) {
	t.Helper()
	g := f.guest
	after, err := oracle.Partitions(image)
	if err != nil {
		t.Fatal(err)
	}
	lost := f.lostPartition()
	before := f.table(t)
	if lost > 0 && !g.GPT {
		before, after = withoutFlags(before), withoutFlags(after)
	}
	if !slices.Equal(before, after) {
		t.Errorf("sfdisk sees %v, on the sound guest %v", after, before)
	}
	verify := oracle.MBR
	if g.GPT {
		verify = oracle.GPT
	}
	errs := []error{verify(image)}
	for _, p := range g.Parts {
		if p.Number == lost && !f.refilled() {
			continue // it stays what it is
		}
		switch p.FS {
		case "ntfs":
			errs = append(errs, oracle.NTFSStructure(oracle.Volume(t, image, &p)))
		case "vfat", "fat16":
			errs = append(errs, oracle.FATStructure(oracle.Volume(t, image, &p)))
		}
	}
	for _, err := range errs {
		if err != nil {
			t.Error(fmt.Errorf("guest %s: %w", g.Name, err))
		}
	}
}

// table is what the repair has to leave.
func (f fault) table(t *testing.T) []string {
	t.Helper()
	for _, d := range f.damages {
		if d.Stays() && d.InSectors() {
			image, _ := d.On(f.guest.Name).Build(t)
			table, err := oracle.Partitions(image)
			if err != nil {
				t.Fatal(err)
			}
			return table
		}
	}
	return tableOf(t, f.guest)
}

// tables are those of the sound guests, by name.
var tables sync.Map

func tableOf(t *testing.T, g *guests.Guest) []string {
	t.Helper()
	if table, ok := tables.Load(g.Name); ok {
		return table.([]string)
	}
	table, err := oracle.Partitions(g.Build(t))
	if err != nil {
		t.Fatal(err)
	}
	tables.Store(g.Name, table)
	return table
}

func hash(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// undone: the fault was never found, so the repair of the other one has to have
// ended it on the way. What the damage alone changes on the guest is as the sound
// guest has it: sectors, files, values of hives.
func undone(t *testing.T, c *course, d damage.Damage) {
	t.Helper()
	d = d.On(c.guest.Name)
	g := d.Sound(t)
	sound := g.Build(t)
	alone, _ := d.Build(t)
	var left []string
	if d.InSectors() {
		sectors, err := sparse.Diff(sound, alone, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, off := range sectors {
			if sector(t, sound, off) != sector(t, c.image, off) {
				left = append(left, fmt.Sprintf("at %#x", off))
			}
		}
	} else {
		was, damaged, now := filesOf(t, sound, g), filesOf(t, alone, g), filesOf(t, c.image, g)
		readHives(was, damaged, now)
		for _, name := range changed(was, damaged) {
			if now[name].is != was[name].is {
				left = append(left, name)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("%s was never found, but %v, and it is still there: %v", d.Name, c.seen, left)
		return
	}
	t.Logf("UNSEEN %s: undone with the other fault, of which was found %v", d.Name, c.seen)
}

func sector(t *testing.T, image string, off int64) string {
	t.Helper()
	f, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, guests.SectorSize)
	if _, err := f.ReadAt(b, off); err != nil {
		t.Fatal(err)
	}
	return string(b)
}
