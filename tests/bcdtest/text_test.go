package bcdtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/realdata"
)

// section is an object in a listing of bcdedit.
type section struct {
	title string
	lines []line
}

type line struct {
	name   string
	values []string
}

// sections reads a listing: a title, dashes, names in a column of 24 characters
// and values, which may continue on further lines.
func sections(text string) []section {
	var all []section
	rows := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, row := range rows {
		row = strings.TrimRight(row, " ")
		switch {
		case row == "" || strings.HasPrefix(row, "("):
		case strings.Trim(row, "-") == "":
		case i+1 < len(rows) && strings.HasPrefix(rows[i+1], "---"):
			all = append(all, section{title: row})
		case len(all) == 0:
		case row[0] == ' ':
			s := &all[len(all)-1]
			l := &s.lines[len(s.lines)-1]
			l.values = append(l.values, strings.TrimSpace(row))
		default:
			name, value, _ := strings.Cut(row, " ")
			s := &all[len(all)-1]
			s.lines = append(s.lines, line{name, []string{strings.TrimSpace(value)}})
		}
	}
	return all
}

func listing(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(realdata.File(t, filepath.Join("text/bcdedit", name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// id is the object of a section, by GUID.
func (s section) id(t *testing.T) bcd.GUID {
	t.Helper()
	id, err := bcd.ParseObject(s.lines[0].values[0])
	if err != nil || s.lines[0].name != "identifier" {
		t.Fatalf("%q: %v", s.lines[0], err)
	}
	return id
}

// TestTemplate compares what we print of the template of Windows 10 with what
// bcdedit /v printed of another build's. The script that quoted it named some
// objects, and its author spelled GUIDs of others out; names are compared as
// what they stand for. What differs is listed.
func TestTemplate(t *testing.T) {
	theirs := sections(listing(t, "bcd-template-win10-enum-all-v.txt"))
	var text strings.Builder
	if err := open(t, real(t, "BCD-Template-win10")).WriteText(&text, bcd.TextOptions{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	ours := map[bcd.GUID]section{}
	for _, s := range sections(text.String()) {
		ours[s.id(t)] = s
	}
	var differences []string
	compared, lines := 0, 0
	for _, their := range theirs {
		our, ok := ours[their.id(t)]
		if !ok {
			t.Errorf("we have no %q %v", their.title, their.lines[0])
			continue
		}
		compared++
		if our.title != their.title {
			t.Errorf("we say %q, bcdedit %q", our.title, their.title)
		}
		mine := our.flat()
		if their.id(t).Bare() == "b012b84d-c47c-4ed5-b722-c0c42163e569" { // not copied to the end
			mine = mine[:len(their.flat())]
		}
		lines += len(mine)
		for _, l := range their.flat() {
			if i := slices.Index(mine, l); i >= 0 {
				mine = slices.Delete(mine, i, i+1)
			} else {
				differences = append(differences, their.title+": bcdedit "+l)
			}
		}
		for _, l := range mine {
			differences = append(differences, their.title+": we "+l)
		}
	}
	want := []string{
		// The listing is of a later build: it debugs locally by default, and
		// migrates more elements.
		"Debugger Settings: bcdedit debugtype Local", "Debugger Settings: we debugtype Serial", "Debugger Settings: we debugport 1", "Debugger Settings: we baudrate 115200",
		"Hypervisor Settings: bcdedit elementstomigrate 0x46000007",
		"OS Target Template: bcdedit elementstomigrate 0x260000f2",
	}
	if !slices.Equal(differences, want) {
		t.Errorf("differences:\n%s\nwant:\n%s", strings.Join(differences, "\n"), strings.Join(want, "\n"))
	}
	if compared != len(ours) {
		t.Logf("bcdedit printed %d of our %d objects", compared, len(ours))
	}
	t.Logf("%d objects, %d lines compared", compared, lines)
}

// flat are the lines of a section, one value each.
func (s section) flat() []string {
	var all []string
	for _, l := range s.lines {
		for _, v := range meaning(l.values) {
			all = append(all, l.name+" "+v)
		}
	}
	return all
}

// meaning resolves names of objects. {default} of a template is its default, and the
// quoting script's own name for it.
func meaning(values []string) []string {
	var all []string
	for _, v := range values {
		if id, err := bcd.ParseObject(v); err == nil && strings.HasPrefix(v, "{") {
			v = id.String()
			if id == bcd.DefaultEntry {
				v = "{cbd971bf-b7b8-4885-951a-fa03044f5d71}"
			}
		}
		all = append(all, v)
	}
	return all
}

// types are the types of objects by the titles in listings; what is not here
// stands in a title in hexadecimal.
var types = map[string]bcd.ObjectType{
	"Firmware Boot Manager": bcd.TypeFirmwareManager, "Windows Boot Manager": bcd.TypeBootManager, "Windows Boot Loader": bcd.TypeLoader,
	"Resume from Hibernate": bcd.TypeResume, "Windows Memory Tester": bcd.TypeMemoryTester, "Windows Legacy OS Loader": bcd.TypeLegacyLoader,
	"EMS Settings": bcd.TypeInherit, "Debugger Settings": bcd.TypeInherit, "RAM Defects": bcd.TypeInherit, "Global Settings": bcd.TypeInherit,
	"Boot Loader Settings": bcd.TypeInheritLoader, "Hypervisor Settings": bcd.TypeInheritLoader, "Inherited Settings (20200003)": bcd.TypeInheritLoader,
	"Resume Loader Settings": bcd.TypeInheritResume, "Device options": bcd.TypeDevice, "Setup Ramdisk Options": bcd.TypeDevice,
	"Firmware Application (101fffff)": bcd.TypeFirmwareEntry,
}

// TestListings makes a store of each listing that bcdedit printed on real machines,
// through our names and values, and prints it: the same text has to come out.
// Device names that only a running Windows can tell are replaced by identities before,
// {current} by the GUID of a made-up loader.
func TestListings(t *testing.T) {
	const current = "{fa81845f-07b7-11de-8c1a-99c28aeb518d}" // between its neighbours in the listing of the beta
	replace := strings.NewReplacer("{current}", current, `partition=\Device\HarddiskVolume`, "partition=mbr:00000007:1234", `ramdisk=[\Device\HarddiskVolume1]`, "ramdisk=[mbr:00000007:12341]",
		"partition=C:", "partition=mbr:00000007:1048576", "partition=E:", "partition=mbr:00000008:1048576", "ramdisk=[E:]", "ramdisk=[mbr:00000008:1048576]",
		"device                  unknown\n", "", "Inherited Settings (20200003)\n-----------------------------", "Hypervisor Settings\n-------------------",
		"{7ff607e0-4395-11db-b0de-0800200c9a66}", "{hypervisorsettings}", // Windows 7 beta did not know it yet
		"custom:250000f3         0", "hypervisordebugtype     Serial", "custom:250000f4         1", "hypervisordebugport     1", "custom:250000f5         115200", "hypervisorbaudrate      115200")
	total := 0
	for _, name := range []string{"pxe-winpe-store-enum-all.txt", "win10-uefi-dell-enum-all-by-frst.txt", "win7-recovered-by-bootrec-store.txt",
		"win7-xp-ntldr-on-E.txt", "win7beta-xp-dualboot-bios-enum-all.txt"} {
		t.Run(name, func(t *testing.T) {
			text := replace.Replace(strings.ReplaceAll(listing(t, name), "\r\n", "\n"))
			store := storeOf(t, sections(text), current)
			var printed strings.Builder
			if err := store.WriteText(&printed, bcd.TextOptions{}); err != nil {
				t.Fatal(err)
			}
			want, got := body(text), body(strings.ReplaceAll(printed.String(), "{default}", defaultName(text, current)))
			if name == "win7-xp-ntldr-on-E.txt" { // without /enum all bcdedit takes the order of the menu
				slices.Sort(want)
				slices.Sort(got)
			}
			for i := range max(len(want), len(got)) {
				if i >= len(want) || i >= len(got) || want[i] != got[i] {
					t.Fatalf("line %d: we print\n%.2000s\nbcdedit\n%.2000s", i, strings.Join(got[min(i, len(got)):], "\n"), strings.Join(want[min(i, len(want)):], "\n"))
				}
			}
			total += len(want)
		})
	}
	t.Logf("%d lines", total)
}

// defaultName is what the listing calls the default entry.
func defaultName(text, current string) string {
	if strings.Contains(text, "{default}") {
		return "{default}"
	}
	return current
}

// body are the lines of a listing, without remarks and blanks at ends.
func body(text string) []string {
	var all []string
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		if l = strings.TrimRight(l, " "); !strings.HasPrefix(l, "(") && l != "" {
			all = append(all, l)
		}
	}
	return all
}

// storeOf enters a listing into an empty store. The default entry gets a GUID.
func storeOf(t *testing.T, list []section, current string) *bcd.Store {
	t.Helper()
	stored := func(word string) string {
		if word == "{default}" {
			return current
		}
		return word
	}
	empty, err := regf.New(regf.NewOptions{Minor: 3, RootName: "x", Security: append([]byte("\x01\x00\x00\x80"), make([]byte, 16)...)})
	if err != nil {
		t.Fatal(err)
	}
	h, err := regf.NewEditor(hive(t, empty), regf.EditorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"Objects", "Description"} {
		if err := h.CreateKey(key); err != nil {
			t.Fatal(err)
		}
	}
	e, err := bcd.NewEditor(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		typ, ok := types[s.title]
		if !ok {
			t.Fatalf("no type for %q", s.title)
		}
		id, err := bcd.ParseObject(stored(s.lines[0].values[0]))
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Create(id, typ); err != nil {
			t.Fatal(err)
		}
		for _, l := range s.lines[1:] {
			el, err := typ.ParseElement(l.name)
			if err != nil {
				t.Fatal(err)
			}
			words := slices.Clone(l.values)
			for i := range words {
				words[i] = stored(words[i])
			}
			v, err := typ.ParseValue(el, words)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Set(id, el, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := h.Finish(); err != nil {
		t.Fatal(err)
	}
	store, err := e.Store()
	if err != nil {
		t.Fatal(err)
	}
	return store
}
