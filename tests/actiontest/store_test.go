package actiontest

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestStoreThatCounts: of two stores that start the same Windows, the one that its
// firmware reads is changed, the other stays byte for byte.
func TestStoreThatCounts(t *testing.T) {
	const other = `\Boot\BCD`
	p := newPatient(t, "win10-x64", func(g *guests.Guest) *guests.Guest {
		number, _ := g.SystemHive()
		return g.With(number, guests.Entry{Kind: guests.File, Path: other, Data: []byte("replaced below")})
	})
	before := p.read(t, other)
	if len(before) < 4096 {
		t.Fatalf("%d bytes are no store", len(before))
	}
	p.ask(t, command.ExitOK, "safe-mode=on")
	if !bytes.Equal(p.read(t, other), before) {
		t.Error("the other store was changed")
	}
	if !slices.ContainsFunc(p.state(t), func(l string) bool { return strings.Contains(l, loader+`\Elements\25000080\`) }) {
		t.Error("the store that counts was not changed")
	}
}

// TestStoreUnreadable: a store that cannot be read is mended first.
func TestStoreUnreadable(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	p := patient{g.With(1, guests.Entry{Kind: guests.File, Path: `\Boot\BCD`, Data: bytes.Repeat([]byte("no store "), 1000)}), ""}
	p.image = p.guest.Build(t)
	hash := p.hash(t)
	for _, ask := range []string{"safe-mode=on", "ems=on"} {
		if d := p.ask(t, command.ExitPerson, ask); !strings.Contains(d.Error, "cannot be read") || p.hash(t) != hash {
			t.Errorf("%s: %q", ask, d.Error)
		}
	}
}

// realStore is a store of a real machine, its references to the partition of Windows
// led to that of the guest.
func realStore(t *testing.T, g *guests.Guest, name string) []byte {
	t.Helper()
	path := realdata.File(t, "bcd/"+name)
	data, err := os.ReadFile(path)
	if err != nil {
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
	d, err := s.Object(bcd.DefaultEntry).Element(bcd.ElementOSDevice).Device()
	if err != nil || len(d.Identities()) != 1 {
		t.Fatal(d, err)
	}
	text := func(id bcd.Identity) string {
		if id.Style == bcd.StyleGPT {
			return "gpt:" + id.Partition.Bare() + ":" + id.Disk.Bare()
		}
		return fmt.Sprintf("mbr:%08x:%d", id.Signature, id.Offset)
	}
	windows, _ := g.SystemHive()
	rewrite := text(d.Identities()[0]) + "=" + text(identity(t, g, windows))
	if r := built.Run(t, "bcd", "rewrite", "--yes", path, rewrite); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRealStores: in stores of real machines safe mode and EMS are turned on and off.
func TestRealStores(t *testing.T) {
	for _, tt := range []struct{ guest, store, path string }{
		{"win7-x64", "win7-bios-mbr-vm.BCD.xz", `\Boot\BCD`}, {"win10-x64", "win10-uefi.BCD.xz", `\EFI\Microsoft\Boot\BCD`},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, tt.guest)
			number, e := g.Find(0, tt.path)
			g = g.With(number, guests.Entry{Kind: guests.File, Path: e.Path, Data: realStore(t, g, tt.store)})
			p := patient{g, g.Build(t)}
			before := p.state(t)
			for _, ask := range []struct {
				name  string
				added string
			}{{"safe-mode=on", `\Elements\25000080\"Element"=hex(3):00,00,00,00,00,00,00,00`}, {"ems=on", `\Elements\260000b0\"Element"=hex(3):01`}} {
				p.ask(t, command.ExitOK, ask.name)
				gone, added := oracle.RegChanges(before, p.state(t))
				if len(gone) > 1 || !slices.ContainsFunc(added, func(l string) bool { return strings.HasSuffix(l, ask.added) }) {
					t.Errorf("%s: gone %q, added %q", ask.name, gone, added)
				}
				p.undo(t)
				if got := p.state(t); !slices.Equal(got, before) {
					gone, added := oracle.RegChanges(before, got)
					t.Errorf("%s, undo: gone %q, added %q", ask.name, gone, added)
				}
			}
		})
	}
}
