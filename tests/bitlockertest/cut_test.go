package bitlockertest

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/session"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// counted counts the writes to a disk.
type counted struct {
	repair.Target
	writes *int
}

func (c counted) WriteAt(p []byte, off int64) (int, error) {
	*c.writes++
	return c.Target.WriteAt(p, off)
}

// planFor plans the repair of an encrypted disk, the same each time.
func planFor(t *testing.T, image string, g *guests.Guest) *repair.Plan {
	t.Helper()
	s, err := session.Open(session.Place{Profile: g.Broken[0].Machine, Disks: []string{image}, Keys: []string{Password}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	r, err := s.Examine(t.Context(), session.Wish{Command: "plan", Options: repair.Options{
		Stamp: repair.Stamp{ID: [16]byte{7}, Time: time.Unix(1e9, 0).UTC()}}})
	if err != nil || r.Err != nil || r.Plan.Empty() {
		t.Fatalf("%v, %v", err, r)
	}
	return r.Plan
}

// TestPowerCut: whenever the power fails while an encrypted volume is repaired, who has
// no key leaves the disk alone, and who has it gets the disk before or after. No clear
// text lies outside of the volume, nor encrypted sectors elsewhere that were not.
func TestPowerCut(t *testing.T) {
	const seed = 20261126
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	image, g := encrypted(t)
	// The bundle has the name of the disk.
	before, after := image+".before", filepath.Join(t.TempDir(), filepath.Base(image))
	for _, copied := range []string{before, after} {
		if err := sparse.CopyFile(copied, image); err != nil {
			t.Fatal(err)
		}
	}
	writes := 0
	if _, err := planFor(t, after, g).Commit(t.Context(), func(path string) (repair.Target, error) {
		target, err := repair.OpenDisk(path)
		return counted{target, &writes}, err
	}); err != nil {
		t.Fatal(err)
	}
	startsAHCI(t, decrypted(t, after, g), g)
	cuts := rnd.Perm(writes)
	if os.Getenv("BOOTMEND_CAMPAIGN") != "1" {
		cuts = cuts[:5]
	}
	secrets := newInside(t, before, after, g)
	ends := map[string]int{}
	for _, n := range cuts {
		if err := sparse.CopyFile(image, before); err != nil {
			t.Fatal(err)
		}
		if _, err := planFor(t, image, g).Commit(t.Context(), damage.OpenWithPower(n)); !errors.Is(err, damage.ErrPower) {
			t.Fatalf("cut after %d of %d writes: %v", n, writes, err)
		}
		noClearText(t, image, g, secrets)
		cut := hashOf(t, image)
		if r := bootmend.Run(t, "repair", "--yes", "--journal-on-disk", image); r.Code != command.ExitPerson {
			t.Errorf("cut after %d, without the key: %v", n, r)
		}
		if hashOf(t, image) != cut {
			t.Errorf("cut after %d: without the key the disk was written to", n)
		}
		if r := bootmend.Run(t, "recover", "--bitlocker-key", Password, image); r.Code != command.ExitOK {
			t.Errorf("cut after %d, with the key: %v", n, r)
		}
		switch hashOf(t, image) {
		case hashOf(t, before):
			ends["before"]++
		case hashOf(t, after):
			ends["after"]++
		default:
			diff, err := sparse.Diff(image, after, 20)
			t.Errorf("cut after %d: the disk is neither before nor after: %#x, %v", n, diff, err)
		}
	}
	t.Logf("%d writes, %d cuts, ended %v", writes, len(cuts), ends)
}

func hashOf(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// newInside are pieces of what is new inside of the volume, in the clear.
func newInside(t *testing.T, before, after string, g *guests.Guest) (all [][]byte) {
	t.Helper()
	a, err := os.ReadFile(decrypted(t, before, g))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(decrypted(t, after, g))
	if err != nil {
		t.Fatal(err)
	}
	for off := 0; off+sector <= len(a); off += sector {
		x, y := a[off:off+sector], b[off:off+sector]
		if bytes.Equal(x, y) {
			continue
		}
		for _, s := range [][]byte{x, y} {
			for at := 0; at < sector; at += 32 {
				if distinctBytes(s[at:at+32]) > 8 {
					all = append(all, s[at:at+32])
				}
			}
		}
	}
	if len(all) < 20 {
		t.Fatalf("%d pieces of clear text to look for", len(all))
	}
	return all
}

// noClearText looks for what is inside of the volume on the whole disk.
func noClearText(t *testing.T, image string, g *guests.Guest, secrets [][]byte) {
	t.Helper()
	disk, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	p := g.Partition(windowsPartition)
	outside := append(bytes.Clone(disk[:p.Start]), disk[p.Start+p.Size:]...)
	for _, s := range secrets {
		if bytes.Contains(outside, s) {
			t.Fatalf("%x lies outside of the volume in the clear", s)
		}
		if bytes.Contains(disk[p.Start:p.Start+p.Size], s) {
			t.Fatalf("%x lies in the volume in the clear", s)
		}
	}
}
