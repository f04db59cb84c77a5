package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/step"
)

// SummaryLines is the most that WriteSummary writes: a screen has 25 lines, and
// what asks for a key comes below.
const SummaryLines = 20

// section is one answer of the summary and the lines that it may take.
type section struct {
	title string
	lines int
	items []string
}

// WriteSummary ends what a person reads: what was wrong, what was changed, how it
// was proved, how to undo it, and what happens next, which the caller knows. It
// writes SummaryLines of 79 columns at most.
func WriteSummary(w io.Writer, run *Run, next string) error {
	p := &printer{w: w}
	all := append(slices.Clone(run.Earlier), run)
	room := 1
	if run.Err != nil && len(proofLines(all)) == 0 {
		room = 4 // the reason; there is no proof and no undo then
	}
	for _, line := range fold("SUMMARY ", "        ", run.verdict(), room) {
		p.f("%s\n", line)
	}
	for _, s := range []section{
		{"Wrong", 5, wrongLines(all)},
		{"Changed", 4, changedLines(all)},
		{"Proof", 2, proofLines(all)},
		{"Undo", 2, undoLines(all)},
		{"For you", 3, adviceLines(run)},
		{"Next", 3, []string{next}},
	} {
		p.section(s)
	}
	return p.err
}

// section prints the items that have room, each on lines of its own, and says
// how many have not.
func (p *printer) section(s section) {
	prefix, indent := fmt.Sprintf("  %-9s", s.title), strings.Repeat(" ", 11)
	left := s.lines
	for i, item := range s.items {
		if item == "" {
			continue
		}
		more := len(s.items) - i - 1
		room := left
		if more > 0 {
			room-- // for saying so
		}
		if room < 1 {
			p.f("%s\n", fold(prefix, indent, fmt.Sprintf("and %d more; see above", more+1), 1)[0])
			return
		}
		for _, line := range fold(prefix, indent, item, room) {
			p.f("%s\n", line)
			left, prefix = left-1, indent
		}
	}
}

// fold breaks text into lines at spaces, words that are too long anywhere, and
// cuts what has no room.
func fold(prefix, indent, text string, most int) []string {
	var lines []string
	line, fresh := []rune(prefix), true
	end := func() {
		lines = append(lines, strings.TrimRight(string(line), " "))
		line, fresh = []rune(indent), true
	}
	for word := range strings.FieldsSeq(text) {
		rest := []rune(word)
		if !fresh && len(line)+1+len(rest) > width {
			end()
		}
		if !fresh {
			line = append(line, ' ')
		}
		for len(line)+len(rest) > width {
			n := width - len(line)
			line, rest = append(line, rest[:n]...), rest[n:]
			end()
		}
		line, fresh = append(line, rest...), false
	}
	end()
	if len(lines) > most {
		lines = lines[:most]
		last := []rune(lines[most-1])
		lines[most-1] = string(last[:min(len(last), width-4)]) + " ..."
	}
	return lines
}

// verdict says in a few words how the run ended.
func (r *Run) verdict() string {
	code := r.ExitCode()
	wrote := len(r.written()) > 0
	switch {
	case code == ExitInterrupted:
		return "Writing was interrupted. Start bootmend again: it finishes or takes back."
	case r.Err != nil && wrote:
		return "Partly repaired; then bootmend could not go on: " + r.reason()
	case r.Err != nil:
		return "Nothing was written: " + r.reason()
	case wrote && code == ExitOK:
		return "Repaired and verified."
	case wrote && code == ExitRepairable:
		return "Repaired and verified; more can be repaired by another repair."
	case wrote:
		return "Partly repaired and verified; the rest needs a person."
	case code == ExitOK && r.Asked:
		return "Nothing had to be changed; nothing was written."
	case code == ExitOK:
		return "Nothing wrong was found; nothing was written."
	case code == ExitRepairable:
		return "This can be repaired; nothing was written."
	}
	return "This needs a person; nothing was written."
}

// wrongLines names what was found, each once: what, where, and as what a person
// sees it.
func wrongLines(all []*Run) []string {
	var lines []string
	seen := map[string]bool{}
	for _, r := range all {
		for _, f := range r.Findings {
			if f.Severity == condition.Info || seen[f.Key()] {
				continue
			}
			seen[f.Key()] = true
			lines = append(lines, briefly(f))
		}
	}
	if len(lines) == 0 && all[len(all)-1].Err == nil { // else it may not even have looked
		return []string{"nothing that bootmend knows"}
	}
	return lines
}

func briefly(f condition.Finding) string {
	s := f.ID
	if c, ok := condition.ByID(f.ID); ok {
		s = c.Title
	}
	if f.Result == condition.Unknown {
		s = "Not known whether: " + s
	}
	switch {
	case f.Windows != nil:
		s += ": " + f.Windows.Label()
	case f.Volume != nil:
		s += ": " + f.Volume.ID()
	case f.Disk != nil:
		s += ": " + f.Disk.Path
	}
	if f.Subject != "" {
		s += ", " + f.Subject
	}
	if f.Symptom != "" {
		s += " (" + f.Symptom + ")"
	}
	return s
}

// changedLines names what was written, by file.
func changedLines(all []*Run) []string {
	var lines []string
	for _, r := range all {
		for _, recovered := range r.Recovered {
			lines = append(lines, recovered.String())
		}
		if !r.Committed || r.Plan == nil {
			continue
		}
		lines = append(lines, byFile(slices.Concat(r.Plan.Before, r.Plan.Steps()))...)
	}
	if len(lines) == 0 {
		return []string{"nothing"}
	}
	return lines
}

// byFile counts the steps of every file, in the order of the first.
func byFile(steps []step.Step) []string {
	var names []string
	counts := map[string]map[string]int{}
	for _, s := range steps {
		d := s.Describe()
		name := strings.TrimSpace(d.File)
		if name == "" {
			name = d.Text
		}
		if d.Volume != "" {
			name += " on " + d.Volume
		}
		if counts[name] == nil {
			counts[name] = map[string]int{}
			names = append(names, name)
		}
		counts[name][d.Action]++
	}
	for i, name := range names {
		var what []string
		for _, a := range stepWords {
			switch n := counts[name][a.action]; {
			case n == 1 && a.one != "":
				what = append(what, a.one)
			case n > 0 && a.one != "":
				what = append(what, fmt.Sprintf(a.many, n))
			}
		}
		if len(what) > 0 {
			names[i] = name + ": " + strings.Join(what, ", ")
		}
	}
	return names
}

// stepWords say what a step does to a file.
var stepWords = []struct{ action, one, many string }{
	{"set-registry-value", "1 registry value set", "%d registry values set"},
	{"make-registry-key", "1 registry key made", "%d registry keys made"},
	{"remove-registry-key", "1 registry key removed", "%d registry keys removed"},
	{"write-file", "written", "written %d times"},
	{"remove", "deleted", "%d deleted"},
	{"make-directory", "folder made", "%d folders made"},
	{"rename", "renamed", "%d renamed"},
	{"set-attributes", "attributes set", "attributes set %d times"},
}

// proofLines tell how the result was judged; the whole list stands above.
func proofLines(all []*Run) []string {
	n := 0
	for _, r := range all {
		if r.Committed && r.Plan != nil {
			n += len(r.Plan.Proof)
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("carried out in memory first and verified there in %d ways (PROOF above), then judged again on the disk itself", n)}
}

// undoLines tell how to take it back, the last repair first.
func undoLines(all []*Run) []string {
	var lines []string
	for _, r := range slices.Backward(all) {
		if !r.Committed || r.Plan == nil {
			continue
		}
		switch u := r.Plan.Undo; {
		case u.ID != "":
			lines = append(lines, "bootmend undo "+u.ID)
		default:
			lines = append(lines, "cannot be taken back, see above")
		}
	}
	return lines
}

// adviceLines tell what a person has to do about what remains.
func adviceLines(run *Run) []string {
	remaining := run.Findings
	if run.Committed && run.Plan != nil {
		remaining = run.Plan.Remaining
	}
	var lines []string
	if err := run.Done.VariablesErr; err != nil {
		lines = append(lines, "The firmware did not take its boot entry: "+err.Error()+".")
	}
	for _, f := range remaining {
		if f.Severity == condition.Info || f.Advice == "" || run.Asked || slices.Contains(lines, f.Advice) {
			continue
		}
		lines = append(lines, f.Advice)
	}
	return lines
}
