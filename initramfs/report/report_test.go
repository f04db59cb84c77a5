package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
)

func TestExitCode(t *testing.T) {
	fixable := condition.Finding{ID: "a", Result: condition.Present, Severity: condition.Fatal, Fixable: true}
	person := condition.Finding{ID: "b", Result: condition.Present, Severity: condition.Fatal}
	unknown := condition.Finding{ID: "c", Result: condition.Unknown, Severity: condition.Warning}
	planned := &repair.Plan{Fixes: []repair.Fix{{Finding: fixable, Steps: []step.Step{step.Rename{Volume: &inspect.Volume{Disk: &inspect.Disk{}}}}}}}
	refused := &repair.Plan{Refusals: []repair.Refusal{{Finding: fixable, Because: person}}}
	for _, tt := range []struct {
		name string
		run  Run
		want int
	}{
		{"healthy", Run{Command: "scan"}, 0},
		{"scan, repairable", Run{Command: "scan", Findings: []condition.Finding{fixable}}, 10},
		{"plan, repairable", Run{Command: "plan", Findings: []condition.Finding{fixable}, Plan: planned}, 10},
		{"scan, one needs a person", Run{Command: "scan", Findings: []condition.Finding{fixable, person}}, 11},
		{"scan, unknown", Run{Command: "scan", Findings: []condition.Finding{unknown}}, 11},
		{"plan, refused", Run{Command: "plan", Findings: []condition.Finding{fixable}, Plan: refused}, 11},
		{"repaired", Run{Command: "repair", Findings: []condition.Finding{fixable}, Plan: planned, Committed: true}, 0},
		{"partly repaired", Run{Command: "repair", Findings: []condition.Finding{fixable, person}, Plan: &repair.Plan{Remaining: []condition.Finding{person}}, Committed: true}, 11},
		{"repair left it out", Run{Command: "repair", Findings: []condition.Finding{fixable}, Plan: &repair.Plan{}}, 11},
		{"verification", Run{Command: "repair", Err: &repair.VerifyError{}}, 12},
		{"declined", Run{Command: "repair", Err: repair.ErrDeclined}, 12},
		{"changed", Run{Command: "repair", Err: fmt.Errorf("x: %w", repair.ErrChanged)}, 12},
		{"half written", Run{Command: "repair", Err: &repair.PartialError{Write: block.ErrInUse}}, 13},
		{"in use", Run{Command: "repair", Err: fmt.Errorf("x: %w", block.ErrInUse)}, 14},
		{"error", Run{Command: "scan", Err: errors.New("x")}, 1},
	} {
		if got := tt.run.ExitCode(); got != tt.want {
			t.Errorf("%s: exit code %d, want %d", tt.name, got, tt.want)
		}
	}
}

// TestJSONHasNoNulls: lists are lists, also when there is nothing in them.
func TestJSONHasNoNulls(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, &Run{Command: "scan", Patient: &inspect.Patient{}}); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["version"] != 1.0 {
		t.Errorf("version %v", doc["version"])
	}
	for _, list := range []string{"disks", "windows", "chain", "findings"} {
		if _, ok := doc[list].([]any); !ok {
			t.Errorf("%s is %v", list, doc[list])
		}
	}
}

func TestWrap(t *testing.T) {
	var b bytes.Buffer
	p := &printer{w: &b}
	p.wrap("  because: ", strings.Repeat("word ", 40)+strings.Repeat("x", 100))
	for i, line := range strings.Split(strings.TrimRight(b.String(), "\n"), "\n") {
		if len(line) > width && !strings.Contains(line, "xxx") || i > 0 && !strings.HasPrefix(line, "           ") {
			t.Errorf("line %d: %q", i, line)
		}
	}
}
