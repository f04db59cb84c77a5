package engine

import (
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestHealthyDiskGetsNoWrite is the first promise: not one byte.
func TestHealthyDiskGetsNoWrite(t *testing.T) {
	n := 0
	for _, name := range guests.Names() {
		g := guests.MustLoad(t, name)
		for _, h := range g.Healthy {
			n++
			t.Run(name+"/"+h.Machine, func(t *testing.T) {
				t.Parallel()
				staysHealthy(t, g.Build(t), h.Machine)
			})
		}
	}
	if n < 6 {
		t.Errorf("only %d healthy pairs of guest and machine", n)
	}
}

// TestLookAlikes: what resembles damage and is none.
func TestLookAlikes(t *testing.T) {
	for _, d := range damage.All() {
		if !d.Harmless {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			image, g := d.Build(t)
			staysHealthy(t, image, g.Healthy[0].Machine)
		})
	}
}

func staysHealthy(t *testing.T, image, machine string) {
	t.Helper()
	before := hash(t, image)
	for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
		d := want(t, command.ExitOK, append(args, "--machine", machine, image)...)
		if len(d.Findings) > 0 {
			t.Errorf("%v found:\n%s", args, d.ids())
		}
		untouched(t, image, before, args[0])
	}
	r := bootmend(t, "scan", "--machine", machine, image)
	if r.Code != command.ExitOK || r.Stdout == "" {
		t.Errorf("scan in text: %v", r)
	}
}

// TestUnknownMachine: on a host the controllers of an image are not known, and
// never taken to be the host's.
func TestUnknownMachine(t *testing.T) {
	for _, name := range []string{"winxp-x86", "win7-x64", "win10-x64"} {
		t.Run(name, func(t *testing.T) {
			image := guests.MustLoad(t, name).Build(t)
			before := hash(t, image)
			for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
				d := want(t, command.ExitPerson, append(args, image)...)
				found := d.find("storage-driver-disabled")
				if len(found) != 1 || found[0].Result != "unknown" || found[0].Advice == "" {
					t.Errorf("%v: want storage-driver-disabled unknown, with advice:\n%s", args, d.ids())
				}
				if d.Machine != nil || d.Disks[0].Controller != nil {
					t.Errorf("%v: machine %+v, controller %+v; want unknown", args, d.Machine, d.Disks[0].Controller)
				}
				untouched(t, image, before, args[0])
			}
		})
	}
}
