package engine

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestRealPackagedDriver: the real hive of an 8.1 has a driver of another maker, its device,
// and the package that it was installed from in the driver database; the folder of the
// package has the file under the name that the database gives it.
func TestRealPackagedDriver(t *testing.T) {
	const name, folder = "win81-x64-real", `\Windows\System32\DriverStore\FileRepository\vboxguest.inf_amd64_7c8d1446c2599c22`
	if !slices.Contains(guests.RealNames(), name) {
		t.Skip("SKIP-REALDATA hive of 8.1: collection of real data not present")
	}
	t.Parallel()
	sound := guests.MustLoad(t, name)
	const path = `\Windows\System32\drivers\VBoxGuest.sys`
	n, e := sound.Find(0, path)
	stored := *e
	stored.Version = "5.0.10.0"
	stored.Path = folder + `\VBoxGuest.sys`
	g := sound.Without(path).With(n, stored)
	image, machine := g.Build(t), sound.Healthy[0].Machine
	found := want(t, command.ExitOK, "scan", "--machine", machine, image).find(bootDriver)
	if len(found) != 1 || !strings.EqualFold(found[0].Subject, "VBoxGuest") || found[0].Severity != "info" || !found[0].Fixable ||
		!strings.Contains(string(slices.Concat(found[0].Evidence...)), "its device was installed from oem1.inf, which is that package") {
		t.Fatalf("%+v", found)
	}
	want(t, command.ExitOK, "repair", "--yes", "--only", found[0].ID+":vboxguest", "--machine", machine, image)
	volume := oracle.Volume(t, image, g.Partition(n))
	got, err := oracle.NTFSFile(volume, path)
	is, errThere := oracle.NTFSFile(volume, stored.Path)
	if err != nil || errThere != nil || !bytes.Equal(got, is) {
		t.Errorf("%d bytes, %v; the package has %d, %v", len(got), err, len(is), errThere)
	}
	if left := want(t, command.ExitOK, "scan", "--machine", machine, image).find(bootDriver); len(left) > 0 {
		t.Errorf("%+v", left)
	}
}
