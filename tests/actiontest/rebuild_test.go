package actiontest

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestRebuildBCD: a store that is whole, one that is none, and one that is missing
// are replaced by one that starts the Windows of the guest, as hivexregedit reads it;
// asked for again nothing is written; undo brings back what was there.
func TestRebuildBCD(t *testing.T) {
	for _, tt := range []struct {
		guest, what string
		change      func(g *guests.Guest) *guests.Guest
	}{
		{"win7-x64", "whole", func(g *guests.Guest) *guests.Guest { return g }},
		{"win10-x64", "whole", func(g *guests.Guest) *guests.Guest { return g }},
		{"win81-x64", "garbage", func(g *guests.Guest) *guests.Guest {
			return g.With(1, guests.Entry{Kind: guests.File, Path: `\Boot\BCD`, Data: bytes.Repeat([]byte("no store "), 1000)})
		}},
		{"win7-x86", "missing", without(`\Boot\BCD`)},
	} {
		t.Run(tt.guest+"/"+tt.what, func(t *testing.T) {
			t.Parallel()
			g := tt.change(guests.MustLoad(t, tt.guest))
			p := patient{g, g.Build(t)}
			_, old := g.Find(0, g.StorePath())
			var before []byte
			if old != nil {
				before = p.read(t, g.StorePath())
			}
			p.ask(t, command.ExitOK, "rebuild-bcd")
			data, err := p.store(t)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := oracle.RegExport(oracle.HiveFile(t, data))
			if err != nil {
				t.Fatal(err)
			}
			windows, _ := g.Find(0, `\Windows\System32\ntoskrnl.exe`)
			device := strings.TrimPrefix(g.Device(windows), "hex:")
			system := strings.TrimPrefix(g.Device(1), "hex:")
			for _, end := range []string{`\Elements\21000001\"Element"=hex(3):` + device, `{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\11000001\"Element"=hex(3):` + system} {
				if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasSuffix(l, end) }) {
					t.Errorf("no element %s in\n%s", end, strings.Join(lines, "\n"))
				}
			}
			hash := p.hash(t)
			p.ask(t, command.ExitOK, "rebuild-bcd")
			if p.hash(t) != hash {
				t.Error("asked for again it wrote")
			}
			p.undo(t)
			data, err = p.store(t)
			if old == nil && err == nil || old != nil && !bytes.Equal(data, before) {
				t.Errorf("taken back, the store is not what it was: %v", err)
			}
		})
	}
}

// store reads the store, by foreign tools.
func (p patient) store(t *testing.T) ([]byte, error) {
	t.Helper()
	part := p.guest.Parts[0]
	volume := oracle.Volume(t, p.image, &part)
	if part.FS == "vfat" {
		return oracle.FATFile(volume, p.guest.StorePath())
	}
	return oracle.NTFSFile(volume, p.guest.StorePath())
}
