package engine

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestSystemPartitionFormatted: Linux formatted the active partition. Boot code,
// boot manager and store come back in one repair.
func TestSystemPartitionFormatted(t *testing.T) {
	for _, name := range []string{"win7-x64", "win81-x64"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, name)
			image, p := g.Build(t), g.Parts[0]
			volume := filepath.Join(t.TempDir(), "system")
			if err := sparse.Extract(volume, image, p.Start, p.Size); err != nil {
				t.Fatal(err)
			}
			tool.Must(t, "mkntfs", "-q", "-F", "-Q", "-s", "512", "-p", fmt.Sprint(p.Start/512), "-H", "16", "-S", "63", volume)
			if err := sparse.Replace(image, p.Start, volume); err != nil {
				t.Fatal(err)
			}
			doc := want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", image)
			for _, id := range []string{"vbr-code-missing", "bootmgr-missing", "bcd-missing"} {
				if len(doc.find(id)) != 1 {
					t.Errorf("want one %s:\n%s", id, doc.ids())
				}
			}
			judged(t, image, g)
			if data, err := oracle.NTFSFile(oracle.Volume(t, image, &p), `\bootmgr`); err != nil || len(data) == 0 {
				t.Errorf("bootmgr: %d bytes, %v", len(data), err)
			}
			if after := want(t, command.ExitOK, "scan", "--machine", "qemu-pc", image); len(after.Findings) > 0 {
				t.Errorf("after the repair:\n%s", after.ids())
			}
		})
	}
}
