package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
)

// TestSummaryFits: whatever there is to tell, it has 20 lines of 79 columns, and
// what has no room is counted.
func TestSummaryFits(t *testing.T) {
	v := &inspect.Volume{Disk: &inspect.Disk{Path: "/dev/sda"}}
	var many []condition.Finding
	var steps []step.Step
	for i := range 30 {
		many = append(many, condition.Finding{ID: fmt.Sprintf("made-%d", i), Severity: condition.Fatal, Symptom: strings.Repeat("wide ", 30), Advice: fmt.Sprintf("%d %s.", i, strings.Repeat("do this ", 30))})
		steps = append(steps, step.Rename{Volume: v, From: fmt.Sprintf(`\%s%d`, strings.Repeat("x", 100), i), To: `\y`})
	}
	plan := func(left []condition.Finding) *repair.Plan {
		return &repair.Plan{Fixes: []repair.Fix{{Finding: many[0], Steps: steps}}, Proof: []string{"a", "b"}, Remaining: left, Undo: repair.Undo{ID: "20260102-030405-00112233"}}
	}
	next := strings.Repeat("What comes next. ", 20)
	for _, tt := range []struct {
		name string
		run  Run
		says []string
	}{
		{"healthy", Run{Command: "repair", Patient: &inspect.Patient{}, Plan: &repair.Plan{}}, []string{"SUMMARY Nothing wrong was found; nothing was written.", "  Changed  nothing"}},
		{"much", Run{Command: "repair", Findings: many, Plan: plan(many), Committed: true}, []string{"SUMMARY Partly repaired", "more; see above", "  Proof ", "  Undo     bootmend undo 20260102-030405-00112233", "  For you "}},
		{"two rounds", Run{Command: "repair", Findings: many, Plan: plan(nil), Committed: true, Earlier: []*Run{{Command: "repair", Findings: many, Plan: plan(nil), Committed: true}}}, []string{"SUMMARY Repaired and verified.", "in 4 ways"}},
		{"failed", Run{Command: "repair", Findings: many, Plan: &repair.Plan{}, Err: fmt.Errorf("%w: %s", repair.ErrNoUndo, strings.Repeat("long ", 100))}, []string{"SUMMARY Nothing was written: there is no place", "BOOTMEND", " ...", "  Changed  nothing"}},
		{"failed in the second round", Run{Command: "repair", Err: errors.New(strings.Repeat("long ", 100)), Earlier: []*Run{{Command: "repair", Findings: many, Plan: plan(nil), Committed: true}}}, []string{"SUMMARY Partly repaired; then", "  Undo "}},
		{"nothing to look at", Run{Command: "repair", Err: errors.New("x")}, []string{"SUMMARY Nothing was written: x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteSummary(&b, &tt.run, next); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			if len(lines) > SummaryLines {
				t.Errorf("%d lines", len(lines))
			}
			for _, line := range lines {
				if utf8.RuneCountInString(line) > width || strings.TrimRight(line, " ") != line {
					t.Errorf("%d columns: %q", utf8.RuneCountInString(line), line)
				}
			}
			for _, want := range append(tt.says, "  Next     What comes next.") {
				if !strings.Contains(b.String(), want) {
					t.Errorf("no %q", want)
				}
			}
			if t.Failed() {
				t.Log("\n" + b.String())
			}
		})
	}
}

func TestFold(t *testing.T) {
	lines := fold("  Wrong    ", "           ", strings.Repeat("x", 200)+" end", 9)
	if len(lines) != 3 || !strings.HasSuffix(lines[2], " end") || !strings.HasPrefix(lines[1], "           x") {
		t.Errorf("%q", lines)
	}
	if got := fold("A ", "", "", 1); len(got) != 1 || got[0] != "A" {
		t.Errorf("nothing: %q", got)
	}
}
