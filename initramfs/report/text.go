package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// width is that of the text console that most people will read this on.
const width = 79

// printer keeps the first write error, so that the sections need not.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, strings.Map(printable, fmt.Sprintf(format, args...)))
	}
}

// printable keeps what a disk calls itself from steering the terminal.
func printable(r rune) rune {
	if r == '\n' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// wrap prints text after a first-line prefix, broken at spaces, later lines
// indented by as much.
func (p *printer) wrap(prefix, text string) {
	indent := strings.Repeat(" ", len([]rune(prefix)))
	line := prefix
	fresh := true
	for word := range strings.FieldsSeq(text) {
		if !fresh && len([]rune(line))+1+len([]rune(word)) > width {
			p.f("%s\n", strings.TrimRight(line, " "))
			line, fresh = indent, true
		}
		if !fresh {
			line += " "
		}
		line += word
		fresh = false
	}
	p.f("%s\n", strings.TrimRight(line, " "))
}

// WriteText writes the run for a person: what there is, what was found, what
// is planned, what proves it, how it ended.
func WriteText(w io.Writer, run *Run) error {
	if err := WriteNarration(w, run); err != nil {
		return err
	}
	return WriteResult(w, run)
}

// WriteNarration is WriteText without the end: what can be told before anything
// is written to a disk.
func WriteNarration(w io.Writer, run *Run) error {
	p := &printer{w: w}
	for _, r := range run.Recovered {
		p.wrap("RECOVERED ", r.String())
	}
	if run.Patient != nil && run.Command != "undo" {
		p.disks(run.Patient)
		for _, win := range run.Patient.Windows {
			p.windows(win, run.Chains[win.ID])
		}
		p.findings(run)
	}
	if run.Plan != nil {
		p.plan(run)
	}
	return p.err
}

// WriteResult is the end of WriteText: how it ended.
func WriteResult(w io.Writer, run *Run) error {
	p := &printer{w: w}
	p.result(run)
	return p.err
}

func (p *printer) disks(patient *inspect.Patient) {
	for _, d := range patient.Disks {
		if d.Rescue {
			p.f("Disk %s: the medium that bootmend was started from, left alone\n", d.Path)
			continue
		}
		p.f("Disk %s: %s", d.Path, size(d.Dev.Size()))
		if d.Table != nil {
			p.f(", %s", d.Table.Scheme)
		}
		if d.Controller != nil {
			p.f(", on %s", d.Controller)
		} else {
			p.f(", controller not known")
		}
		p.f("\n")
		for _, v := range d.Volumes {
			p.volume(v)
		}
	}
}

func (p *printer) volume(v *inspect.Volume) {
	kind := string(v.Kind)
	if kind == "" {
		kind = "unknown"
	}
	notes := []string{kind}
	if v.State != nil && v.State.Label != "" {
		notes = append(notes, fmt.Sprintf("%q", v.State.Label))
	}
	if v.Partition.Active {
		notes = append(notes, "active")
	}
	if v.Partition.IsESP() {
		notes = append(notes, "EFI system partition")
	}
	p.f("  partition %d: %s, %s\n", v.Partition.Number, size(v.Partition.Range.Len), strings.Join(notes, ", "))
}

func size(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

func (p *printer) windows(w *inspect.Installation, stages []bootchain.Stage) {
	p.f("\n")
	arch := string(w.Arch)
	if arch == "" {
		arch = "architecture not known"
	}
	p.wrap(fmt.Sprintf("%s: ", w.ID), fmt.Sprintf("%s, %s", w.Label(), arch))
	for _, s := range stages {
		mark := map[bootchain.State]string{bootchain.OK: "ok", bootchain.Broken: "NO", bootchain.Unknown: "??"}[s.State]
		what := s.What
		if s.Symptom != "" {
			what += "; the person sees: " + s.Symptom
		}
		p.wrap(fmt.Sprintf("  [%s] %-18s ", mark, s.Name), what)
	}
}

func (p *printer) findings(run *Run) {
	p.f("\n")
	if len(run.Findings) == 0 {
		p.f("Nothing wrong was found.\n")
		return
	}
	for _, f := range run.Findings {
		p.wrap("FINDING ", fmt.Sprintf("%s (%s, %s)", f.Name(), f.Result, f.Severity))
		p.wrap("  ", f.Summary)
		if f.Symptom != "" {
			p.wrap("  seen as: ", f.Symptom)
		}
		for _, e := range f.Evidence {
			p.wrap("  because: ", evidenceText(e))
		}
		if f.Advice != "" {
			p.wrap("  what to do: ", f.Advice)
		} else if f.Fixable && run.Command == "scan" {
			p.wrap("  what to do: ", "bootmend repair mends it")
		}
	}
}

// evidenceText is an observation for people. Where the program itself failed, the
// place in it is for programmers, and stands in the JSON.
func evidenceText(e inspect.Evidence) string {
	if e.Volume == "bootmend" {
		return "bootmend itself failed; bootmend scan --json tells where"
	}
	return e.String()
}

func (p *printer) plan(run *Run) {
	for _, fix := range run.Plan.Fixes {
		p.f("\nPLAN for %s\n", fix.Finding.Name())
		p.steps(fix.Steps)
	}
	for _, a := range run.Plan.Actions {
		p.f("\n")
		p.wrap("PLAN to ", a.Title)
		for _, note := range a.Notes {
			p.wrap("  NOTE ", note)
		}
		if len(a.Steps) == 0 && a.Name != "" {
			p.f("  nothing to do: it is so already\n")
		}
		p.steps(a.Steps)
	}
	if len(run.Plan.Before) > 0 {
		p.f("\nPLAN first\n")
		p.steps(run.Plan.Before)
	}
	for _, note := range run.Plan.Notes {
		p.wrap("NOTE ", note)
	}
	for _, left := range run.Plan.Left {
		p.wrap("LEFT ", "changed since the repair and left as it is: "+left)
	}
	if u := run.Plan.Undo; u.ID != "" && u.Where != "" {
		p.wrap("  undo: ", "what was there before is kept "+u.Where)
	}
	for _, final := range run.Plan.Undo.Final {
		p.wrap("  cannot be taken back: ", final)
	}
	for _, d := range run.Plan.Disks {
		for _, c := range d.Changes {
			p.f("  write %s bytes %#x to %#x (%d)\n", d.Disk.Path, c.Off, c.Range().End()-1, c.Range().Len)
		}
		for _, s := range d.Streams {
			p.f("  write %s bytes %#x to %#x (%d), large content\n", d.Disk.Path, s.Off, s.End()-1, s.Len)
		}
	}
	for _, v := range run.Plan.Variables {
		p.wrap("  ", "then "+v.Describe().Text)
	}
	for _, r := range run.Plan.Refusals {
		p.f("\n")
		p.wrap("REFUSED ", fmt.Sprintf("%s is not repaired because of %s: %s", r.Finding.Name(), r.Because.Name(), r.Because.Summary))
	}
	for _, proof := range run.Plan.Proof {
		p.wrap("PROOF ", proof)
	}
}

func (p *printer) steps(steps []step.Step) {
	for _, s := range steps {
		d := s.Describe()
		text := d.Text
		if d.Why != "" {
			text += ", so that " + d.Why
		}
		p.wrap("  ", text)
		p.wrap("      in ", strings.TrimSpace(d.Volume+" "+d.File))
	}
}

// firmwareWords says what became of variables of the firmware.
func (p *printer) firmwareWords(run *Run) {
	if n := run.Done.Variables; n > 0 {
		p.f("FIRMWARE %d variables set and read back\n", n)
	}
	if err := run.Done.VariablesErr; err != nil {
		p.wrap("FIRMWARE ", "not all variables were set: "+err.Error()+". What is written below of the disks stands; the entry can be made in the firmware's set-up, or by bcdboot in Windows.")
	}
}

// journalWords says how the writes were made one.
func journalWords(run *Run) string {
	if run.Done.Journal == "" {
		return ""
	}
	return " through a journal " + run.Done.Journal
}

func undoWords(run *Run) string {
	if run.Plan.Undo.ID == "" {
		return "; it cannot be taken back"
	}
	return fmt.Sprintf("; bootmend undo %s takes it back", run.Plan.Undo.ID)
}

// result says in one line how it ended; programs that watch a console look for
// its first word.
func (p *printer) result(run *Run) {
	p.f("\n")
	p.firmwareWords(run)
	switch code := run.ExitCode(); {
	case run.wroteBefore():
		p.resultInAll(run, code)
	case run.kept && code == ExitOK:
		p.wrap("RESULT ", "repaired and verified"+undoWords(run))
	case run.kept:
		p.wrap("RESULT ", "partly repaired and verified; the findings above that remain need a person"+undoWords(run))
	case run.Err != nil:
		end := "; the disk is as it was"
		if code == ExitInterrupted {
			end = ""
		}
		p.wrap("RESULT ", run.reason()+end)
	case run.Command == "undo" && !run.Committed && len(run.Plan.Left) > 0:
		p.f("RESULT nothing is left to take back but what was changed since; the bundle is kept\n")
	case run.Command == "undo" && !run.Committed:
		p.f("RESULT all of it was taken back before; nothing was written\n")
	case run.Committed && run.Command == "undo" && len(run.Plan.Left) > 0:
		p.wrap("RESULT ", fmt.Sprintf("partly taken back and verified, %d bytes written%s; what was changed since is left, and the bundle is kept", run.Done.Bytes, journalWords(run)))
	case run.Committed && run.Command == "undo":
		p.wrap("RESULT ", fmt.Sprintf("taken back and verified, %d bytes written%s", run.Done.Bytes, journalWords(run)))
	case run.Committed && run.Asked:
		p.wrap("RESULT ", fmt.Sprintf("done and verified, %d bytes written%s%s", run.Done.Bytes, journalWords(run), undoWords(run)))
	case run.Asked && code == ExitOK:
		p.f("RESULT nothing to change, nothing was written\n")
	case run.Asked:
		p.f("RESULT can be done, nothing was written\n")
	case run.Committed && code == ExitOK:
		p.wrap("RESULT ", fmt.Sprintf("repaired and verified, %d bytes written%s%s", run.Done.Bytes, journalWords(run), undoWords(run)))
	case run.Committed && code == ExitRepairable:
		p.wrap("RESULT ", fmt.Sprintf("repaired and verified, %d bytes written; more can be repaired now that it can be seen: run bootmend repair again", run.Done.Bytes))
	case run.Committed:
		p.wrap("RESULT ", fmt.Sprintf("partly repaired and verified, %d bytes written; the findings above that remain need a person", run.Done.Bytes))
	case code == ExitOK:
		p.f("RESULT healthy, nothing was written\n")
	case code == ExitRepairable:
		p.f("RESULT can be repaired, nothing was written\n")
	default:
		p.f("RESULT needs a person, nothing was written\n")
	}
}
