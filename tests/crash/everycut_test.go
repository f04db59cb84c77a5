package crash

import (
	"errors"
	"math/rand"
	"os"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// meter opens disks whose writes it counts, all together.
type meter struct {
	writes  int
	flushes []int // how many writes there were before each
}

type metered struct {
	repair.Target
	m *meter
}

func (m *meter) open(path string) (repair.Target, error) {
	d, err := repair.OpenDisk(path)
	return metered{d, m}, err
}

func (d metered) WriteAt(p []byte, off int64) (int, error) {
	d.m.writes++
	return d.Target.WriteAt(p, off)
}

func (d metered) Flush() error {
	d.m.flushes = append(d.m.flushes, d.m.writes)
	return d.Target.Flush()
}

// stride is how many of the places at flushes share one cut outside a campaign.
const stride = 4

// cuts are numbers of writes after which the power fails: all of them in a
// campaign. Else they are some of the last before a flush and of the first
// behind it, where one state of the journal gives way to the next, spread from
// the first to the last, and two anywhere. Another repair gets others.
func (m *meter) cuts(rnd *rand.Rand) []int {
	all := rnd.Perm(m.writes)
	if !campaign() {
		var near []int
		for _, n := range m.flushes {
			near = append(near, n, n+1)
		}
		slices.Sort(near)
		near = slices.DeleteFunc(slices.Compact(near), func(n int) bool { return n >= m.writes })
		all = all[:min(2, len(all))]
		for i := rnd.Intn(stride); i < len(near); i += stride {
			all = append(all, near[i])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// cutting is a repair of a guest that is cut at many places.
type cutting struct {
	guest  *guests.Guest
	before string                                        // its image, "": as the guest is built
	plan   func(t *testing.T, image string) *repair.Plan // the same each time
	dirty  bool                                          // foreign tools reject the image before
}

const cutSeed = 20261126

// cutRandom chooses the places of a test.
func cutRandom(t *testing.T) *rand.Rand {
	t.Helper()
	t.Logf("seed %d", cutSeed)
	return rand.New(rand.NewSource(cutSeed))
}

// run cuts, recovers and compares: recovery must give the disk before or after,
// byte for byte. It counts how that ended.
func (c cutting) run(t *testing.T, rnd *rand.Rand, ends map[string]int) {
	t.Helper()
	before := c.before
	if before == "" {
		before = c.guest.Build(t)
	}
	after := copyOf(t, before, "cut.img")
	var m meter
	if _, err := c.plan(t, after).Commit(t.Context(), m.open); err != nil {
		t.Fatal(err)
	}
	judge(t, c.guest, after)
	if compare(t, after, before, after) != "after" {
		t.Fatal("the repair changes nothing")
	}
	places := m.cuts(rnd)
	t.Logf("%d writes, %d flushes, cut after %v", m.writes, len(m.flushes), places)
	hashes := [2]string{hashOf(t, before), hashOf(t, after)}
	for i, n := range places {
		image := copyOf(t, before, "cut.img")
		if _, err := c.plan(t, image).Commit(t.Context(), damage.OpenWithPower(n)); !errors.Is(err, damage.ErrPower) {
			t.Fatalf("cut after %d of %d writes: %v", n, m.writes, err)
		}
		recoverImage(t, image)
		end := ending(t, image, before, hashes)
		if i%3 == 0 && (end == "after" || !c.dirty) {
			judge(t, c.guest, image) // slow, and the hash says as much
		}
		ends[end]++
		os.Remove(image)
	}
}

// ended fails unless both endings were met, and enough of them; a campaign has
// more than a hundred.
func ended(t *testing.T, ends map[string]int, least int) {
	t.Helper()
	if campaign() {
		least = 100
	}
	cuts := ends["before"] + ends["after"]
	t.Logf("%d cuts tried, after recovery %v", cuts, ends)
	if cuts < least || ends["before"] == 0 || ends["after"] == 0 {
		t.Error("too few, or never one of the two")
	}
}

func hashOf(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// compare says what the image is like: "before", "after" or, which is an error,
// "neither".
func compare(t *testing.T, image, before, after string) string {
	t.Helper()
	return ending(t, image, before, [2]string{hashOf(t, before), hashOf(t, after)})
}

// ending is compare with the hashes of the two.
func ending(t *testing.T, image, before string, hashes [2]string) string {
	t.Helper()
	switch hashOf(t, image) {
	case hashes[0]:
		return "before"
	case hashes[1]:
		return "after"
	}
	diff, err := sparse.Diff(image, before, 20)
	t.Errorf("after recovery the disk is neither as before nor as after: %#x, %v", diff, err)
	return "neither"
}

// examined is the disk as it is, open until the test ends, and what is wrong with it.
func examined(t *testing.T, image string) (*inspect.Patient, []condition.Finding) {
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
	return p, findings
}
