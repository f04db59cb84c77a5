package damage

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

// Damage is one way to break a disk with a Windows on it.
type Damage struct {
	// Name is unique: the finding, and which way where there are several.
	Name string
	// Finding is the ID that the engine must report.
	Finding string
	// Harmless marks look-alikes: a disk that was "damaged" in this way is
	// healthy and must be treated as such.
	Harmless bool
	// Aside marks damage that keeps nothing else from being repaired: no
	// blocker, just one more fault. With Repaired, a repair ends a part of it, and one
	// finding stays for a person.
	Aside bool
	// Mended marks damage that a repair takes back to the byte, because there is
	// a copy that says what belongs there.
	Mended bool
	// Fixed marks damage of files that a repair ends, though not back to the byte:
	// what was lost has to be made or taken from elsewhere.
	Fixed bool
	// Injected marks damage that a repair ends by putting a driver in its place, or
	// by giving it its device: the registry then has more than the sound guest's.
	Injected bool
	// Replayed marks a log that is understood: it is carried out, and nothing is
	// kept from being repaired.
	Replayed bool
	// InPlace marks a log that is not understood and says nothing of the SYSTEM
	// hive, which can be repaired where it lies.
	InPlace bool
	// Table marks damage of partition tables and boot sectors that a repair ends:
	// the scan is clean afterwards, and undo takes it back.
	Table bool
	// Noted marks a state that is shown and is no fault: nothing is repaired.
	Noted bool
	// Clone marks what takes a second disk: one of the same identity.
	Clone bool
	// Apart marks what a disk alone does not show: what is in the variables of the
	// machine's firmware, what a key opens. The disk is sound, and the tests that bring
	// the rest (tests/engine/efivars_test.go, tests/bitlockertest) have the damage.
	Apart bool
	// Repaired marks damage that a repair ends, though not to the byte. Rest are
	// the ends of the lines that the registry then has besides those of the sound
	// guest: a service that was turned off stays.
	Repaired bool
	Rest     []string
	// NotReal marks damage whose sources are made for the synthetic guests: beside real
	// hives they prove no version, or are too old, and nothing is taken.
	NotReal bool
	// OnRequest marks damage that is repaired only when a person names it.
	OnRequest bool
	// Files are the paths of files that the repair may change besides the SYSTEM
	// hive, as a foreign tool lists them: "./Windows/System32/x".
	Files []string
	// Beside is a guest whose disk is attached, too.
	Beside string
	// Machine is the profile on which the damage shows; "" where every one
	// shows it.
	Machine string
	// Guest is the description to start from; Guests are others that it works on.
	Guest  string
	Guests []string
	// Touches are the places that the damage changes or hides. Damages of one
	// guest that touch different places can occur together; those that say nothing
	// are not combined.
	Touches []Place

	// base is what the sound guest has besides its description.
	base     func(*guests.Guest) *guests.Guest
	describe func(*guests.Guest) *guests.Guest
	image    func(target) error
	log      *logged // instead of image: a power failure
}

// LeftAlone reports whether a repair must leave the disk as it is: the fault is
// named, and no step ends it.
func (d Damage) LeftAlone() bool {
	ended := d.Repaired || d.Mended || d.Fixed || d.Injected || d.Table || d.Replayed || d.InPlace ||
		d.Finding == "storage-driver-disabled" || d.Finding == "journal-open"
	return !ended && !d.Harmless && !d.Noted && !d.Clone && !d.Apart
}

// target is where an image is damaged: the partition with Windows on it, or
// the first one that has a file system.
type target struct {
	image string
	guest *guests.Guest
	part  guests.Partition
}

// Build gives the test a private image of the guest with the damage done to
// it, and the guest.
func (d Damage) Build(tb testing.TB) (image string, g *guests.Guest) {
	tb.Helper()
	return Build(tb, d.Guest, d)
}

// Build gives the test a private image of a guest with several damages.
func Build(tb testing.TB, guest string, all ...Damage) (image string, g *guests.Guest) {
	tb.Helper()
	g = guests.MustLoad(tb, guest)
	all = slices.Clone(all)
	for _, d := range all {
		if d.base != nil {
			g = d.base(g)
		}
	}
	windows, hive := g.SystemHive() // which a damage may take away
	// What takes Windows away goes last: others are described by where it is.
	slices.SortStableFunc(all, func(a, b Damage) int { return cmp.Compare(a.lastRank(), b.lastRank()) })
	for _, d := range all {
		if d.describe != nil {
			g = d.describe(g)
		}
	}
	image = build(tb, g, all)
	t := target{image: image, guest: g, part: g.Parts[0]}
	if hive != nil {
		t.part = *g.Partition(windows)
	}
	// What goes through a file system goes before what harms it.
	slices.SortStableFunc(all, func(a, b Damage) int { return cmp.Compare(a.depth(), b.depth()) })
	for _, d := range all {
		if d.image == nil && d.log != nil {
			d.image = lost(*d.log)
		}
		if d.image == nil {
			continue
		}
		if err := d.image(t); err != nil {
			tb.Fatal(fmt.Errorf("damage %s: %w", d.Name, err))
		}
	}
	return image, g
}

func (d Damage) lastRank() int {
	if d.Finding == "windows-not-found" {
		return 1
	}
	return 0
}

// build keeps what single damages make of a guest for the next time, and nothing
// of the many combinations.
func build(tb testing.TB, g *guests.Guest, all []Damage) string {
	described := 0
	for _, d := range all {
		if d.describe != nil {
			described++
		}
	}
	if described > 1 {
		return g.BuildOnce(tb)
	}
	return g.Build(tb)
}

// On is the damage on another guest that it works on.
func (d Damage) On(guest string) Damage {
	d.Guest = guest
	return d
}

// Sound is the guest without the damage.
func (d Damage) Sound(tb testing.TB) *guests.Guest {
	tb.Helper()
	g := guests.MustLoad(tb, d.Guest)
	if d.base != nil {
		g = d.base(g)
	}
	return g
}

// Find returns the damage of that name.
func Find(name string) (Damage, bool) {
	for _, d := range All() {
		if d.Name == name {
			return d, true
		}
	}
	return Damage{}, false
}
