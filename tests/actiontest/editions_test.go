package actiontest

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestEveryWindows: what every Windows has, on each of the support table: it is done,
// found to be done, and taken back; what a Windows has not is refused.
func TestEveryWindows(t *testing.T) {
	all, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	done, refused := 0, 0
	for i, e := range all {
		if !campaign && i%5 != 0 {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			g, err := e.Guest()
			if err != nil {
				t.Fatal(err)
			}
			p := patient{g, g.Build(t)}
			before := p.state(t)
			asks := []string{"autoreboot=off", "crash-dump=on", "last-known-good", "safe-mode=network"}
			hash := p.hash(t)
			for _, ask := range asks {
				r := built.Run(t, "repair", "--yes", "--json", "--action", ask, p.image)
				var d document
				r.Decode(t, &d)
				switch {
				case r.Code == command.ExitPerson && strings.Contains(d.Error, ask[:4]) && p.hash(t) == hash:
					refused++
				case r.Code == command.ExitOK && d.Actions[0].State == "nothing-to-do" && p.hash(t) == hash:
				case r.Code == command.ExitOK && d.Actions[0].State == "done":
					if d := p.ask(t, command.ExitOK, ask); d.Actions[0].State != "nothing-to-do" {
						t.Errorf("%s the second time: %+v", ask, d.Actions)
					}
					p.undo(t)
					if got := p.state(t); !slices.Equal(got, before) {
						gone, added := oracle.RegChanges(before, got)
						t.Errorf("%s, undo: gone %q, added %q", ask, gone, added)
					}
					hash = p.hash(t)
					done++
				default:
					t.Errorf("%v", r)
				}
			}
		})
	}
	t.Logf("%d done and taken back, %d refused", done, refused)
	if done == 0 {
		t.Error("nothing was done")
	}
}
