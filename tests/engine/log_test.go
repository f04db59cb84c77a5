package engine

import (
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/ntfslog"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// failed is a disk on which the power failed, and the same disk as ntfsrecover
// makes it from its log.
type failed struct {
	patient
	part  *guests.Partition
	whole string
}

func buildFailed(t *testing.T, d damage.Damage) failed {
	t.Helper()
	image, whole, g := d.BuildRecovered(t)
	number, _ := g.SystemHive()
	b := g.Broken[0]
	return failed{patient{image: image, guest: g, machine: b.Machine, controller: b.Controller, drivers: []string{b.Driver}, sets: b.ControlSets},
		g.Partition(number), whole}
}

// TestLogIsReplayed: a log that is understood is carried out: in memory for who
// looks, on the disk before a repair, and then the volume says what ntfsrecover
// makes it say, plus the repair.
func TestLogIsReplayed(t *testing.T) {
	n := 0
	for _, d := range damage.All() {
		if !d.Replayed {
			continue
		}
		n++
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			f := buildFailed(t, d)
			before := hash(t, f.image)
			f.looks(t, d)
			untouched(t, f.image, before, "looking")
			for _, home := range []string{"--journal-on-disk=false", "--journal-on-disk"} {
				t.Run(home, func(t *testing.T) {
					again := f
					again.image = copied(t, f.image)
					again.repairs(t, home)
				})
			}
		})
	}
	if n < 6 {
		t.Errorf("only %d logs", n)
	}
}

func copied(t *testing.T, image string) string {
	t.Helper()
	dst := t.TempDir() + "/disk.img"
	if err := sparse.CopyFile(dst, image); err != nil {
		t.Fatal(err)
	}
	return dst
}

// looks: where Windows starts the log is no fault, where it does not the fault
// alone is; what the log made or took back is seen so.
func (f failed) looks(t *testing.T, d damage.Damage) {
	t.Helper()
	healthy := f.guest.Healthy[0].Machine
	for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
		doc := want(t, command.ExitOK, append(args, "--machine", healthy, f.image)...)
		if found := doc.find(d.Finding); len(found) != 1 || len(doc.Findings) != 1 || found[0].Severity != "info" || found[0].Result != "present" || len(found[0].Evidence) == 0 {
			t.Errorf("%v: want %s alone, an information:\n%s", args, d.Finding, doc.ids())
		}
	}
	for _, args := range [][]string{{"scan"}, {"plan"}} {
		doc := want(t, command.ExitRepairable, append(args, "--machine", f.machine, f.image)...)
		checkDiagnosis(t, f.patient, doc)
		if len(doc.find(d.Finding)) != 1 || len(doc.Findings) != 2 {
			t.Errorf("%v: %s", args, doc.ids())
		}
	}
	text, err := oracle.NTFSFile(oracle.Volume(t, f.whole, f.part), damage.LoggedDir+`\`+damage.LoggedFile)
	r := bootmend(t, "fs", "cat", f.image+":"+partNumber(f.part)+":"+damage.LoggedDir+`\`+damage.LoggedFile)
	if (err == nil) != (r.Code == command.ExitOK) || r.Code == command.ExitOK && (r.Stdout != string(text) || r.Stdout != damage.LoggedText) {
		t.Errorf("others: %q, %v; %v", text, err, r)
	}
}

// repairs repairs and takes the repair back.
func (f failed) repairs(t *testing.T, home string) {
	t.Helper()
	if mountable(t, f.guest, f.image) {
		t.Error("ntfs-3g mounts it as it is")
	}
	oldHive := f.hiveIn(t, f.whole)
	args := []string{"--machine", f.machine, home, f.image}
	done := want(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
	if done.Result == nil || !done.Result.Verified || !done.Result.Committed {
		t.Errorf("result %+v", done.Result)
	}
	if !mountable(t, f.guest, f.image) {
		t.Error("ntfs-3g does not mount the repaired volume")
	}
	if err := oracle.NTFSStructure(f.volume(t)); err != nil {
		t.Error(err)
	}
	checkHive(t, f.patient, oldHive)
	if home == "--journal-on-disk=false" {
		f.onlyHive(t)
	}
	if healthy := want(t, command.ExitOK, "scan", "--machine", f.machine, f.image); len(healthy.Findings) > 0 {
		t.Errorf("after the repair:\n%s", healthy.ids())
	}
	want(t, command.ExitOK, "undo", "--yes", home, f.image)
	after, err := oracle.RegExport(f.hiveIn(t, f.image))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := oracle.RegExport(oldHive)
	if gone, added := oracle.RegChanges(whole, after); err != nil || len(gone)+len(added) > 0 {
		t.Errorf("taken back, the hive differs: %v, %v, %v", gone, added, err)
	}
	if err := oracle.NTFSStructure(f.volume(t)); err != nil {
		t.Error(err)
	}
	want(t, command.ExitRepairable, "scan", "--machine", f.machine, f.image)
}

func (f failed) hiveIn(t *testing.T, image string) string {
	t.Helper()
	f.image = image
	return f.hive(t)
}

// onlyHive: the volume differs from what ntfsrecover made in the hive alone, in
// few sectors.
func (f failed) onlyHive(t *testing.T) {
	t.Helper()
	diff, err := ntfslog.Differences(f.image, f.whole, f.part.Start, f.part.Size)
	if err != nil || len(diff) == 0 || len(diff) > 8 {
		t.Fatalf("%d sectors differ from what ntfsrecover makes: %#x, %v", len(diff), diff, err)
	}
	v, err := ntfslog.Open(f.whole, f.part.Start)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	_, hive := f.guest.SystemHive()
	r, err := v.Find(hive.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range diff {
		if in, err := v.Holds(r, off-f.part.Start); err != nil || !in {
			t.Errorf("the sector at %#x is not of the hive: %v", off, err)
		}
	}
}

func partNumber(p *guests.Partition) string { return string(rune('0' + p.Number)) }

// TestUnknownLog: beside a log that is not understood the hive is repaired where
// it lies, and everything else is refused with a way out.
func TestUnknownLog(t *testing.T) {
	d, _ := damage.Find("ntfs-log-unclean/unknown-operation")
	f := buildFailed(t, d)
	before := hash(t, f.image)
	file := t.TempDir() + "/some.sys"
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := f.image + ":" + partNumber(f.part) + `:\`
	doc := want(t, command.ExitPerson, "scan", "--machine", f.machine, f.image)
	if found := doc.find(d.Finding); len(found) != 1 || found[0].Severity != "blocker" || !strings.Contains(found[0].Advice, "--discard-log") {
		t.Errorf("want %s: %s", d.Finding, doc.ids())
	}
	if r := bootmend(t, "fs", "put", "--yes", file, at); r.Code != command.ExitPerson || !strings.Contains(r.Stdout+r.Stderr, "--discard-log") {
		t.Errorf("%v", r)
	}
	if r := bootmend(t, "repair", "--yes", "--machine", f.machine, "--journal-on-disk", f.image); r.Code != command.ExitNotWritten && r.Code != command.ExitPerson ||
		!strings.Contains(r.Stdout+r.Stderr, "--discard-log") {
		t.Errorf("with the bundle on the volume: %v", r)
	}
	untouched(t, f.image, before, "what was refused")

	t.Run("in place", func(t *testing.T) {
		image := copied(t, f.image)
		oldHive := f.hive(t)
		args := []string{"--machine", f.machine, image}
		planned := want(t, command.ExitPerson, append([]string{"plan"}, args...)...)
		want(t, command.ExitPerson, append([]string{"repair", "--yes"}, args...)...)
		changed, err := sparse.Diff(f.image, image, 100)
		if err != nil || len(changed) == 0 {
			t.Fatalf("%d sectors changed: %v", len(changed), err)
		}
		for _, off := range changed {
			if !planned.covers(off, 512) {
				t.Errorf("the sector at %#x changed, which the plan does not list", off)
			}
		}
		again := f
		again.image = image
		checkHive(t, again.patient, oldHive)
		if _, err := os.Stat(image + ".bootmend-undo"); err != nil {
			t.Error(err)
		}
		want(t, command.ExitOK, "undo", "--yes", image)
		if gone, added := oracle.RegChanges(exported(t, oldHive), exported(t, again.hive(t))); len(gone)+len(added) > 0 {
			t.Errorf("taken back, the hive differs: %v, %v", gone, added)
		}
	})
	t.Run("log discarded", func(t *testing.T) {
		image := copied(t, f.image)
		if r := bootmend(t, "fs", "put", "--yes", "--discard-log", file, image+at[len(f.image):]); r.Code != command.ExitOK {
			t.Fatalf("%v", r)
		}
		volume := oracle.Volume(t, image, f.part)
		if err := oracle.NTFSStructure(volume); err != nil {
			t.Error(err)
		}
		if got, err := oracle.NTFSFile(volume, `\some.sys`); err != nil || string(got) != "content" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// TestUnknownLogOfHive: what the log says something of is not overwritten; with
// the log discarded it is repaired.
func TestUnknownLogOfHive(t *testing.T) {
	d, _ := damage.Find("ntfs-log-unclean/unknown-operation-on-hive")
	f := buildFailed(t, d)
	oldHive, before := f.hive(t), hash(t, f.image)
	args := []string{"--yes", "--machine", f.machine, f.image}
	if r := bootmend(t, append([]string{"repair"}, args...)...); r.Code != command.ExitPerson || !strings.Contains(r.Stdout, "--discard-log") {
		t.Errorf("%v", r)
	}
	untouched(t, f.image, before, "repair")
	want(t, command.ExitOK, append([]string{"repair", "--discard-log"}, args...)...)
	checkHive(t, f.patient, oldHive)
	if err := oracle.NTFSStructure(f.volume(t)); err != nil {
		t.Error(err)
	}
	if !mountable(t, f.guest, f.image) {
		t.Error("ntfs-3g does not mount the repaired volume")
	}
}

func exported(t *testing.T, hive string) []string {
	t.Helper()
	lines, err := oracle.RegExport(hive)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestVersion2: a log of Windows 8 and later in use is never written beside,
// whatever flag is given.
func TestVersion2(t *testing.T) {
	image, g := build(t, "ntfs-log-unclean/version-2")
	before := hash(t, image)
	number, _ := g.SystemHive()
	file := t.TempDir() + "/some.sys"
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{nil, {"--discard-log"}, {"--journal-on-disk"}, {"--discard-log", "--journal-on-disk"}} {
		for _, verb := range [][]string{
			{"repair", "--yes", "--machine", g.Broken[0].Machine, image},
			{"fs", "put", "--yes", file, image + ":" + partNumber(g.Partition(number)) + `:\`},
		} {
			args := append(append([]string{}, verb...), flags...)
			if r := bootmend(t, args...); r.Code != command.ExitPerson || !strings.Contains(r.Stdout+r.Stderr, "Attach the disk to a working Windows") {
				t.Errorf("%v", r)
			}
			untouched(t, image, before, strings.Join(args, " "))
		}
	}
}
