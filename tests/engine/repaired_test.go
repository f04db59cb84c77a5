package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestDamageIsRepaired takes every damage that a repair ends through the whole
// path: found, planned, repaired, found no more, taken back. Foreign tools say
// what changed on the disk and in the registry. BOOTMEND_CAMPAIGN=1 takes all of
// them, otherwise the first two of each finding.
func TestDamageIsRepaired(t *testing.T) {
	n, all, of := 0, 0, map[string]int{}
	for _, d := range damage.All() {
		if !d.Repaired {
			continue
		}
		all++
		if of[d.Finding]++; of[d.Finding] > 2 && os.Getenv("BOOTMEND_CAMPAIGN") == "" {
			continue
		}
		n++
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			repaired(t, d)
		})
	}
	t.Logf("%d of %d damages", n, all)
}

func repaired(t *testing.T, d damage.Damage) {
	t.Helper()
	image, g := d.Build(t)
	sound := d.Sound(t)
	machine := d.Machine
	if machine == "" {
		machine = g.Healthy[0].Machine
	}
	disks := []string{image}
	if d.Beside != "" {
		disks = append(disks, guests.MustLoad(t, d.Beside).Build(t))
	}
	disks = append([]string{"--machine", machine}, disks...)
	before, hiveBefore := treeOf(t, sound, image), systemLines(t, sound, image)
	damaged := hash(t, image)

	repair := append([]string{"repair", "--yes"}, disks...)
	if d.OnRequest {
		checkOnRequest(t, d, repair, image, damaged)
		repair = slices.Insert(repair, 1, "--only", d.Finding)
	}
	ends, stays := command.ExitOK, []finding(nil)
	if !d.OnRequest {
		doc := want(t, command.ExitRepairable, append([]string{"scan"}, disks...)...)
		checkFound(t, d, doc)
		plans := command.ExitRepairable
		if stays = doc.waiting(d); d.Aside {
			ends, plans = command.ExitPerson, command.ExitPerson
		}
		want(t, plans, append([]string{"plan"}, disks...)...)
	}
	untouched(t, image, damaged, "scan or plan")

	doc := decode(t, bootmend(t, append(repair, "--json")...))
	if doc.Result == nil || !doc.Result.Verified || !doc.Result.Committed {
		t.Fatalf("result %+v; want verified and committed: %v", doc.Result, bootmend(t, repair...))
	}
	checkRepaired(t, d, sound, image, before)
	scan := bootmend(t, append([]string{"scan", "--json"}, disks...)...)
	if left := decode(t, scan); !slices.EqualFunc(left.Findings, stays, finding.same) || (scan.Code == command.ExitOK) != (ends == command.ExitOK) {
		t.Errorf("exit %d, after the repair there is:\n%s", scan.Code, left.ids())
	}
	after := hash(t, image)
	want(t, ends, append([]string{"repair", "--yes"}, disks...)...)
	if hash(t, image) != after {
		t.Error("the second repair wrote to a healthy disk")
	}
	want(t, command.ExitOK, append([]string{"undo", "--yes"}, disks[2:]...)...)
	if gone, added := oracle.RegChanges(hiveBefore, systemLines(t, sound, image)); len(gone)+len(added) > 0 {
		t.Errorf("taken back, the registry has lost %v and got %v", gone, added)
	}
	for _, path := range changedFiles(before, treeOf(t, sound, image)) {
		if !isSystemHive(path) { // it got new sequence numbers
			t.Errorf("taken back, %s is not what it was", path)
		}
	}
}

// checkOnRequest: without being asked for by name, nothing is written.
func checkOnRequest(t *testing.T, d damage.Damage, repair []string, image, before string) {
	t.Helper()
	for _, args := range [][]string{append([]string{"scan"}, repair[2:]...), repair} {
		r := bootmend(t, append(args, "--json")...)
		if r.Code != command.ExitOK && r.Code != command.ExitPerson && (args[0] == "repair" || r.Code != command.ExitRepairable) {
			t.Fatalf("%s: exit %d: %v", args[0], r.Code, r)
		}
		doc := decode(t, r)
		checkFound(t, d, doc)
		if f := doc.find(d.Finding); f[0].Confidence != "low" || f[0].Advice == "" {
			t.Errorf("%+v; want low confidence and advice", f[0])
		}
		untouched(t, image, before, args[0])
	}
}

// checkFound: there is one finding, or one for each of several subjects.
func checkFound(t *testing.T, d damage.Damage, doc document) {
	t.Helper()
	found, subjects := doc.find(d.Finding), map[string]bool{}
	for _, f := range found {
		subjects[strings.ToLower(f.Subject)] = true
		if f.Result != "present" || !f.Fixable || f.Summary == "" || len(f.Evidence) == 0 {
			t.Errorf("finding %+v; want present, fixable, a summary, evidence", f)
		}
	}
	if len(found) == 0 || len(subjects) < len(found) {
		t.Fatalf("want %s:\n%s", d.Finding, doc.ids())
	}
	for _, other := range doc.Findings {
		if other.ID != d.Finding && other.Result == "present" {
			t.Logf("beside it: %s: %s", other.ID, other.Summary)
		}
	}
}

// waiting are the findings of a damage with several of which some are not repaired
// without being asked for: no faults, or those of a person (Aside).
func (d document) waiting(of damage.Damage) (all []finding) {
	found := d.find(of.Finding)
	for _, f := range found {
		if len(found) > 1 && f.Confidence == "low" && (f.Severity == "info" || of.Aside) {
			all = append(all, f)
		}
	}
	return all
}

// same reports whether it is one finding in two scans.
func (f finding) same(other finding) bool { return f.ID == other.ID && f.Subject == other.Subject }

// checkRepaired: what changed on the volume and in the registry is what was to
// change, and the volume is sound.
func checkRepaired(t *testing.T, d damage.Damage, sound *guests.Guest, image string, before map[string]string) {
	t.Helper()
	n, _ := sound.SystemHive()
	volume := oracle.Volume(t, image, sound.Partition(n))
	if err := oracle.NTFSStructure(volume); err != nil {
		t.Errorf("after the repair: %v", err)
	}
	os.Remove(volume)
	for _, path := range changedFiles(before, treeOf(t, sound, image)) {
		if !isSystemHive(path) && !slices.ContainsFunc(d.Files, func(f string) bool { return strings.EqualFold(f, path) }) {
			t.Errorf("the repair changed %s", path)
		}
	}
	gone, added := oracle.RegChanges(systemLines(t, sound, sound.Build(t)), systemLines(t, sound, image))
	if len(gone) > 0 {
		t.Errorf("a sound SYSTEM has besides: %v", gone)
	}
	for _, line := range added {
		if strings.HasSuffix(line, `\`) {
			continue // a key
		}
		if !slices.ContainsFunc(d.Rest, func(end string) bool { return strings.HasSuffix(line, end) }) {
			t.Errorf("a sound SYSTEM does not have %s", line)
		}
	}
	for _, end := range d.Rest {
		if !slices.ContainsFunc(added, func(line string) bool { return strings.HasSuffix(line, end) }) {
			t.Errorf("nothing that ends in %s: %v", end, added)
		}
	}
}

func isSystemHive(path string) bool {
	return strings.EqualFold(path, "./windows/system32/config/system")
}

// systemLines is the SYSTEM hive as hivexregedit exports it, nil where there is
// none that it can read.
func systemLines(t *testing.T, g *guests.Guest, image string) []string {
	t.Helper()
	n, e := g.SystemHive()
	volume := oracle.Volume(t, image, g.Partition(n))
	defer os.Remove(volume)
	data, err := oracle.NTFSFile(volume, e.Path)
	if err != nil { // a hive that was put in place has the name in capitals
		at := strings.LastIndex(e.Path, `\`)
		data, err = oracle.NTFSFile(volume, e.Path[:at]+strings.ToUpper(e.Path[at:]))
	}
	if err != nil {
		return nil
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, data))
	if err != nil {
		return nil
	}
	return lines
}

// treeOf lists the files of the volume with Windows, with their hashes, through
// ntfs-3g; undo bundles are left out.
func treeOf(t *testing.T, g *guests.Guest, image string) map[string]string {
	t.Helper()
	n, _ := g.SystemHive()
	volume := oracle.Volume(t, image, g.Partition(n))
	defer os.Remove(volume)
	list := filepath.Join(t.TempDir(), "list")
	if err := guests.WithNTFS(volume, `find . -path ./bootmend -prune -o -type f -exec sha256sum {} + > "$1"`, list); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, path, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatal(fmt.Errorf("sha256sum says %q", line))
		}
		all[path] = sum
	}
	return all
}

// changedFiles lists what is in one of the trees only or differs.
func changedFiles(a, b map[string]string) []string {
	var all []string
	for path, sum := range a {
		if b[path] != sum {
			all = append(all, path)
		}
	}
	for path := range b {
		if _, ok := a[path]; !ok {
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return all
}
