package engine

import (
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestESPWithUnknownContent: an EFI system partition that holds something nobody knows
// is formatted only when a person names the finding; the next repair fills it, as
// fsck.vfat and mtools see it; what was there is kept until then, and taken back.
func TestESPWithUnknownContent(t *testing.T) {
	t.Parallel()
	g := guests.MustLoad(t, "win10-x64")
	image, esp := g.Build(t), g.Partition(1)
	noise := make([]byte, 3<<20)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(noise, esp.Start); err != nil {
		t.Fatal(err)
	}
	f.Close()
	before := hash(t, image)
	machine := []string{"--machine", "qemu-pc", image}
	doc := want(t, command.ExitPerson, append([]string{"repair", "--yes"}, machine...)...)
	untouched(t, image, before, "repair without being asked")
	found := doc.find("system-partition-missing")
	if len(found) != 1 || found[0].Confidence != "low" || !strings.Contains(found[0].Advice, "--only system-partition-missing") {
		t.Fatalf("%+v", found)
	}
	only := append([]string{"repair", "--yes", "--only", "system-partition-missing"}, machine...)
	if doc = want(t, command.ExitRepairable, only...); !doc.Result.Committed || len(doc.Plan.Final) > 0 {
		t.Fatalf("%+v, %+v", doc.Result, doc.Plan)
	}
	if r := bootmend(t, "undo", "--yes", image); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	if hash(t, image) != before {
		t.Error("taken back, the disk is not what it was")
	}
	want(t, command.ExitRepairable, only...)
	want(t, command.ExitOK, append([]string{"repair", "--yes"}, machine...)...)
	want(t, command.ExitOK, append([]string{"scan"}, machine...)...)
	volume := oracle.Volume(t, image, esp)
	defer os.Remove(volume)
	if err := oracle.FATStructure(volume); err != nil {
		t.Error(err)
	}
	for _, path := range []string{`\EFI\Microsoft\Boot\bootmgfw.efi`, `\EFI\Boot\bootx64.efi`, `\EFI\Microsoft\Boot\BCD`} {
		if data, err := oracle.FATFile(volume, path); err != nil || len(data) == 0 {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
	}
}

// TestESPOfAnotherSystem: the EFI system partition of a stick with a Linux is not taken
// for that of Windows, and nothing is written there.
func TestESPOfAnotherSystem(t *testing.T) {
	t.Parallel()
	d, ok := damage.Find("system-partition-missing/esp-deleted")
	if !ok {
		t.Fatal("no such damage")
	}
	image, g := d.Build(t)
	stick, err := guests.Parse("stick", "disk size=128M table=gpt guid=6f1c2a10-93b4-4d07-8e55-c0de0000aa00\n"+
		"partition 1 type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b guid=6f1c2a10-93b4-4d07-8e55-c0de0000aa01 name=ESP start=2048 size=64M fs=vfat label=LIVE\n"+
		"pe \\EFI\\Boot\\bootx64.efi x64 15.7.0.0\n")
	if err != nil {
		t.Fatal(err)
	}
	other := stick.Build(t)
	before := hash(t, other)
	disks := []string{"--machine", g.Healthy[0].Machine, image, other}
	doc := decode(t, bootmend(t, append([]string{"scan", "--json"}, disks...)...))
	if found := doc.find("system-partition-missing"); len(found) != 1 || found[0].Confidence != "low" || !found[0].Fixable {
		t.Fatalf("want it, for a person to judge:\n%s", doc.ids())
	}
	if found := doc.find("esp-loader-missing"); len(found) > 0 {
		t.Errorf("the stick is taken for the system partition: %+v", found)
	}
	r := bootmend(t, append([]string{"repair", "--yes", "--only", "system-partition-missing"}, disks...)...)
	if !strings.Contains(r.Stdout, "repaired and verified") {
		t.Error(r)
	}
	if hash(t, other) != before {
		t.Error("the stick was written to")
	}
}
