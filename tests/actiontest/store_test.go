package actiontest

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
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
