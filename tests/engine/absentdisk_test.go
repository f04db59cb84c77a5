package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
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

// TestTwoEntriesOfAbsentDisks: two faults of one menu that a person names together
// are ended one after the other.
func TestTwoEntriesOfAbsentDisks(t *testing.T) {
	t.Parallel()
	g := guests.MustLoad(t, "winxp-x86")
	n, e := g.Find(0, `\boot.ini`)
	const signed, other = `signature(deadbeef)disk(0)rdisk(0)partition(1)\WINDOWS="by signature" /fastdetect`, `multi(0)disk(0)rdisk(1)partition(1)\WINNT="other disk" /fastdetect`
	lines := []string{"[boot loader]", "timeout=30", `default=multi(0)disk(0)rdisk(1)partition(1)\WINNT`, "[operating systems]", other, signed}
	g = g.With(n, guests.Entry{Kind: guests.Text, Path: e.Path, Data: []byte(strings.Join(lines, "\r\n") + "\r\n")})
	image := g.Build(t)
	repair := []string{"repair", "--yes", "--json", "--machine", onSilicon, image, "--only", "bootini-wrong-partition,bootini-scsi-signature"}
	before := decode(t, bootmend(t, "scan", "--json", "--machine", onSilicon, image))
	if len(before.find("bootini-wrong-partition")) != 1 || len(before.find("bootini-scsi-signature")) != 1 {
		t.Fatalf("want both:\n%s", before.ids())
	}
	rounds := 1
	for r := bootmend(t, repair...); r.Code != command.ExitOK; r = bootmend(t, repair...) {
		if rounds++; r.Code != command.ExitRepairable || rounds > 2 {
			t.Fatalf("round %d: %v", rounds-1, r)
		}
	}
	after, err := readFile(t, image, g.Partition(1), `\boot.ini`)
	text := string(after)
	if err != nil || strings.Count(text, "\r\n"+other+"\r\n") != 1 || strings.Count(text, "\r\n"+first+"=\"by signature\" /fastdetect\r\n") != 1 || !strings.Contains(text, "default="+first+"\r\n") {
		t.Errorf("boot.ini is %q, %v", text, err)
	}
	want(t, command.ExitOK, "scan", "--machine", onSilicon, image)
	t.Logf("%d rounds", rounds)
}
