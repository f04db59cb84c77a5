package engine

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// patient is a broken disk and what is known of it.
type patient struct {
	image      string
	guest      *guests.Guest
	machine    string
	controller string   // PCI id that must be named
	drivers    []string // services that must be started
	sets       []string // in these control sets
}

// TestRepair takes every guest of the table through the whole path on every
// machine on which its description says it does not start.
func TestRepair(t *testing.T) {
	n := 0
	for _, name := range guests.Names() {
		g := guests.MustLoad(t, name)
		for _, b := range g.Broken {
			n++
			t.Run(name+"/"+b.Machine, func(t *testing.T) {
				t.Parallel()
				treat(t, patient{image: g.Build(t), guest: g, machine: b.Machine,
					controller: b.Controller, drivers: []string{b.Driver}, sets: b.ControlSets})
			})
		}
	}
	if n < 10 {
		t.Errorf("only %d pairs of guest and machine", n)
	}
}

// TestRepairOfDisabledDrivers: healthy pairs of guest and machine, broken by a
// foreign tool.
func TestRepairOfDisabledDrivers(t *testing.T) {
	for _, d := range damage.All() {
		if d.Finding != "storage-driver-disabled" || d.Injected || d.Fixed {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			image, g := d.Build(t)
			controller := map[string]string{"qemu-pc": "8086:7010", "virtualbox-ide": "8086:7111", "virtualbox-buslogic": "104b:1040"}[d.Machine]
			drivers, sets := []string{"intelide", "atapi"}, []string{"ControlSet001", "ControlSet003"} // of nt5-system.reg
			switch {
			case len(g.Broken) > 0:
				sets = g.Broken[0].ControlSets
			case controller == "104b:1040":
				drivers, sets = []string{"buslogic"}, []string{"ControlSet001", "ControlSet002"} // of nt50-system.reg
			}
			treat(t, patient{image: image, guest: g, machine: d.Machine, controller: controller, drivers: drivers, sets: sets})
		})
	}
}

// treat runs scan, plan, repair, scan and repair, and lets foreign tools judge
// after each what the disk is.
func treat(t *testing.T, p patient) {
	t.Helper()
	args := []string{"--machine", p.machine, p.image}
	before := hash(t, p.image)
	untreated := p.image + ".before"
	if err := sparse.CopyFile(untreated, p.image); err != nil {
		t.Fatal(err)
	}
	oldHive := p.hive(t)

	checkDiagnosis(t, p, want(t, command.ExitRepairable, append([]string{"scan"}, args...)...))
	planned := want(t, command.ExitRepairable, append([]string{"plan"}, args...)...)
	checkPlanText(t, p, bootmend(t, append([]string{"plan"}, args...)...))
	if hash(t, p.image) != before {
		t.Fatal("scan or plan wrote to the disk")
	}

	done := want(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
	if done.Result == nil || !done.Result.Verified || !done.Result.Committed || done.Result.BytesWritten == 0 {
		t.Errorf("result %+v; want verified, committed, bytes written", done.Result)
	}
	checkDisk(t, p, untreated, planned)
	checkHive(t, p, oldHive)

	repaired := hash(t, p.image)
	healthy := want(t, command.ExitOK, append([]string{"scan"}, args...)...)
	if len(healthy.Findings) > 0 {
		t.Errorf("findings after the repair:\n%s", healthy.ids())
	}
	again := want(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
	if again.Result != nil && (again.Result.Committed || again.Result.BytesWritten > 0) {
		t.Errorf("second repair: %+v; want nothing written", again.Result)
	}
	if hash(t, p.image) != repaired {
		t.Error("the second repair wrote to a healthy disk")
	}
}

// volume copies the partition with Windows out of the image.
func (p patient) volume(t *testing.T) string {
	t.Helper()
	n, _ := p.guest.SystemHive()
	return oracle.Volume(t, p.image, p.guest.Partition(n))
}

// hive copies SYSTEM out of the image by ntfscat.
func (p patient) hive(t *testing.T) string {
	t.Helper()
	_, e := p.guest.SystemHive()
	data, err := oracle.NTFSFile(p.volume(t), e.Path)
	if err != nil {
		t.Fatal(err)
	}
	return oracle.HiveFile(t, data)
}

// checkDiagnosis: which controller, which driver, which control sets, what the
// person sees.
func checkDiagnosis(t *testing.T, p patient, d document) {
	t.Helper()
	found := d.find("storage-driver-disabled")
	if len(found) != 1 {
		t.Fatalf("%d findings storage-driver-disabled; want 1:\n%s", len(found), d.ids())
	}
	f := found[0]
	if f.Result != "present" || f.Confidence != "high" || !f.Fixable || f.Windows == "" {
		t.Errorf("finding %+v; want present, high, fixable, of a Windows", f)
	}
	if !strings.Contains(f.Symptom, "0x0000007B") {
		t.Errorf("symptom %q lacks STOP 0x0000007B", f.Symptom)
	}
	said := strings.ToLower(fmt.Sprintf("%s %s", f.Summary, f.Evidence))
	for _, word := range append([]string{p.controller}, append(p.sets, p.drivers...)...) {
		if !strings.Contains(said, strings.ToLower(word)) {
			t.Errorf("the finding does not name %s: %s", word, said)
		}
	}
	if len(f.Evidence) == 0 {
		t.Error("a finding without evidence")
	}
	if len(d.Disks) != 1 || d.Disks[0].Controller == nil || !strings.Contains(d.Disks[0].Controller.ID, p.controller) {
		t.Errorf("disks %+v; want the one on %s", d.Disks, p.controller)
	}
	if d.Machine == nil || d.Machine.Profile != p.machine {
		t.Errorf("machine %+v; want %s", d.Machine, p.machine)
	}
}

// checkPlanText: people see the byte ranges before they agree.
func checkPlanText(t *testing.T, p patient, r command.Result) {
	t.Helper()
	if r.Code != command.ExitRepairable {
		t.Errorf("plan in text: %v", r)
	}
	if !regexp.MustCompile(`0x[0-9a-f]{4,}`).MatchString(r.Stdout) {
		t.Errorf("the plan names no byte range:\n%s", r.Stdout)
	}
	for _, word := range append([]string{"Start"}, p.sets...) {
		if !strings.Contains(r.Stdout, word) {
			t.Errorf("the plan does not mention %s:\n%s", word, r.Stdout)
		}
	}
}

// checkDisk: structure sound, and no byte changed outside the planned ranges.
func checkDisk(t *testing.T, p patient, untreated string, planned document) {
	t.Helper()
	if err := oracle.NTFSStructure(p.volume(t)); err != nil {
		t.Errorf("after the repair: %v", err)
	}
	if planned.Plan == nil || len(planned.Plan.Writes) == 0 {
		t.Fatal("the plan lists no writes")
	}
	changed, err := sparse.Diff(untreated, p.image, 10_000)
	if err != nil || len(changed) == 0 {
		t.Fatalf("the repair changed nothing: %v", err)
	}
	for _, at := range changed {
		if !planned.covers(at, 512) {
			t.Errorf("sector at %#x changed, which the plan does not list", at)
		}
	}
}

// covers reports whether a planned write touches the sector.
func (d document) covers(at, size int64) bool {
	for _, w := range d.Plan.Writes {
		if w.Offset < at+size && at < w.Offset+w.Length {
			return true
		}
	}
	return false
}

// checkHive: the drivers start in every control set, and nothing else in the
// hive is different.
func checkHive(t *testing.T, p patient, oldHive string) {
	t.Helper()
	newHive := p.hive(t)
	before, err := oracle.RegExport(oldHive)
	if err != nil {
		t.Fatal(err)
	}
	after, err := oracle.RegExport(newHive)
	if err != nil {
		t.Fatalf("the repaired hive is not readable: %v", err)
	}
	if _, err := oracle.RegDump(newHive); err != nil {
		t.Errorf("the repaired hive is not readable: %v", err)
	}
	for _, set := range p.sets {
		for _, driver := range p.drivers {
			if n, err := oracle.RegDWORD(newHive, `\`+set+`\Services\`+driver, "Start"); err != nil || n != 0 {
				t.Errorf("%s %s: Start = %d, %v; want 0", set, driver, n, err)
			}
			n, err := oracle.RegDWORD(newHive, `\`+set+`\Services\`+driver+`\StartOverride`, "0")
			if err == nil && n != 0 {
				t.Errorf("%s %s: StartOverride = %d; want 0", set, driver, n)
			}
		}
	}
	gone, added := oracle.RegChanges(before, after)
	if len(gone) == 0 || len(gone) != len(added) {
		t.Errorf("%d values gone, %d new: %v %v", len(gone), len(added), gone, added)
	}
	for _, line := range append(gone, added...) {
		if !p.expects(line) {
			t.Errorf("changed besides the drivers' Start: %s", line)
		}
	}
	for _, line := range added {
		if !strings.HasSuffix(line, "=dword:00000000") {
			t.Errorf("new value %s; want 0", line)
		}
	}
}

// expects reports whether the value is the Start or StartOverride of one of
// the drivers in one of the control sets.
func (p patient) expects(line string) bool {
	line = strings.ToLower(line)
	for _, set := range p.sets {
		for _, driver := range p.drivers {
			key := strings.ToLower(`\` + set + `\services\` + driver + `\`)
			if strings.HasPrefix(line, key+`"start"=`) || strings.HasPrefix(line, key+`startoverride\"`) {
				return true
			}
		}
	}
	return false
}
