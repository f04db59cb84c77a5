package engine

import (
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestActiveEvidence: the slots are named as they are.
func TestActiveEvidence(t *testing.T) {
	for name, says := range map[string]string{"active-missing": "no slot has it", "active-wrong": "slot 2 has it", "active-multiple": "slots 1, 2 have it"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(name)
			if !ok {
				t.Fatal("no such damage")
			}
			image, _ := d.Build(t)
			doc := decode(t, bootmend(t, "scan", "--json", "--machine", "qemu-pc", image))
			found := doc.find(name)
			if len(found) != 1 || len(found[0].Evidence) == 0 || !strings.Contains(string(found[0].Evidence[0]), `"`+says+`"`) {
				t.Errorf("want evidence %q: %s", says, doc.ids())
			}
		})
	}
}

// TestStartedFromAnotherDisk: beside a disk with a boot manager, a missing active
// flag is shown and left alone; beside one of data it is mended.
func TestStartedFromAnotherDisk(t *testing.T) {
	grub := append(append([]byte("\xEB\x63\x90"), make([]byte, 0x17D)...), "GRUB \x00Geom\x00Hard Disk\x00Read\x00 Error\r\n\x00"...)
	for _, tt := range []struct {
		name, damage   string
		mbr            []byte // of the disk beside
		gpt, elsewhere bool
	}{
		{"data on GPT", "active-missing", nil, true, false},
		{"GRUB on GPT", "active-missing", grub, true, true},
		{"unknown code on GPT", "active-missing", []byte("\x90\x90\xB4\x01someone's boot manager"), true, true},
		{"data on MBR", "active-wrong", nil, false, false},
		{"GRUB on MBR", "active-wrong", grub, false, true},
		{"unknown code on MBR", "active-missing", []byte("\x90\x90\xB4\x01someone's boot manager"), false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(tt.damage)
			if !ok {
				t.Fatal("no such damage")
			}
			windows, _ := d.Build(t)
			beside := guests.MustLoad(t, "data-disk").Build(t)
			if tt.gpt {
				beside = t.TempDir() + "/gpt.img"
				if err := os.WriteFile(beside, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(beside, 64<<20); err != nil {
					t.Fatal(err)
				}
				tool.Must(t, "sgdisk", "--new=1:2048:+1M", "--typecode=1:ef02", "--new=2:0:0", "--typecode=2:8300", beside)
			}
			if tt.mbr != nil {
				patch(t, beside, 0, tt.mbr)
			}
			was := [2]string{hash(t, windows), hash(t, beside)}
			doc := decode(t, bootmend(t, "scan", "--json", "--machine", "qemu-pc", windows, beside))
			found := doc.find(tt.damage)
			if len(found) != 1 || (found[0].Severity == "info") != tt.elsewhere {
				t.Errorf("elsewhere %t:\n%s", tt.elsewhere, doc.ids())
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", windows, beside)
			if hash(t, beside) != was[1] || (hash(t, windows) == was[0]) != tt.elsewhere {
				t.Error("the wrong disk was written, or none")
			}
		})
	}
}
