package actiontest

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestShown: what a person reads before and after, and without a terminal nothing is
// written unless --yes says so.
func TestShown(t *testing.T) {
	p := newPatient(t, "winxp-x86", withCrashControl)
	hash := p.hash(t)
	says := func(code int, words []string, args ...string) {
		t.Helper()
		r := built.Run(t, append(args, p.image)...)
		text := strings.Join(strings.Fields(r.Stdout+r.Stderr), " ")
		for _, w := range words {
			if r.Code != code || !strings.Contains(text, w) {
				t.Errorf("want exit %d and %q: %v", code, w, r)
			}
		}
	}
	says(command.ExitRepairable, []string{"PLAN to start Microsoft Windows XP", "NOTE Windows starts in safe mode every time", `replace \boot.ini`, "PROOF", "RESULT can be done, nothing was written"},
		"plan", "--action", "safe-mode=on")
	says(command.ExitUsage, []string{"--yes is required"}, "repair", "--action", "safe-mode=on")
	if p.hash(t) != hash {
		t.Fatal("the disk has changed")
	}
	says(command.ExitOK, []string{"RESULT done and verified", "bootmend undo "}, "repair", "--yes", "--action", "safe-mode=on")
	says(command.ExitOK, []string{"nothing to do: it is so already", "RESULT nothing to change, nothing was written"}, "repair", "--yes", "--action", "safe-mode=on")
	says(command.ExitPerson, []string{"RESULT disable-driver: disk of Microsoft", "is not disabled", "the disk is as it was"}, "repair", "--yes", "--action", "disable-driver=disk")
	says(command.ExitOK, []string{"start Microsoft Windows XP"}, "undo", "--list")
}

// TestBlocked: what forbids a repair forbids an action.
func TestBlocked(t *testing.T) {
	hibernated := func(g *guests.Guest) *guests.Guest {
		number, _ := g.SystemHive()
		return g.With(number, guests.Entry{Kind: guests.File, Path: `\hiberfil.sys`, Data: []byte("hibr" + strings.Repeat("\x00", 8192))})
	}
	p := newPatient(t, "win7-x64", hibernated)
	hash := p.hash(t)
	if d := p.ask(t, command.ExitPerson, "autoreboot=off"); !strings.Contains(d.Error, "hibernated") || p.hash(t) != hash {
		t.Errorf("%+v", d)
	}
	if d := p.ask(t, command.ExitPerson, "safe-mode=on"); !strings.Contains(d.Error, "hibernated") || p.hash(t) != hash {
		t.Errorf("%+v", d)
	}
}

// TestOnVolume: with journal and undo bundle on the disk itself, as in the rescue
// image, on NTFS and on FAT32.
func TestOnVolume(t *testing.T) {
	fat := func(g *guests.Guest) *guests.Guest {
		g.Parts[0].FS, g.Parts[0].Type, g.Name = "vfat", "0c", "winxp-fat32"
		return g
	}
	for _, tt := range []struct {
		guest   string
		change  func(*guests.Guest) *guests.Guest
		actions []string
	}{
		{"winxp-x86", fat, []string{"safe-mode=on", "autoreboot=off"}},
		{"win10-x64", withCrashControl, []string{"safe-mode=on", "crash-dump=on", "enable-driver=storahci"}},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, tt.guest, tt.change)
			before := p.state(t)
			args := []string{"repair", "--yes", "--journal-on-disk", p.image}
			for _, a := range tt.actions {
				args = append(args, "--action", a)
			}
			d := want(t, command.ExitOK, args...)
			if gone, added := oracle.RegChanges(before, p.state(t)); len(gone)+len(added) < 3 {
				t.Errorf("gone %q, added %q", gone, added)
			}
			if r := built.Run(t, "undo", "--yes", "--journal-on-disk", d.Result.UndoID, p.image); r.Code != command.ExitOK {
				t.Fatal(r)
			}
			if got := p.state(t); !slices.Equal(got, before) {
				gone, added := oracle.RegChanges(before, got)
				t.Errorf("undo: gone %q, added %q", gone, added)
			}
			p.nothingBeside(t)
		})
	}
}
