package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
)

// TestEntryOfAbsentDisk: an entry for a disk that is not there stays as it is; on
// request one for the Windows that is here is added and starts by itself.
func TestEntryOfAbsentDisk(t *testing.T) {
	for _, name := range []string{"disk-not-attached", "disk-not-attached-other-folder"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find("bootini-wrong-partition/" + name)
			if !ok {
				t.Fatal("no such damage")
			}
			image, g := d.Build(t)
			_, e := g.Find(1, `\boot.ini`)
			var entry string
			before, err := readFile(t, image, g.Partition(1), `\boot.ini`)
			for _, line := range strings.Split(string(before), "\r\n") {
				if strings.HasPrefix(line, "multi") {
					entry = line
				}
			}
			if err != nil || !strings.Contains(entry, "rdisk(1)") {
				t.Fatalf("boot.ini is %q, %v; sound it is %q", before, err, e.Data)
			}
			bootmend(t, "repair", "--yes", "--only", "bootini-wrong-partition", "--machine", onSilicon, image)
			after, err := readFile(t, image, g.Partition(1), `\boot.ini`)
			text := string(after)
			if err != nil || strings.Count(text, entry+"\r\n") != 1 || !strings.Contains(text, "default="+first+"\r\n") || strings.Count(text, "\r\n"+first+"=") != 1 {
				t.Errorf("boot.ini is %q, %v; want the entry %q and one for %s, by default", text, err, entry, first)
			}
		})
	}
}
