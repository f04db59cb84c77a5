package engine

import (
	"fmt"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestESPOfOthers: where only other systems have folders on the EFI system
// partition, a person decides whether Windows gets one there.
func TestESPOfOthers(t *testing.T) {
	image, g := loneDisk(t)
	esp := fmt.Sprintf("%s@@%d", image, g.Partition(1).Start)
	tool.Env{tool.Mtools}.Must(t, "mdeltree", "-i", esp, "::/EFI/Microsoft")
	before := hash(t, image)
	machine := g.Healthy[0].Machine
	doc := decode(t, bootmend(t, "scan", "--json", "--machine", machine, image))
	for _, id := range []string{"esp-loader-missing", "bcd-missing"} {
		if found := doc.find(id); len(found) != 1 || found[0].Confidence != "low" {
			t.Errorf("%s: %+v", id, found)
		}
	}
	want(t, command.ExitPerson, "repair", "--yes", "--machine", machine, image)
	untouched(t, image, before, "repair without being asked")
	want(t, command.ExitOK, "repair", "--yes", "--only", "esp-loader-missing,bcd-missing,esp-fallback-missing", "--machine", machine, image)
	for _, path := range []string{"debian/shimx64.efi", "Microsoft/Boot/bootmgfw.efi", "Microsoft/Boot/BCD"} {
		tool.Env{tool.Mtools}.Must(t, "mtype", "-i", esp, "::/EFI/"+path)
	}
}
