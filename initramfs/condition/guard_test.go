package condition

import (
	"context"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// TestGuarded: a detector that fails is an unknown finding that says so and where.
func TestGuarded(t *testing.T) {
	c := Condition{ID: "made", Title: "made by the test", Detect: func(context.Context, *inspect.Patient) []Finding {
		var none *inspect.Installation
		return []Finding{{Summary: none.Root}}
	}}
	all := guarded(t.Context(), c, &inspect.Patient{})
	if len(all) != 1 || all[0].Result != Unknown || !strings.Contains(all[0].Summary, "nil pointer") || len(all[0].Evidence) != 1 ||
		!strings.Contains(all[0].Evidence[0].Actual, "guard_test.go") {
		t.Errorf("%+v", all)
	}
	c.Detect = func(context.Context, *inspect.Patient) []Finding { return []Finding{{Summary: "sound"}} }
	if all := guarded(t.Context(), c, &inspect.Patient{}); len(all) != 1 || all[0].Summary != "sound" {
		t.Errorf("%+v", all)
	}
}
