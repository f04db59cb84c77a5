package engine

import (
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
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
