package bcdtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// secondWindows gives a guest with XP and 7 a further 7 in another folder of the
// partition of 7.
func secondWindows(t *testing.T, g *guests.Guest) *guests.Guest {
	t.Helper()
	number, _ := g.Find(0, `\Windows\System32\winload.exe`)
	for _, e := range slices.Clone(g.Partition(number).Entries) {
		if below, ok := strings.CutPrefix(e.Path, `\Windows\`); ok {
			e.Path = `\Windows.2\` + below
			g = g.With(number, e)
		}
	}
	return g
}

// TestRebuildOnDisk makes the store of a disk anew, named as a whole, by partition and by
// Windows: several Windows and an entry for ntldr are in it, as hivexregedit reads
// it; asked for again nothing is written; undo brings back the old one. What was typed for a file is
// refused.
func TestRebuildOnDisk(t *testing.T) {
	t.Parallel()
	g := secondWindows(t, guests.MustLoad(t, "dual-boot"))
	image, system := g.Build(t), g.Partition(1)
	old := onDisk(t, image, system, `\Boot\BCD`)
	rebuild := func(code int, args ...string) (d struct {
		objects
		Notes []string
	}) {
		t.Helper()
		document(t, code, &d, append([]string{"rebuild", "--yes"}, args...)...)
		return d
	}
	for i, args := range [][]string{{image}, {image + `:1:\Boot\BCD`}, {"w3:", "--disk", image}} {
		want(t, command.ExitOK, "nothing was written", append([]string{"rebuild", "--dry-run"}, args...)...)
		if gone, added := oracle.RegChanges(old, onDisk(t, image, system, `\Boot\BCD`)); len(gone)+len(added) > 0 {
			t.Fatalf("a dry run wrote %q %q", gone, added)
		}
		d := rebuild(command.ExitOK, args...)
		if !d.Change.Written || len(d.Notes) == 0 {
			t.Fatalf("%q: %+v, notes %q", args, d.Change, d.Notes)
		}
		if i == 0 {
			checkRebuilt(t, g, onDisk(t, image, system, `\Boot\BCD`))
		}
		if d := rebuild(command.ExitOK, args...); d.Change.Changed {
			t.Errorf("%q: asked for again it wrote: %+v", args, d.Change)
		}
		if r := bootmend(t, "undo", "--yes", image); r.Code != command.ExitOK {
			t.Fatal(r)
		}
		if gone, added := oracle.RegChanges(old, onDisk(t, image, system, `\Boot\BCD`)); len(gone)+len(added) > 0 {
			t.Errorf("%q: taken back, gone %.300q, added %.300q", args, gone, added)
		}
	}
	want(t, command.ExitUsage, "found out", "rebuild", "--yes", image+":1:", "--firmware", "bios")
	want(t, command.ExitUsage, "is a disk and no store", "rebuild", "--yes", image, "--firmware", "bios", "--windows", "6.1.7601", "--system", "mbr:1:512", "--os", "mbr:1:512")
	want(t, command.ExitUsage, "--yes", "rebuild", image)
	want(t, command.ExitUsage, `is \Boot\BCD`, "rebuild", "--yes", image+`:1:\EFI\Microsoft\Boot\BCD`)
	want(t, command.ExitError, "no Windows from Vista on", "rebuild", "--yes", image+":2:")
	want(t, command.ExitPerson, "boot.ini", "rebuild", "--yes", "w1:", "--disk", image)
}

// checkRebuilt looks for the entries of both 7 and of ntldr.
func checkRebuilt(t *testing.T, g *guests.Guest, lines []string) {
	t.Helper()
	number, _ := g.Find(0, `\Windows\System32\winload.exe`)
	windows := strings.TrimPrefix(g.Device(number), "hex:")
	count := func(end string) (n int) {
		for _, l := range lines {
			if strings.HasSuffix(l, end) {
				n++
			}
		}
		return n
	}
	for end, n := range map[string]int{
		`\Elements\21000001\"Element"=hex(3):` + windows:                                                                       4, // loader and resume object of each
		`{466f5a88-0af2-4f76-9038-095b170dc21c}\Elements\11000001\"Element"=hex(3):` + strings.TrimPrefix(g.Device(1), "hex:"): 1,
	} {
		if got := count(end); got != n {
			t.Errorf("%d elements %s, want %d:\n%s", got, end, n, strings.Join(lines, "\n"))
		}
	}
	for _, root := range []string{`\Windows`, `\Windows.2`} {
		var text []string
		for _, c := range root + "\x00" {
			text = append(text, fmt.Sprintf("%02x,00", c))
		}
		if end := `\Elements\22000002\"Element"=hex(1):` + strings.Join(text, ","); count(end) != 1 {
			t.Errorf("no loader for %s:\n%s", root, strings.Join(lines, "\n"))
		}
	}
}
