package engine

import (
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestOldSignatureIsTaken: the signature that Windows knows is not brought back
// where another disk of the machine has it.
func TestOldSignatureIsTaken(t *testing.T) {
	d, ok := damage.Find("disk-signature-changed")
	if !ok {
		t.Fatal("no such damage")
	}
	image, g := d.Build(t)
	machine := g.Healthy[0].Machine
	if doc := decode(t, bootmend(t, "scan", "--json", "--machine", machine, image)); len(doc.find("disk-signature-changed")) != 1 {
		t.Fatalf("alone the disk has:\n%s", doc.ids())
	}
	clone := guests.MustLoad(t, d.Guest).Build(t)
	before, beforeClone := hash(t, image), hash(t, clone)
	doc := decode(t, bootmend(t, "scan", "--json", "--machine", machine, image, clone))
	if len(doc.find("disk-signature-changed")) != 0 {
		t.Errorf("beside a disk of that signature:\n%s", doc.ids())
	}
	bootmend(t, "repair", "--yes", "--machine", machine, "--only", "disk-signature-changed", image, clone)
	untouched(t, image, before, "repair")
	untouched(t, clone, beforeClone, "repair")
}
