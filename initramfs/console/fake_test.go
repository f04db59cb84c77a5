package console

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// fake is an Engine without disks. It counts what would write.
type fake struct {
	look    *Look
	lookErr error
	planErr error
	wish    session.Wish // the last
	writes  int
	commit  error
	regs    []string
	bundles []*repair.Bundle
	driver  string // that steps are about
	undoErr error
	partial bool
	key     string
	keyErr  error
}

func (f *fake) Look(_ context.Context, h Hearer) (*Look, error) {
	if h.Doing != nil {
		h.Doing("looking at the disks")
	}
	return f.look, f.lookErr
}

func (f *fake) Plan(_ context.Context, h Hearer, w session.Wish) (*report.Run, error) {
	f.wish = w
	if h.Bytes != nil {
		h.Bytes("writing", 5, 10)
	}
	r := &report.Run{Command: w.Command, Asked: len(w.Requests) > 0, Patient: f.look.Run.Patient, Findings: f.look.Run.Findings, Plan: &repair.Plan{}, Err: f.planErr}
	for _, x := range r.Findings {
		if x.Fixable && !r.Asked {
			r.Plan.Fixes = append(r.Plan.Fixes, repair.Fix{Finding: x, Steps: f.steps()})
		}
	}
	for _, q := range w.Requests {
		r.Plan.Actions = append(r.Plan.Actions, repair.Action{Title: q.Action.Title, Name: q.Action.Name, Steps: f.steps(), Notes: []string{long}})
	}
	if len(r.Plan.Steps()) > 0 {
		d := r.Patient.Disks[0]
		r.Plan.Disks = []repair.DiskChanges{{Disk: d, Changes: []overlay.Change{{Off: 512, Before: make([]byte, 512), After: make([]byte, 512)}}}}
		r.Plan.Proof = []string{"all detectors ran again " + long}
		r.Plan.Notes, r.Plan.Undo = []string{long}, repair.Undo{ID: "20261126-120301-1f2e3d4c", Where: "in " + path, Final: []string{long}}
	}
	return r, nil
}

func (f *fake) steps() []step.Step {
	v := f.look.Run.Patient.Disks[0].Volumes[0]
	return []step.Step{
		step.SetValue{Volume: v, File: `\WINDOWS\system32\config\SYSTEM`, Key: `ControlSet001\Services\` + f.driver, Value: "Start", Old: step.DWORD(4), New: step.DWORD(0), Why: "the loader starts driver " + f.driver},
		step.MakeKey{Volume: v, File: `\WINDOWS\system32\config\SYSTEM`, Key: `ControlSet001\Services\new`, Why: "there is a place for it"},
		step.Patch{Disk: v.Disk, What: "boot code", Off: 0, Old: []byte{1}, New: []byte{2}},
	}
}

func (f *fake) Recover() ([]repair.Recovered, error) {
	f.writes++
	f.look.Interrupted = false
	return []repair.Recovered{{Where: path}}, nil
}

func (f *fake) Commit(r *report.Run) {
	f.writes++
	r.Err, r.Committed = f.commit, f.commit == nil
	r.Done = repair.Done{Bytes: 512, Journal: "in " + path}
}

func (f *fake) Bundles(context.Context) ([]*repair.Bundle, error) { return f.bundles, nil }

func (f *fake) PlanUndo(_ context.Context, _ Hearer, _ *repair.Bundle, partial bool) (*report.Run, error) {
	f.partial = partial
	r := &report.Run{Command: "undo", Plan: &repair.Plan{Actions: []repair.Action{{Title: "take back", Steps: f.steps()}}, Disks: []repair.DiskChanges{{Disk: f.look.Run.Patient.Disks[0]}}}}
	if !partial {
		r.Err = f.undoErr
	}
	return r, nil
}

func (f *fake) Unlock(key string) error {
	f.key = key
	return f.keyErr
}

func (f *fake) TakeBack(r *report.Run, _ *repair.Bundle) { f.Commit(r) }

func (f *fake) RegFiles(context.Context) ([]string, error) { return f.regs, nil }

// What no layout may stumble over.
const (
	path = "/a/very/long/path/that/does/not/fit/into/a/line/of/eighty/columns/at/all/and/goes/on/and/on/disk-image-of-the-old-server.raw.bootmend-journal"
	word = "AVeryLongNameOfADriverWithoutAnySeparatorThatIsLongerThanTheWidthOfTheWholeScreenSoThatItMustBeBrokenSomewhere"
	long = "This is a sentence of many words that a person is to read, and it is longer than any line of the screen is, so that it is broken into several lines, the last of which is short."
)

// generated is a patient that no disk ever held, of any size.
func generated(seed uint64) *fake {
	rng := rand.New(rand.NewPCG(seed, 3))
	text := func() string {
		return []string{"short", long, word, path, "", "tabs\tand\nlines\x1b[2J", "Größe 中文 ☃ \u202e", long + word + long}[rng.IntN(8)]
	}
	p := &inspect.Patient{}
	if rng.IntN(3) > 0 {
		p.Machine = &machine.Machine{Profile: "qemu-q35", Firmware: machine.UEFI}
		for range rng.IntN(5) {
			p.Machine.Controllers = append(p.Machine.Controllers, machine.Controller{Bus: machine.PCI, Vendor: 0x8086, Device: 0x2922, Name: text()})
		}
	}
	for i := range 1 + rng.IntN(9) {
		d := &inspect.Disk{Path: fmt.Sprintf("/dev/sd%c%s", 'a'+i, text()), Dev: blocktest.NewMem(make([]byte, 4096), 512), Table: &part.Table{Scheme: part.MBR}}
		if rng.IntN(6) == 0 && i > 0 {
			d.Err, d.Table = errors.New(text()), nil
		}
		for n := range 1 + rng.IntN(5) {
			v := &inspect.Volume{Disk: d, Partition: part.Partition{Number: n + 1, Type: 7}, Kind: "ntfs"}
			if rng.IntN(5) == 0 {
				v.Err = errors.New(text())
			}
			d.Volumes = append(d.Volumes, v)
		}
		p.Disks = append(p.Disks, d)
	}
	l := &Look{Run: &report.Run{Command: "scan", Patient: p, Chains: map[string][]bootchain.Stage{}}, Interrupted: rng.IntN(6) == 0,
		Letters: map[string][]Letter{}, Services: map[string][]string{}}
	for i := range rng.IntN(12) {
		w := &inspect.Installation{ID: fmt.Sprintf("w%d", i+1), Volume: p.Volumes()[rng.IntN(len(p.Volumes()))], Root: `\` + text(), Version: winver.Version{Major: 5, Minor: 1}}
		p.Windows = append(p.Windows, w)
		for range rng.IntN(20) {
			l.Run.Chains[w.ID] = append(l.Run.Chains[w.ID], bootchain.Stage{Name: []string{"firmware", "master boot record"}[rng.IntN(2)], State: bootchain.State(rng.IntN(3)), What: text(), Where: text(), Symptom: text()})
		}
		for c := range rng.IntN(26) {
			l.Letters[w.ID] = append(l.Letters[w.ID], Letter{byte('A' + c), text(), rng.IntN(2) == 0})
		}
		l.Services[w.ID] = []string{text(), word}
	}
	all := condition.All()
	for range rng.IntN(15) {
		f := condition.Finding{ID: all[rng.IntN(len(all))].ID, Result: []condition.Result{condition.Present, condition.Unknown}[rng.IntN(2)],
			Severity:   []condition.Severity{condition.Fatal, condition.Blocker, condition.Warning, condition.Info}[rng.IntN(4)],
			Confidence: []condition.Confidence{condition.High, condition.Low}[rng.IntN(2)], Summary: text(), Symptom: text(), Advice: text(), Fixable: rng.IntN(2) == 0}
		if len(p.Windows) > 0 && rng.IntN(2) == 0 {
			f.Windows = p.Windows[rng.IntN(len(p.Windows))]
		}
		for range rng.IntN(6) {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: text(), Path: text(), Offset: rng.Int64N(3) - 1, Actual: text(), Expected: text()})
		}
		l.Run.Findings = append(l.Run.Findings, f)
	}
	e := &fake{look: l, driver: word, regs: []string{"sr0" + onMedium + path}}
	for i := range rng.IntN(4) {
		b := &repair.Bundle{Name: fmt.Sprintf("20261126-12030%d-1f2e3d4c", i), Where: text(), Manifest: &bundle.Manifest{Why: []string{text(), text(), text(), text(), text()}}}
		if rng.IntN(4) == 0 {
			b.Err, b.Manifest = errors.New(text()), nil
		}
		e.bundles = append(e.bundles, b)
	}
	return e
}

// sound is a patient with nothing wrong, broken one with a fault that can be
// repaired and one for a person.
func sound() *fake {
	d := &inspect.Disk{Path: "/dev/sda", Dev: blocktest.NewMem(make([]byte, 4096), 512), Table: &part.Table{Scheme: part.MBR}}
	d.Volumes = []*inspect.Volume{{Disk: d, Partition: part.Partition{Number: 1, Type: 7, Active: true}, Kind: "ntfs"}}
	w := &inspect.Installation{ID: "w1", Volume: d.Volumes[0], Root: `\WINDOWS`, Version: winver.Version{ProductName: "Microsoft Windows XP", Major: 5, Minor: 1, Build: 2600}, Arch: inspect.X86}
	l := &Look{Run: &report.Run{Command: "scan", Patient: &inspect.Patient{Disks: []*inspect.Disk{d}, Windows: []*inspect.Installation{w}},
		Chains: map[string][]bootchain.Stage{"w1": {{Name: "firmware", What: "not known"}, {Name: "boot drivers", State: bootchain.OK, What: "they start"}}}},
		Letters: map[string][]Letter{"w1": {{'C', "sda partition 1", true}}}, Services: map[string][]string{"w1": {"atapi", "intelide"}}}
	return &fake{look: l, driver: "intelide", regs: []string{`sr0` + onMedium + `\fix.reg`},
		bundles: []*repair.Bundle{{Name: "20261126-120301-1f2e3d4c", Where: `on sda partition 1`, Manifest: &bundle.Manifest{Why: []string{"storage-driver-disabled: it was off"}}}}}
}

func broke() *fake {
	f := sound()
	run := f.look.Run
	w := run.Patient.Windows[0]
	run.Chains["w1"][1] = bootchain.Stage{Name: "boot drivers", State: bootchain.Broken, What: "intelide: Start is 4, not 0 (boot)", Symptom: "STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE"}
	run.Findings = []condition.Finding{
		{ID: "storage-driver-disabled", Result: condition.Present, Severity: condition.Fatal, Confidence: condition.High, Windows: w, Fixable: true,
			Symptom: "STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE", Summary: "The driver is there but not started.",
			Evidence: []inspect.Evidence{{Volume: "sda partition 1", Path: `\WINDOWS\system32\config\SYSTEM ControlSet001\Services\intelide`, Offset: -1, Expected: "boot start", Actual: "Start is 4"}}},
		{ID: "hibernated", Result: condition.Present, Severity: condition.Blocker, Confidence: condition.High, Volume: w.Volume,
			Summary: "A Windows on it is hibernated.", Advice: "Shut it down."},
		{ID: "storage-driver-missing", Result: condition.Present, Severity: condition.Fatal, Confidence: condition.High, Windows: w,
			Summary: "There is no driver for the controller.", Advice: "Provide one."},
		{ID: "start-override", Result: condition.Present, Severity: condition.Warning, Confidence: condition.Low, Windows: w, Fixable: true, Summary: "Perhaps."},
	}
	return f
}

// twoWindows has the same fault in two Windows.
func twoWindows() *fake {
	f := broke()
	run := f.look.Run
	w := *run.Patient.Windows[0]
	w.ID, w.Root = "w2", `\WINNT`
	run.Patient.Windows = append(run.Patient.Windows, &w)
	second := run.Findings[0]
	second.Windows = &w
	run.Findings = append(run.Findings, second)
	run.Chains["w2"] = run.Chains["w1"]
	return f
}

var began = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// ready makes a model that has looked at the disks.
func ready(e Engine, o Options) *Model {
	m := New(e, o, began)
	settle(m)
	return m
}

// settle carries out whatever the model began.
func settle(m *Model) {
	for range 10 {
		run, _, ok := m.Pending()
		if !ok {
			return
		}
		run(Hearer{Doing: m.Doing, Bytes: m.Bytes})()
	}
}

func text(m *Model) string { return m.Frame().Text() }

func lastLines(s string, n int) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}
