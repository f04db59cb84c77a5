package injecttest

import (
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// controllers are those of all machine profiles, each once.
func controllers(t testing.TB) []machine.Controller {
	t.Helper()
	var all []machine.Controller
	seen := map[string]bool{}
	for _, name := range machine.ProfileNames() {
		for _, c := range profile(t, name).Controllers {
			if c.Bus != machine.USB && !seen[c.ID()] {
				seen[c.ID()] = true
				all = append(all, c)
			}
		}
	}
	return all
}

// TestPrepareForAll prepares each Windows of the support table for the
// controllers of all machines at once, with virtio-win and VMware's package at
// hand. Each of them starts afterwards or is refused with a sentence that says
// what to provide; the second time there is nothing to do; what hivexregedit sees
// is what was meant.
func TestPrepareForAll(t *testing.T) {
	editions, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		if !prepared(e.Name) {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			g, err := e.Guest()
			if err != nil {
				t.Fatal(err)
			}
			media := []source.Tree{from(t, "virtio", nil), from(t, "vmware", nil)}
			image, all := g.Build(t), controllers(t)
			here := machineOf(pci(t, "8086:7010:010180")) // of no known hypervisor
			p, w := open(t, image, here)
			p.Media = media
			steps, notes, _ := inject.Prepare(p, w, all)
			want := meant(w, steps)
			before := export(t, g, image)
			if len(steps) > 0 {
				commit(t, p, steps)
			}
			gone, added := oracle.RegChanges(before, export(t, g, image))
			if len(gone) > len(replaced(steps)) || len(without(want, added)) > 0 || len(without(added, append(want, keysOf(want)...))) > 0 {
				t.Errorf("gone %q; meant %q; not meant %q", gone, without(want, added), without(added, append(want, keysOf(want)...)))
			}

			p, w = open(t, image, here)
			p.Media = media
			served := 0
			for _, c := range all {
				by, err := inject.Starts(w, c)
				need := needOf(notes, c)
				switch {
				case err != nil:
					t.Errorf("%s: %v", c, err)
				case by == "" && need == nil:
					t.Errorf("%s neither starts nor is refused: %+v", c, notesOf(notes, c))
				case by != "" && need != nil:
					t.Errorf("%s starts by %s and is refused: %v", c, by, need)
				case need != nil && !need.Advice.None && !strings.Contains(need.Provide(), "rovide"), need != nil && len(need.Provide()) < 40:
					t.Errorf("%s: %s", c, need.Provide())
				case by != "":
					served++
				}
			}
			again, _, _ := inject.Prepare(p, w, all)
			if len(again) > 0 {
				t.Errorf("again %d steps:\n%s", len(again), render(t, w, again))
			}
			t.Logf("%d steps; %d of %d controllers start", len(steps), served, len(all))
		})
	}
}

// prepared: the ordinary test takes one Windows of each kind.
func prepared(name string) bool {
	switch name {
	case "nt4-x86", "xp-x86", "7-x86", "2025":
		return true
	}
	return os.Getenv("BOOTMEND_CAMPAIGN") != ""
}

func notesOf(notes []inject.Note, c machine.Controller) []inject.Note {
	var all []inject.Note
	for _, n := range notes {
		if n.Controller.ID() == c.ID() {
			all = append(all, n)
		}
	}
	return all
}

func needOf(notes []inject.Note, c machine.Controller) *inject.NeedError {
	for _, n := range notesOf(notes, c) {
		if n.Need != nil {
			return n.Need
		}
	}
	return nil
}

// replaced are the values that had other data before.
func replaced(steps []step.Step) []step.SetValue {
	var all []step.SetValue
	for _, s := range steps {
		if v, ok := s.(step.SetValue); ok && v.Old != nil {
			all = append(all, v)
		}
	}
	return all
}
