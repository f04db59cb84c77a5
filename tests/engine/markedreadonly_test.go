package engine

import (
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
)

// TestMarkedReadOnly: an image that its owner took the permission to write away from is
// diagnosed and not repaired, by root neither; the person is told what to do.
func TestMarkedReadOnly(t *testing.T) {
	d, ok := damage.Find("active-missing")
	if !ok {
		t.Fatal("no such damage")
	}
	image, g := d.Build(t)
	machine := g.Healthy[0].Machine
	before := hash(t, image)
	if err := os.Chmod(image, 0o444); err != nil {
		t.Fatal(err)
	}
	want(t, command.ExitRepairable, "scan", "--machine", machine, image)
	r := bootmend(t, "repair", "--yes", "--machine", machine, image)
	if text := strings.Join(strings.Fields(r.Stdout+r.Stderr), " "); r.Code != command.ExitNotWritten || os.Geteuid() == 0 && !strings.Contains(text, "marked read-only") {
		t.Errorf("exit %d: %s", r.Code, text)
	}
	untouched(t, image, before, "repair of an image that is marked read-only")
	if err := os.Chmod(image, 0o644); err != nil {
		t.Fatal(err)
	}
	want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
}
