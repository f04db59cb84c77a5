package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// menuOn2 is the menu of winxp-two-parts.
const menuOn2 = "[boot loader]\r\ntimeout=30\r\ndefault=multi(0)disk(0)rdisk(0)partition(2)\\WINDOWS\r\n[operating systems]\r\n" +
	"multi(0)disk(0)rdisk(0)partition(2)\\WINDOWS=\"Microsoft Windows XP Professional\" /noexecute=optin /fastdetect\r\n"

// TestMenuThatCannotBeFollowed: a boot.ini whose paths are no ARC paths, whose
// default= names nothing, or whose first section NTLDR does not see, is found, and
// mended to the byte where it is certain what was meant.
func TestMenuThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	const entry = `multi(0)disk(0)rdisk(0)partition(2)\WINDOWS="Mic`
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(menuOn2) }
	dos := menuOn2 + "C:\\=\"MS-DOS\"\r\nC:\\CMDCONS\\BOOTSECT.DAT=\"Console\" /cmdcons\r\n"
	for name, tt := range map[string]struct {
		menu   string
		after  string // "" where it is for a person, and nothing is written
		result string // of the chain
	}{
		"word":                     {replace("multi", "mutli"), menuOn2, "Could not read"},
		"partition of a letter":    {replace("partition(2)", "partition(x)"), menuOn2, "Could not read"},
		"partition beyond numbers": {replace("partition(2)", "partition(99999999999)"), menuOn2, "Could not read"},
		"slash":                    {replace(`\WINDOWS`, `/WINDOWS`), menuOn2, "Could not read"},
		"no parenthesis":           {replace("partition(2)", "partition(2"), menuOn2, "Could not read"},
		"one entry of two":         {strings.Replace(dos, entry, "m"+entry[2:], 1), dos, ""},
		"beside other systems":     {strings.ReplaceAll(dos, "rdisk(0)", "rdisk(o)"), dos, "Could not read"},
		"default= is no path":      {strings.Replace(menuOn2, "default=multi", "default=mutli", 1), menuOn2, "hal.dll"},
		"default= is DOS, gone":    {strings.Replace(menuOn2, "default="+entry[:43], `default=C:\`, 1), menuOn2, "boot sector file"},
		"default= is a file, gone": {strings.Replace(menuOn2, "default="+entry[:43], `default=C:\grldr.bin`, 1), menuOn2, "boot sector file"},
		"only another system":      {"[boot loader]\r\ndefault=C:\\\r\n[operating systems]\r\nC:\\=\"MS-DOS\"\r\n", "", ""},
		"section misspelt":         {replace("[boot loader]", "[boot loaderr]"), "", ""},
		"byte order mark":          {"\xEF\xBB\xBF" + menuOn2, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, "winxp-two-parts").With(1, guests.Entry{Kind: guests.File, Path: `\boot.ini`, Data: []byte(tt.menu)})
			image := g.Build(t)
			before := hash(t, image)
			d := decode(t, bootmend(t, "scan", "--json", "--machine", "qemu-pc", image))
			if found := d.find("bootini-wrong-partition"); len(found) != 1 || len(d.Findings) != 1 || found[0].Result != "present" || found[0].Fixable != (tt.after != "") || found[0].Advice == "" && tt.after == "" {
				t.Errorf("findings %+v", d.Findings)
			}
			if tt.result != "" {
				breaks(t, image, "qemu-pc", "boot entry", tt.result)
			}
			if tt.after == "" {
				want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-pc", image)
				untouched(t, image, before, "repair")
				return
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", image)
			got, err := readFile(t, image, g.Partition(1), `\boot.ini`)
			if err != nil || string(got) != tt.after {
				t.Errorf("%v: %q", err, got)
			}
			want(t, command.ExitOK, "scan", "--machine", "qemu-pc", image)
		})
	}
}

// TestMenuForSeveral: with two Windows in folders of one name, a path that cannot be
// read is for the one that no other entry leads to; where that is neither, it is for
// a person.
func TestMenuForSeveral(t *testing.T) {
	t.Parallel()
	const windows = "tree nt5-windows root=\\WINDOWS arch=x86 version=5.1.2600.5512\n" +
		"hive \\WINDOWS\\system32\\config\\system nt5-system HKEY_LOCAL_MACHINE\\SYSTEM 1.5\nmounted C\n" +
		"hive \\WINDOWS\\system32\\config\\software winxp-software HKEY_LOCAL_MACHINE\\SOFTWARE 1.5\n"
	g, err := guests.Parse("twins", "disk size=1G table=mbr signature=5ac9e1d6\n"+
		"partition 1 type=07 start=63 size=400M active fs=ntfs label=ONE\ntree nt5-loader version=5.1.2600.5512\n"+windows+
		"partition 2 type=07 start=1024000 size=400M fs=ntfs label=TWO\n"+windows)
	if err != nil {
		t.Fatal(err)
	}
	const first = `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS`
	sound := menuOn2 + first + "=\"The other\" /fastdetect\r\n"
	const machine = "pci:1095:0640"
	for name, tt := range map[string]struct{ menu, after string }{
		"one":  {strings.ReplaceAll(sound, "partition(2)", "partition(b)"), sound},
		"both": {strings.ReplaceAll(sound, "multi", "mutli"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := g.With(1, guests.Entry{Kind: guests.File, Path: `\boot.ini`, Data: []byte(tt.menu)}).Build(t)
			before := hash(t, image)
			code := command.ExitOK
			if tt.after == "" {
				code = command.ExitPerson
			}
			d := want(t, code, "repair", "--yes", "--machine", machine, image)
			if found := d.find("bootini-wrong-partition"); len(found) != 1 || len(d.Findings) != 1 || found[0].Fixable != (tt.after != "") {
				t.Errorf("findings %+v", d.Findings)
			}
			if tt.after == "" {
				untouched(t, image, before, "repair")
				return
			}
			if got, err := readFile(t, image, g.Partition(1), `\boot.ini`); err != nil || string(got) != tt.after {
				t.Errorf("%v: %q", err, got)
			}
		})
	}
}

// TestMenuOfOthers: what other systems start by is none of our business.
func TestMenuOfOthers(t *testing.T) {
	t.Parallel()
	entry := guests.Entry{Kind: guests.File, Path: `\bootsect.dos`, Data: make([]byte, 512)}
	for name, menu := range map[string]string{
		"DOS without an entry": strings.Replace(menuOn2, `default=multi(0)disk(0)rdisk(0)partition(2)\WINDOWS`, `default=C:\`, 1),
		"DOS with an entry":    menuOn2 + "C:\\=\"MS-DOS\"\r\n",
		"a RAM disk and a CD":  menuOn2 + "ramdisk(0)\\WINDOWS=\"RAM\" /rdpath=x.iso\r\nmulti(0)disk(0)cdrom(0)\\I386=\"CD\"\r\n",
		"a path with blanks":   menuOn2 + "nothing of ours = \"?\"\r\n",
		"a mark and a comment": "\xEF\xBB\xBF; saved\r\n" + menuOn2,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			staysHealthy(t, guests.MustLoad(t, "winxp-two-parts").With(1, entry).With(1, guests.Entry{Kind: guests.File, Path: `\boot.ini`, Data: []byte(menu)}).Build(t), "qemu-pc")
		})
	}
}

// TestFreeLdrThatCannotBeFollowed is the same for ReactOS; FreeLoader reads slashes
// of both kinds.
func TestFreeLdrThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	_, e := guests.MustLoad(t, "reactos").Find(0, `\freeldr.ini`)
	sound := string(e.Data)
	wide := []byte("\xFF\xFE")
	for _, c := range []byte(sound) {
		wide = append(wide, c, 0)
	}
	// The other entry leads to the Windows of that folder already.
	otherByDefault := func(menu string) string {
		return strings.Replace(menu, "DefaultOS=ReactOS", "DefaultOS=ReactOS_Debug", 1)
	}
	for name, tt := range map[string]struct {
		menu, after string
		found       string // "" for nothing
	}{
		"word":            {strings.ReplaceAll(sound, "multi(0)", "mutli(0)"), sound, "bootini-wrong-partition"},
		"number":          {strings.ReplaceAll(sound, "partition(1)", "partition(x)"), sound, "bootini-wrong-partition"},
		"only one":        {strings.Replace(sound, "multi(0)", "mutli(0)", 1), otherByDefault(strings.Replace(sound, "multi(0)", "mutli(0)", 1)), "bootini-wrong-partition"},
		"slash":           {strings.ReplaceAll(sound, `\ReactOS`, `/ReactOS`), "", ""},
		"UTF-16":          {string(wide), "", "bootini-missing"},
		"without mark":    {string(wide[2:]), "", "bootini-missing"},
		"path of its own": {strings.ReplaceAll(sound, `multi(0)disk(0)rdisk(0)partition(1)\ReactOS`, `\ReactOS`), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, "reactos").With(1, guests.Entry{Kind: guests.File, Path: e.Path, Data: []byte(tt.menu)})
			image := g.Build(t)
			before := hash(t, image)
			if tt.found == "" {
				staysHealthy(t, image, "qemu-pc")
				return
			}
			d := decode(t, bootmend(t, "scan", "--json", "--machine", "qemu-pc", image))
			if found := d.find(tt.found); len(found) != 1 || len(d.Findings) != 1 || found[0].Fixable != (tt.after != "") {
				t.Errorf("findings %+v", d.Findings)
			}
			if tt.after == "" {
				want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-pc", image)
				untouched(t, image, before, "repair")
				return
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", image)
			if got, err := readFile(t, image, g.Partition(1), e.Path); err != nil || string(got) != tt.after {
				t.Errorf("%v: %q", err, got)
			}
			want(t, command.ExitOK, "scan", "--machine", "qemu-pc", image)
		})
	}
}
