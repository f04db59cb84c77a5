package actiontest

import (
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

const regHeader = "Windows Registry Editor Version 5.00\r\n\r\n"

// both is for two hives: SYSTEM, where CurrentControlSet is every control set, and
// SOFTWARE.
const both = "\xEF\xBB\xBF" + regHeader + `[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\vmci]
"Start"=dword:00000003

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\ours\Parameters]
"Text"="x"

[HKLM\SOFTWARE\Vendor]
"Run"="y"
`

// software is every key and value of the SOFTWARE hive, by a foreign reader.
func (p patient) software(t *testing.T) []string {
	t.Helper()
	lines, err := oracle.RegExport(oracle.HiveFile(t, p.read(t, `\WINDOWS\system32\config\software`)))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestImport: every root goes to its hive, in one transaction that undo takes back.
func TestImport(t *testing.T) {
	for _, guest := range []string{"winxp-x86", "win7-x64"} {
		t.Run(guest, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, guest, withCrashControl)
			before, softBefore := p.state(t), p.software(t)
			ask := "import-reg=" + regFile(t, both)
			d := p.ask(t, command.ExitOK, ask)
			if len(d.Actions[0].Notes) != 2 {
				t.Errorf("%+v", d.Actions)
			}
			sets := len(d.setsOf(t, p))
			gone, added := oracle.RegChanges(before, p.state(t))
			same(t, "gone", gone, []string{`ControlSet001\Services\vmci\"Start"=dword:00000000`})
			// In each set ours, Parameters, Text; vmci is new in all sets but one.
			if want := 3*sets + 1 + 2*(sets-1); len(added) != want {
				t.Errorf("%d control sets, added %q", sets, added)
			}
			gone, added = oracle.RegChanges(softBefore, p.software(t))
			same(t, "gone", gone, nil)
			same(t, "added", added, []string{`Vendor\`, `Vendor\"Run"=hex(1):79,00,00,00`})

			hash := p.hash(t)
			if d := p.ask(t, command.ExitOK, ask); d.Actions[0].State != "nothing-to-do" || p.hash(t) != hash {
				t.Errorf("the second time: %+v", d.Actions)
			}
			p.undo(t)
			if !slices.Equal(p.state(t), before) || !slices.Equal(p.software(t), softBefore) {
				t.Error("undo left something")
			}
		})
	}
}

// TestImportDefault: what is for the user before anybody logs on.
func TestImportDefault(t *testing.T) {
	hive := regftest.Build(regftest.Key{Name: "default", Keys: []regftest.Key{{Name: "Control Panel"}, {Name: "Software"}}}, regftest.Options{})
	p := newPatient(t, "winxp-x86", func(g *guests.Guest) *guests.Guest {
		return g.With(1, guests.Entry{Kind: guests.File, Path: `\WINDOWS\system32\config\default`, Data: hive})
	})
	p.ask(t, command.ExitOK, "import-reg="+regFile(t, "REGEDIT4\n\n[HKEY_USERS\\.DEFAULT\\Control Panel\\Keyboard]\n\"InitialKeyboardIndicators\"=\"2\"\n"))
	lines, err := oracle.RegExport(oracle.HiveFile(t, p.read(t, `\WINDOWS\system32\config\default`)))
	if err != nil || !slices.Contains(lines, `\Control Panel\Keyboard\"InitialKeyboardIndicators"=hex(1):32,00,00,00`) {
		t.Errorf("%q, %v", lines, err)
	}
}

// setsOf lists the control sets of the first Windows.
func (document) setsOf(t *testing.T, p patient) []string {
	t.Helper()
	var d struct {
		Windows []struct {
			ControlSets []struct{ Name string } `json:"control_sets"`
		}
	}
	built.Run(t, "scan", "--json", p.image).Decode(t, &d)
	var all []string
	for _, s := range d.Windows[0].ControlSets {
		all = append(all, s.Name)
	}
	return all
}

// TestImportRefused: a file of which a part has no place here is not imported at
// all.
func TestImportRefused(t *testing.T) {
	p := newPatient(t, "winxp-x86", func(g *guests.Guest) *guests.Guest { return g })
	hash := p.hash(t)
	fine := "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\new]\n\"Start\"=dword:3\n"
	for _, tt := range []struct {
		name, text string
		code       int
	}{
		{"of a user", fine + "[HKEY_CURRENT_USER\\Software\\x]\n", command.ExitPerson},
		{"of some user", fine + "[HKEY_USERS\\S-1-5-21-1\\Software\\x]\n", command.ExitPerson},
		{"classes", fine + "[HKEY_CLASSES_ROOT\\.txt]\n", command.ExitPerson},
		{"loaded under a name", fine + "[HKEY_LOCAL_MACHINE\\broken\\ControlSet001]\n", command.ExitPerson},
		{"machine and user", fine + "[HKEY_USERS\\.DEFAULT\\Software\\x]\n", command.ExitPerson},
		{"a hive that is not there", "[HKEY_LOCAL_MACHINE\\DRIVERS\\x]\n", command.ExitPerson},
		{"a control set that is not there", "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet009\\x]\n", command.ExitPerson},
		{"deletes what is vital", fine + "[-HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n", command.ExitPerson},
		{"a line that is none", fine + "\"Start\"=dword:zz\n", command.ExitPerson},
	} {
		d := p.ask(t, tt.code, "import-reg="+regFile(t, "REGEDIT4\n\n"+tt.text))
		if d.Error == "" || p.hash(t) != hash {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
	p.ask(t, command.ExitPerson, "import-reg="+regFile(t, "no registry text"))
	p.ask(t, command.ExitError, "import-reg=/nowhere/a.reg")
	if p.hash(t) != hash {
		t.Error("the disk has changed")
	}
}
