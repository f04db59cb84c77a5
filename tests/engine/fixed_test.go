package engine

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestDamagedFilesAreFixed: what a repair makes anew or fetches ends the fault,
// file systems stay sound, and undo brings back the disk as it was, byte for byte
// in what files hold.
func TestDamagedFilesAreFixed(t *testing.T) {
	n, all, of := 0, 0, map[string]int{}
	for _, d := range damage.All() {
		if !d.Fixed {
			continue
		}
		all++
		if of[d.Finding]++; of[d.Finding] > 2 && !campaign() {
			continue
		}
		n++
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			image, g := d.Build(t)
			machine := d.Machine
			if machine == "" {
				machine = g.Healthy[0].Machine
			}
			damaged := hash(t, image)
			doc := decode(t, bootmend(t, "scan", "--json", "--machine", machine, image))
			if !d.OnRequest { // which may be no fault at all
				doc = want(t, command.ExitRepairable, "scan", "--machine", machine, image)
			}
			found := doc.find(d.Finding)
			if len(found) != 1 || !found[0].Fixable || (found[0].Confidence != "high") != d.OnRequest || len(found[0].Evidence) == 0 || found[0].Symptom == "" {
				t.Fatalf("want %s, to be fixed with the confidence that it has, with evidence and symptom:\n%s\n%+v", d.Finding, doc.ids(), found)
			}
			if len(doc.Findings) != 1 {
				t.Errorf("want %s alone:\n%s", d.Finding, doc.ids())
			}
			untouched(t, image, damaged, "scan")
			before := files(t, image, g)
			repair := []string{"repair", "--yes", "--machine", machine, image}
			if d.OnRequest {
				checkOnRequest(t, d, repair, image, damaged)
				repair = append(repair, "--only", d.Finding)
			}
			want(t, command.ExitOK, repair...)
			sound(t, image, g)
			checkMenu(t, image, g)
			checkStore(t, d, image, g)
			repaired := hash(t, image)
			if after := want(t, command.ExitOK, "scan", "--machine", machine, image); len(after.Findings) > 0 {
				t.Errorf("findings after the repair:\n%s", after.ids())
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
			if hash(t, image) != repaired {
				t.Error("the second repair wrote")
			}
			want(t, command.ExitOK, "undo", "--yes", image)
			sound(t, image, g)
			if after := files(t, image, g); after != before {
				t.Errorf("taken back, files differ from before:\n%s\n%s", before, after)
			}
		})
	}
	t.Logf("%d of %d damages", n, all)
}

// campaign: everything is tried, not a sample.
func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") == "1" }

// sound asks foreign tools about every volume of the guest.
func sound(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	for i := range g.Parts {
		p := &g.Parts[i]
		var err error
		switch p.FS {
		case "ntfs":
			err = oracle.NTFSStructure(oracle.Volume(t, image, p))
		case "vfat", "fat16":
			err = oracle.FATStructure(oracle.Volume(t, image, p))
		}
		if err != nil {
			t.Errorf("partition %d: %v", p.Number, err)
		}
	}
}

// files lists what the root of every volume and the system folder hold, by
// foreign tools.
func files(t *testing.T, image string, g *guests.Guest) string {
	t.Helper()
	var all []string
	for i := range g.Parts {
		p := &g.Parts[i]
		if p.FS == "" {
			continue
		}
		volume := oracle.Volume(t, image, p)
		for _, e := range append(slices.Clone(p.Entries), guests.Entry{Path: `\boot.ini`}, guests.Entry{Path: `\ntldr`}) {
			if e.Kind == guests.Dir {
				continue
			}
			data, err := contentOf(volume, p, e.Path)
			if e.Kind == guests.Hive && err == nil {
				data = nil // undone value by value; the numbers of its header move on
			}
			if err != nil {
				all = append(all, e.Path+" missing")
				continue
			}
			all = append(all, e.Path+" "+sum(data))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// checkMenu reads boot.ini by a foreign tool: every line that is there ends in CR
// LF, and each multi() path leads to a partition that has a kernel in the folder
// or is nobody's.
func checkMenu(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	for i := range g.Parts {
		p := &g.Parts[i]
		if !p.Active {
			continue
		}
		data, err := readFile(t, image, p, `\boot.ini`)
		if err != nil {
			continue
		}
		text := string(data)
		if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
			t.Errorf("boot.ini has bare line feeds: %q", text)
		}
		path, _, _ := strings.Cut(text[strings.Index(strings.ToLower(text), "default=")+8:], "\r\n")
		if number := ntNumberOfWindows(g); !strings.Contains(strings.ToLower(path), "partition("+number+")") && !strings.HasPrefix(strings.ToLower(path), "c:") {
			t.Errorf("boot.ini starts %s; Windows is on partition %s:\n%s", path, number, text)
		}
	}
}

// ntNumberOfWindows counts as NT does: primaries in the order of the table, then
// logical drives; containers do not count.
func ntNumberOfWindows(g *guests.Guest) string {
	n, _ := g.SystemHive()
	number := 0
	for _, logical := range []bool{false, true} {
		for _, p := range g.Parts {
			if p.Extended() || (p.Number > 4) != logical {
				continue
			}
			number++
			if p.Number == n {
				return string(rune('0' + number))
			}
		}
	}
	return ""
}
