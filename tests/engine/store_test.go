package engine

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// checkStore reads the boot configuration of a repaired disk by hivexregedit: the
// default entry starts the Windows of the guest from where it lies, the boot manager
// knows its own partition, and everything in the menu exists. A store that was not
// made anew is that of the sound guest.
func checkStore(t *testing.T, d damage.Damage, image string, g *guests.Guest) {
	t.Helper()
	if !strings.HasPrefix(d.Finding, "bcd-") && d.Finding != "disk-signature-changed" {
		return
	}
	lines := storeLines(t, image, g)
	value := func(id, number string) string {
		prefix := `\Objects\` + id + `\Elements\` + number + `\"Element"=`
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(strings.ToLower(l), strings.ToLower(prefix)) })
		if i < 0 {
			return ""
		}
		return lines[i][len(prefix):]
	}
	id := text(value(guests.BootManager, "23000003"))
	number, _ := g.Find(0, `\Windows\System32\ntoskrnl.exe`)
	program := `winload.exe`
	if g.GPT {
		program = `winload.efi`
	}
	for _, want := range []struct{ id, number, text string }{
		{guests.BootManager, "11000001", plainHex(g.Device(g.Parts[0].Number))}, {id, "11000001", plainHex(g.Device(number))}, {id, "21000001", plainHex(g.Device(number))},
	} {
		if got := plainHex(value(want.id, want.number)); !strings.EqualFold(got, want.text) {
			t.Errorf("%s %s is\n%s, want\n%s", want.id, want.number, got, want.text)
		}
	}
	if path := text(value(id, "12000002")); !strings.EqualFold(path, `\Windows\system32\`+program) {
		t.Errorf("the default entry loads %q", path)
	}
	if root := text(value(id, "22000002")); !strings.EqualFold(root, `\Windows`) {
		t.Errorf("the default entry has systemroot %q", root)
	}
	order := text(value(guests.BootManager, "24000001"))
	for _, entry := range strings.FieldsFunc(order, func(r rune) bool { return r == 0 }) {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(strings.ToLower(l), `\objects\`+strings.ToLower(entry)) }) {
			t.Errorf("the menu lists %q, which does not exist", entry)
		}
	}
	if order == "" {
		t.Error("the menu is empty")
	}
	if !strings.EqualFold(id, guests.Loader) {
		return // made anew
	}
	sound := d.Sound(t)
	gone, added := oracle.RegChanges(storeLines(t, sound.Build(t), sound), lines)
	gone = slices.DeleteFunc(gone, func(l string) bool { return d.Finding == "bcd-bootmgr-entry" })
	added = slices.DeleteFunc(added, func(l string) bool {
		return d.Finding == "bcd-bootmgr-entry" || strings.Contains(l, "5d5b1a39") || slices.ContainsFunc(d.Rest, func(end string) bool { return strings.HasSuffix(l, end) })
	})
	if len(gone)+len(added) > 0 {
		t.Errorf("the sound store has besides\n%s\nthis one has besides\n%s", strings.Join(gone, "\n"), strings.Join(added, "\n"))
	}
}

// storeLines is the store as hivexregedit exports it.
func storeLines(t *testing.T, image string, g *guests.Guest) []string {
	t.Helper()
	i := slices.IndexFunc(g.Parts, func(p guests.Partition) bool { return p.Active || p.FS == "vfat" })
	data, err := readFile(t, image, &g.Parts[i], g.StorePath())
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// plainHex is the data of a value without its type, and text what strings it holds.
func plainHex(data string) string { return data[strings.Index(data, ":")+1:] }

func text(data string) string {
	raw, _ := hex.DecodeString(strings.ReplaceAll(plainHex(data), ",", ""))
	var b strings.Builder
	for i := 0; i+1 < len(raw); i += 2 {
		b.WriteByte(raw[i])
	}
	return strings.TrimRight(b.String(), "\x00")
}
