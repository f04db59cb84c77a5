package pairs

import (
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// fault is one or two damages on a guest.
type fault struct {
	guest   *guests.Guest
	damages []damage.Damage
}

func (f fault) String() string {
	names := []string{f.guest.Name}
	for _, d := range f.damages {
		names = append(names, d.Name)
	}
	return strings.Join(names, " + ")
}

// machine is the one that the damages show on, else one that the guest is
// healthy on.
func (f fault) machine() string {
	for _, d := range f.damages {
		if d.Machine != "" {
			return d.Machine
		}
	}
	return f.guest.Healthy[0].Machine
}

// faults are all single ones and all pairs, and how many damages are not
// combined with others, and why.
func faults(t *testing.T) (singles, pairs []fault, left map[string]int) {
	left = map[string]int{}
	for _, d := range damage.All() {
		if why := unfit(d); why != "" {
			left[why]++
		}
	}
	for _, name := range slices.Concat(guests.Names(), guests.RealNames()) {
		g := guests.MustLoad(t, name)
		if len(g.Healthy) == 0 {
			continue
		}
		var here []damage.Damage
		for _, d := range damage.All() {
			if unfit(d) == "" && d.Fits(name) {
				here = append(here, d)
				singles = append(singles, fault{g, []damage.Damage{d}})
			}
		}
		for i, a := range here {
			for _, b := range here[:i] {
				if damage.Apart(g, a, b) {
					pairs = append(pairs, fault{g, []damage.Damage{b, a}})
				}
			}
		}
	}
	return singles, pairs, left
}

// unfit says why a damage is not tried here, "" where it is.
func unfit(d damage.Damage) string {
	switch {
	case d.Harmless || d.Noted:
		return "no fault"
	case d.Clone || d.Beside != "":
		return "takes a second disk"
	case d.Replayed || d.InPlace:
		return "a log, which has a test of its own"
	case !d.Ends() && !d.Asked() && !d.Aside && !d.Blocks():
		return "ends in a way of its own"
	case len(d.Places()) == 0:
		return "does not say what it touches"
	}
	return ""
}

// enough is the time that a sample takes, and least how many it has anyway; most is
// how many of the pairs beyond those of conditions a campaign tries.
const (
	enough = 40 * time.Second
	least  = 12
	most   = 3000
	seed   = 20
)

func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") == "1" }

func TestSingles(t *testing.T) {
	singles, _, left := faults(t)
	t.Logf("%d single faults; not among them: %v", len(singles), left)
	try(t, singles, enough/4)
}

// TestConditions tries each pair of conditions that can occur together on one guest
// for each of the two boot loaders, NTLDR and its successor.
func TestConditions(t *testing.T) {
	_, pairs, _ := faults(t)
	first, _ := byConditions(pairs)
	try(t, first, enough/2)
}

// TestPairs tries the other pairs of damages: the same conditions in other ways and on
// other guests. There are tens of thousands; a campaign takes a part of them, and all
// with BOOTMEND_PAIRS=all.
func TestPairs(t *testing.T) {
	_, pairs, _ := faults(t)
	if len(pairs) < 100 {
		t.Errorf("only %d pairs", len(pairs))
	}
	_, rest := byConditions(pairs)
	if campaign() && os.Getenv("BOOTMEND_PAIRS") != "all" && len(rest) > most {
		t.Logf("%d of %d pairs", most, len(rest))
		rest = shuffled(rest)[:most]
	}
	try(t, rest, enough/2)
}

func shuffled(all []fault) []fault {
	all = slices.Clone(all)
	rand.New(rand.NewPCG(seed, seed)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// try repairs all faults, or of a shuffled list as many as the time allows.
func try(t *testing.T, all []fault, limit time.Duration) {
	t.Helper()
	if !campaign() {
		all = shuffled(all)
	}
	started, end := 0, time.Now().Add(limit)
	var mutex sync.Mutex
	tried, guestsTried := 0, map[string]int{}
	t.Cleanup(func() { // after those that run side by side
		t.Logf("%d of %d faults tried, on %d guests: %v (seed %d)", tried, len(all), len(guestsTried), guestsTried, seed)
	})
	for _, f := range all {
		if started++; !campaign() && started > least && time.Now().After(end) {
			break
		}
		t.Run(f.String(), func(t *testing.T) {
			if campaign() {
				t.Parallel()
			}
			mutex.Lock()
			tried++
			guestsTried[f.guest.Name]++
			mutex.Unlock()
			defer func() { // one that cannot be built must not end the others
				if r := recover(); r != nil {
					t.Errorf("panic: %v\n%s", r, debug.Stack())
				}
			}()
			repaired(t, f)
		})
	}
}
