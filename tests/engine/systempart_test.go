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
	"github.com/bootmend/bootmend/tests/tool"
)

// TestESPWithUnknownContent: an EFI system partition that holds something nobody knows is
// never formatted, also when a person names the finding. Formatted by mkfs.vfat it is
// filled, as fsck.vfat and mtools see it.
func TestESPWithUnknownContent(t *testing.T) {
	t.Parallel()
	tool.Need(t, "mkfs.vfat")
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
	for _, args := range [][]string{{"repair", "--yes"}, {"repair", "--yes", "--only", "system-partition-missing"}} {
		doc := want(t, command.ExitPerson, append(args, machine...)...)
		untouched(t, image, before, strings.Join(args, " "))
		if found := doc.find("system-partition-missing"); len(found) != 1 || !strings.Contains(found[0].Advice, "not all zeros") {
			t.Fatalf("%+v", found)
		}
	}
	volume := oracle.Volume(t, image, esp)
	defer os.Remove(volume)
	tool.Must(t, "mkfs.vfat", "-F", "32", volume)
	data, err := os.ReadFile(volume)
	if err != nil {
		t.Fatal(err)
	}
	if f, err = os.OpenFile(image, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(data, esp.Start); err != nil {
		t.Fatal(err)
	}
	f.Close()
	want(t, command.ExitOK, append([]string{"repair", "--yes"}, machine...)...)
	want(t, command.ExitOK, append([]string{"scan"}, machine...)...)
	filled := oracle.Volume(t, image, esp)
	defer os.Remove(filled)
	if err := oracle.FATStructure(filled); err != nil {
		t.Error(err)
	}
	for _, path := range []string{`\EFI\Microsoft\Boot\bootmgfw.efi`, `\EFI\Boot\bootx64.efi`, `\EFI\Microsoft\Boot\BCD`} {
		if data, err := oracle.FATFile(filled, path); err != nil || len(data) == 0 {
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
