package report

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// TestEarlierRoundsCount: whatever the last round did, what the rounds before wrote is
// told, by the text, the summary and the top level of the JSON form.
func TestEarlierRoundsCount(t *testing.T) {
	person := condition.Finding{ID: "a", Result: condition.Present, Severity: condition.Fatal}
	round := func(id string, n int64, remaining ...condition.Finding) *Run {
		return &Run{Command: "repair", Patient: &inspect.Patient{}, Committed: true, Done: repair.Done{Bytes: n},
			Plan: &repair.Plan{Remaining: remaining, Undo: repair.Undo{ID: id}}}
	}
	nothing := func(f ...condition.Finding) *Run {
		return &Run{Command: "repair", Patient: &inspect.Patient{}, Findings: f, Plan: &repair.Plan{}}
	}
	for _, tt := range []struct {
		name    string
		last    *Run
		earlier []*Run
		bytes   int64
		undo    string
		says    string
	}{
		{"healthy then", nothing(), []*Run{round("u1", 512)}, 512, "u1", "RESULT repaired and verified, 512 bytes written by the repair before; bootmend undo u1 takes it back"},
		{"a person then", nothing(person), []*Run{round("u1", 512)}, 512, "u1", "RESULT partly repaired and verified, 512 bytes written by"},
		{"written again", round("u2", 100), []*Run{round("u1", 512)}, 612, "u2", "612 bytes written in 2 repairs; bootmend undo u2, then bootmend undo u1 takes it back"},
		{"written again, a person", round("u2", 100, person), []*Run{round("u1", 512)}, 612, "u2", "RESULT partly repaired and verified, 612 bytes"},
		{"three", nothing(), []*Run{round("u1", 1), round("u2", 2)}, 3, "u2", "3 bytes written in 2 repairs"},
		{"cannot be taken back", nothing(), []*Run{round("", 7)}, 7, "", "it cannot be taken back"},
		{"interrupted", &Run{Command: "repair", Err: context.Canceled}, []*Run{round("u1", 512)}, 512, "u1", "interrupted before anything more was written; the disk is as the repair before left it: 512 bytes"},
		{"refused", &Run{Command: "repair", Err: repair.ErrNoUndo}, []*Run{round("u1", 512)}, 512, "u1", "the disk is as the repair before left it: 512 bytes"},
	} {
		tt.last.Earlier = tt.earlier
		var text, summary bytes.Buffer
		if err := WriteText(&text, tt.last); err != nil {
			t.Fatal(err)
		}
		if err := WriteSummary(&summary, tt.last, "next"); err != nil {
			t.Fatal(err)
		}
		said := strings.Join(strings.Fields(text.String()), " ")
		if !strings.Contains(said, tt.says) {
			t.Errorf("%s: no %q in\n%s", tt.name, tt.says, text.String())
		}
		for _, s := range []string{said, summary.String()} {
			if strings.Contains(strings.ToLower(s), "nothing was written") || strings.Contains(s, "is as it was") {
				t.Errorf("%s: %s", tt.name, s)
			}
		}
		d := NewDocument(tt.last)
		if r := d.Result; !r.Committed || *r.BytesWritten != tt.bytes || r.UndoID != tt.undo || d.Healthy || len(d.Earlier) != len(tt.earlier) {
			t.Errorf("%s: %+v, %d bytes, healthy %t", tt.name, *r, *r.BytesWritten, d.Healthy)
		}
	}
}
