package drvcmd

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestRepairWithDrivers: scan and repair take drivers from what --drivers names, and
// say what to provide without it.
func TestRepairWithDrivers(t *testing.T) {
	packages := untar(t, "virtio-win-0.1.240-storage-shared")
	g := guests.MustLoad(t, "win7-x64")
	image := g.Build(t)
	run := func(code int, says string, args ...string) {
		t.Helper()
		r := built.Run(t, append(args, "--machine", "qemu-virtio-blk", image)...)
		text := strings.Join(strings.Fields(r.Stdout+r.Stderr), " ")
		if r.Code != code || !strings.Contains(text, says) {
			t.Fatalf("want exit %d and %q: %v", code, says, r)
		}
	}
	before := hash(t, image)
	run(command.ExitPerson, "viostor of virtio-win", "scan")
	run(command.ExitRepairable, "storage-driver-missing", "scan", "--drivers", packages)
	run(command.ExitRepairable, `viostor.sys`, "plan", "--drivers", packages)
	if hash(t, image) != before {
		t.Fatal("the disk has changed")
	}
	run(command.ExitError, "--drivers", "repair", "--yes", "--drivers", packages+"/nothing")
	run(command.ExitOK, "repaired and verified", "repair", "--yes", "--drivers", packages)
	run(command.ExitOK, "healthy", "repair", "--yes")
	run(command.ExitOK, "Nothing wrong was found", "scan")
	if r := built.Run(t, "undo", "--yes", image); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	run(command.ExitPerson, "viostor of virtio-win", "scan")
}
