package engine

import (
	"os"
	"os/exec"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// mountable asks ntfs-3g whether it would mount the Windows volume for writing.
func mountable(t *testing.T, g *guests.Guest, image string) bool {
	t.Helper()
	number, _ := g.SystemHive()
	volume := oracle.Volume(t, image, g.Partition(number))
	defer os.Remove(volume)
	return exec.Command("ntfs-3g.probe", "--readwrite", volume).Run() == nil
}

func build(t *testing.T, name string) (string, *guests.Guest) {
	t.Helper()
	d, ok := damage.Find(name)
	if !ok {
		t.Fatalf("there is no damage %s", name)
	}
	return d.Build(t)
}

// TestDiscard: what only a person may throw away is kept until he says so; then
// the repair goes on, and ntfs-3g mounts what it would not mount before.
func TestDiscard(t *testing.T) {
	for _, tt := range []struct {
		damage, flag string
		code         int // with the flag
	}{
		{"hibernated", "--discard-hibernation", command.ExitOK},
		{"hibernated", "--discard-log", command.ExitPerson},
		{"ntfs-log-unclean", "--discard-log", command.ExitOK},
		{"ntfs-log-unclean", "--discard-hibernation", command.ExitPerson},
		{"ntfs-log-unclean/version-2", "--discard-log", command.ExitPerson},
	} {
		for _, home := range []string{"--journal-on-disk=false", "--journal-on-disk"} {
			t.Run(tt.damage+tt.flag+home, func(t *testing.T) {
				t.Parallel()
				image, g := build(t, tt.damage)
				machine := g.Broken[0].Machine
				before := hash(t, image)
				want(t, command.ExitPerson, "repair", "--yes", "--machine", machine, home, image)
				untouched(t, image, before, "a repair without the flag")
				if mountable(t, g, image) {
					t.Error("ntfs-3g mounts it as it is")
				}
				want(t, tt.code, "repair", "--yes", "--machine", machine, home, tt.flag, image)
				if tt.code != command.ExitOK {
					untouched(t, image, before, "the wrong flag")
					return
				}
				if !mountable(t, g, image) {
					t.Error("ntfs-3g does not mount it after the repair")
				}
				hiveOf(t, g, image) // judges the volume, too
				want(t, command.ExitOK, "scan", "--machine", machine, image)
				want(t, command.ExitOK, "undo", "--yes", home, image)
				if !mountable(t, g, image) {
					t.Error("what was thrown away is back: Windows would resume over what was done since")
				}
			})
		}
	}
}

// TestMoreCanBeRepaired: what could not be seen before is repaired by a second
// run, and the first says so.
func TestMoreCanBeRepaired(t *testing.T) {
	image, g := build(t, "ntfs-damaged/boot-sector-zero")
	machine := g.Broken[0].Machine
	d := want(t, command.ExitRepairable, "repair", "--yes", "--machine", machine, image)
	if d.Result == nil || !d.Result.Committed {
		t.Errorf("result %+v", d.Result)
	}
	want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
	want(t, command.ExitOK, "scan", "--machine", machine, image)
	if ids := undoList(t, image); len(ids) != 2 {
		t.Errorf("undo bundles: %v", ids)
	}
}

// TestDiscardOfOneVolume: a memory image that a person accepted to lose takes that of
// another Windows not with it; and while one is left, nothing is written.
func TestDiscardOfOneVolume(t *testing.T) {
	g := guests.MustLoad(t, "two-windows")
	image := g.Build(t)
	for _, number := range []int{1, 2} {
		if err := damage.InNTFS(image, *g.Partition(number), `{ printf "$1"; head -c 65532 /dev/zero; } > hiberfil.sys`, "HIBR"); err != nil {
			t.Fatal(err)
		}
	}
	dev, err := block.OpenReadOnly(image)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	m, err := machine.Profile("virtualbox-ide")
	if err != nil {
		t.Fatal(err)
	}
	p, err := inspect.Inspect(t.Context(), m, []inspect.Source{{Path: image, Dev: dev}})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := condition.Detect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, f := range findings {
		if f.ID == "hibernated" {
			keys = append(keys, f.Key())
		}
	}
	if len(keys) != 2 {
		t.Fatalf("hibernated: %q", keys)
	}
	for left, want := range map[int]int{0: 2, 1: 0, 2: 0} {
		plan, err := repair.NewPlan(t.Context(), p, findings, repair.Options{DiscardHibernation: true, Leave: keys[:left]})
		if err != nil {
			t.Fatal(err)
		}
		if lost := len(plan.Undo.Final); lost != want || plan.Empty() != (want == 0) || (len(plan.Refusals) > 0) != (want == 0) {
			t.Errorf("%d of 2 left: lost %q, empty %t, %d refusals", left, plan.Undo.Final, plan.Empty(), len(plan.Refusals))
		}
	}
}
