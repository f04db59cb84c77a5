package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// storeValue is the data of an element, as hivexregedit exports it, "" for none.
func storeValue(lines []string, id, number string) string {
	prefix := strings.ToLower(`\Objects\` + id + `\Elements\` + number + `\"Element"=`)
	for _, l := range lines {
		if strings.HasPrefix(strings.ToLower(l), prefix) {
			return l[len(prefix):]
		}
	}
	return ""
}

// objectsOf lists the objects of a type, eight hexadecimal digits.
func objectsOf(lines []string, kind string) (ids []string) {
	for _, l := range lines {
		if rest, ok := strings.CutSuffix(l, `\Description\"Type"=dword:`+kind); ok {
			ids = append(ids, strings.TrimPrefix(rest, `\Objects\`))
		}
	}
	return ids
}

// TestNewStoreForSeveralWindows: the store is gone, and what took its place starts
// each Windows of the disk from where it lies, the newest by default, and XP by ntldr.
func TestNewStoreForSeveralWindows(t *testing.T) {
	for _, tt := range []struct {
		guest, machine string
		newest         int   // partition of the default
		windows        []int // partitions of all Vista and later
		ntldr          bool
	}{
		{"three-windows", "qemu-pc", 2, []int{2, 3, 4}, false},
		{"two-windows", "pci:1095:0640:010180", 2, []int{2}, true},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			sound := guests.MustLoad(t, tt.guest)
			g := sound.Without(sound.StorePath())
			image := g.Build(t)
			if d := want(t, command.ExitRepairable, "scan", "--machine", tt.machine, image); len(d.find("bcd-missing")) != 1 || len(d.Findings) != 1 {
				t.Fatalf("want bcd-missing alone:\n%s", d.ids())
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", tt.machine, image)
			if d := want(t, command.ExitOK, "scan", "--machine", tt.machine, image); len(d.Findings) > 0 {
				t.Errorf("after the repair:\n%s", d.ids())
			}
			lines := storeLines(t, image, sound)
			loaders := objectsOf(lines, "10200003")
			var menu []string
			for _, number := range tt.windows {
				device := plainHex(sound.Device(number))
				i := slices.IndexFunc(loaders, func(id string) bool { return plainHex(storeValue(lines, id, "21000001")) == device })
				if i < 0 {
					t.Fatalf("no entry starts partition %d: %v", number, loaders)
				}
				if got := plainHex(storeValue(lines, loaders[i], "11000001")); got != device {
					t.Errorf("the loader of partition %d is looked for on %s", number, got)
				}
				_, kernel := sound.Find(number, `\Windows\System32\ntoskrnl.exe`)
				if detects := storeValue(lines, loaders[i], "26000010") != ""; detects != strings.HasPrefix(kernel.Version, "6.0.") {
					t.Errorf("detecthal of %s: %v", kernel.Version, detects)
				}
				if isDefault := text(storeValue(lines, guests.BootManager, "23000003")) == loaders[i]; isDefault != (number == tt.newest) {
					t.Errorf("partition %d is the default: %v", number, isDefault)
				}
				menu = append(menu, loaders[i])
			}
			if len(loaders) != len(tt.windows) {
				t.Errorf("%d entries for %d Windows", len(loaders), len(tt.windows))
			}
			legacy := objectsOf(lines, "10300006")
			if tt.ntldr {
				if !slices.Equal(legacy, []string{guests.LegacyLoader}) || text(storeValue(lines, guests.LegacyLoader, "12000002")) != `\ntldr` ||
					plainHex(storeValue(lines, guests.LegacyLoader, "11000001")) != plainHex(sound.Device(1)) {
					t.Errorf("ntldr: %v", legacy)
				}
				menu = append(menu, guests.LegacyLoader)
			} else if len(legacy) > 0 {
				t.Errorf("there is no ntldr, but %v", legacy)
			}
			listed := strings.Split(text(storeValue(lines, guests.BootManager, "24000001")), "\x00")
			slices.Sort(listed)
			slices.Sort(menu)
			if !slices.Equal(listed, menu) {
				t.Errorf("the menu lists %v, want %v", listed, menu)
			}
		})
	}
}

// TestStaleStoreOfSeveralWindows: every reference of a store that a copied disk has
// follows, those of all Windows, of ntldr and of recovery environments: what hivexregedit
// exports is the store of the sound guest.
func TestStaleStoreOfSeveralWindows(t *testing.T) {
	for guest, machine := range map[string]string{"three-windows": "qemu-pc", "two-windows": "pci:1095:0640:010180",
		"win10-x64-bios": "qemu-pc", "win81-x64-uefi": "qemu-pc", "win11-x64": "qemu-pc", "win11-x64-bios": "qemu-pc"} {
		t.Run(guest, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, guest)
			other := guests.MustLoad(t, guest)
			other.ID = "0badcafe"
			if g.GPT {
				other.ID = "11111111-2222-4333-8444-555555555555"
				for i := range other.Parts {
					other.Parts[i].GUID = "11111111-2222-4333-8444-66666666666" + string(rune('0'+i))
				}
			}
			image := g.WithStoreOf(other).Build(t)
			d := want(t, command.ExitRepairable, "scan", "--machine", machine, image)
			if len(d.find("bcd-device-stale")) != 1 || len(d.Findings) != 1 {
				t.Fatalf("want bcd-device-stale alone:\n%s", d.ids())
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
			if d := want(t, command.ExitOK, "scan", "--machine", machine, image); len(d.Findings) > 0 {
				t.Errorf("after the repair:\n%s", d.ids())
			}
			if gone, added := oracle.RegChanges(storeLines(t, g.Build(t), g), storeLines(t, image, g)); len(gone)+len(added) > 0 {
				t.Errorf("the sound store has besides\n%s\nthis one has besides\n%s", strings.Join(gone, "\n"), strings.Join(added, "\n"))
			}
		})
	}
}
