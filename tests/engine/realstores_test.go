package engine

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestRealStoresAreHealthy puts stores of real machines on guests, with their
// references led to the guest's partitions by "bcd rewrite": nothing may be said of
// those of installed Windows. What is said of others (set-up media, templates) is
// printed.
func TestRealStoresAreHealthy(t *testing.T) {
	installed := []struct{ store, guest string }{
		{"win7-bios-mbr-vm.BCD.xz", "win7-x64"},
		{"win81preview-bios-mbr.BCD.xz", "win81-x64"},
		{"win10-uefi.BCD.xz", "win10-x64"},
		{"win10-zhcn-uefi-surfacepro3.BCD.xz", "win10-x64"},
		{"win10-zhcn-bios-store-on-gpt-x470.BCD.xz", "win7-x86"},
	}
	n := 0
	for _, tt := range installed {
		t.Run(tt.store, func(t *testing.T) {
			path := realdata.File(t, "bcd/"+tt.store)
			g := guests.MustLoad(t, tt.guest)
			data := fitStore(t, g, path)
			number, e := g.Find(0, g.StorePath())
			// What the real win7 store starts by default: a rescue system, besides Windows in
			// the menu.
			windows, _ := g.Find(0, `\Windows\System32\ntoskrnl.exe`)
			g = g.With(windows, guests.Entry{Kind: guests.File, Path: `\boot\boot.wim`, Data: []byte("MSWIM\x00\x00\x00")})
			image := g.With(number, guests.Entry{Kind: guests.File, Path: e.Path, Data: data}).Build(t)
			doc := decode(t, bootmend(t, "scan", "--json", "--machine", g.Healthy[0].Machine, image))
			for _, f := range doc.Findings {
				t.Errorf("%s: %s %v", f.ID, f.Summary, f.Evidence)
			}
			n++
		})
	}
	t.Logf("%d real stores", n)
}

// fitStore leads what the store names for starting Windows and the boot manager to
// the partitions of the guest.
func fitStore(t *testing.T, g *guests.Guest, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "BCD")
	if err := os.WriteFile(copied, data, 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := regf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := bcd.Open(h)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"bcd", "rewrite", "--yes", copied}
	windows, _ := g.Find(0, `\Windows\System32\ntoskrnl.exe`)
	for _, o := range []struct {
		object  bcd.GUID
		element bcd.ElementType
		number  int
	}{{bcd.DefaultEntry, bcd.ElementOSDevice, windows}, {bcd.BootManager, bcd.ElementDevice, g.Parts[0].Number}} {
		object := s.Object(o.object)
		if object == nil || object.Element(o.element) == nil {
			t.Logf("no %s of %s", o.element.Key(), o.object)
			continue
		}
		d, err := object.Element(o.element).Device()
		if err != nil || len(d.Identities()) != 1 {
			t.Logf("%s of %s is %v: %v", o.element.Key(), o.object, d, err)
			continue // "boot" is whatever the firmware starts from
		}
		from := d.Identities()[0].Short()
		d, err = bcd.ParseDevice(unhex(t, g.Device(o.number)))
		if err != nil {
			t.Fatal(err)
		}
		if change := from + "=" + d.Identities()[0].Short(); !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, from+"=") }) {
			args = append(args, change)
		}
	}
	if r := bootmend(t, args...); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	if data, err = os.ReadFile(copied); err != nil {
		t.Fatal(err)
	}
	return data
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(text, "hex:"), ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
