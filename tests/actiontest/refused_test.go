package actiontest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// withReg merges registry text into the SYSTEM hive.
func withReg(text string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		_, hive := g.SystemHive()
		return g.WithReg(hive.Path, strings.ReplaceAll(text, `[\`, `[HKEY_LOCAL_MACHINE\SYSTEM\`))
	}
}

func without(path string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest { return g.Without(path) }
}

// inUTF16 saves boot.ini as an editor does that was told "Unicode".
func inUTF16(g *guests.Guest) *guests.Guest {
	number, e := g.Find(0, `\boot.ini`)
	text := append(utf16.AppendRune(nil, 0xFEFF), utf16.Encode([]rune(string(e.Data)))...)
	data, _ := binary.Append(nil, binary.LittleEndian, text)
	return g.With(number, guests.Entry{Kind: guests.File, Path: e.Path, Data: data})
}

const vmciFilter = `"UpperFilters"=hex(7):76,00,6d,00,63,00,69,00,00,00,00,00` // vmci

// TestRefused: what must not be done is refused with a sentence, and nothing is
// written.
func TestRefused(t *testing.T) {
	same := func(g *guests.Guest) *guests.Guest { return g }
	n := 0
	for _, tt := range []struct {
		guest  string
		change func(*guests.Guest) *guests.Guest
		args   []string
		says   string
	}{
		{"winxp-x86", same, []string{"disable-driver=Disk"}, "no Windows starts without it"},
		{"win10-x64", same, []string{"disable-driver=partmgr"}, "no Windows starts without it"},
		{"winxp-x86", same, []string{"disable-driver=atapi"}, "say so with --machine"},
		{"winxp-x86", same, []string{"disable-driver=atapi", "--machine", "qemu-pc"}, "needs it to start from"},
		{"win10-x64", same, []string{"disable-driver=storahci", "--machine", "qemu-q35"}, "needs it to start from"},
		{"winxp-x86", withReg("[\\ControlSet003\\Control\\Class\\{4D36E967-E325-11CE-BFC1-08002BE10318}]\n" + vmciFilter + "\n"),
			[]string{"disable-driver=vmci"}, `ControlSet003\Control\Class\{4D36E967-E325-11CE-BFC1-08002BE10318}\UpperFilters`},
		{"winxp-x86", withReg("[\\ControlSet001\\Enum\\PCI\\VEN_8086&DEV_7010\\3&1]\n" + vmciFilter + "\n"), []string{"disable-driver=vmci"}, `Enum\PCI\VEN_8086&DEV_7010\3&1\UpperFilters`},
		{"winxp-x86", withReg("[\\ControlSet001\\Control\\CriticalDeviceDatabase\\gendisk]\n" + strings.Replace(vmciFilter, "Upper", "Lower", 1) + "\n"), []string{"disable-driver=vmci"}, `gendisk\LowerFilters`},
		{"winxp-x86", withReg("[\\Setup\\FirstBoot\\Filters\\{4D36E967-E325-11CE-BFC1-08002BE10318}]\n" + vmciFilter + "\n"), []string{"disable-driver=vmci"}, `FirstBoot\Filters`},
		{"winxp-x86", same, []string{"disable-driver=nothing"}, "has no service nothing"},
		{"winxp-x86", withReg("[\\ControlSet001\\Services\\vmci]\n\"Start\"=dword:00000004\n"), []string{"enable-driver=vmci,boot"}, "does not exist"},
		{"winxp-x86", withReg("[\\ControlSet001\\Services\\vmci]\n\"Start\"=dword:00000004\n"), []string{"enable-driver=vmci"}, "enable-driver=vmci,demand"},
		{"winxp-x86", same, []string{"ems=on"}, "Windows Server 2003 was the first"},
		{"reactos", same, []string{"safe-mode=on"}, "FreeLoader"},
		{"reactos", same, []string{"ems=on"}, "Emergency Management Services"},
		{"winxp-x86", without(`\boot.ini`), []string{"safe-mode=on"}, "there is no boot.ini"},
		{"winxp-x86", inUTF16, []string{"safe-mode=on"}, "is no plain text"},
		{"win2003-system-c", inUTF16, []string{"ems=on"}, "is no plain text"},
		{"win7-x64", without(`\Boot\BCD`), []string{"safe-mode=on"}, "no BCD store was found"},
		{"win2003-system-c", func(g *guests.Guest) *guests.Guest {
			number, e := g.Find(0, `\boot.ini`)
			return g.With(number, guests.Entry{Kind: guests.File, Path: e.Path, Data: []byte(strings.ReplaceAll(string(e.Data), "partition(2)", "partition(1)"))})
		}, []string{"safe-mode=on"}, "starts Microsoft Windows Server 2003"},
		{"winxp-x86", withReg("[\\Select]\n\"LastKnownGood\"=dword:00000007\n"), []string{"last-known-good"}, "ControlSet007, which does not exist"},
		{"winxp-x86", withReg("[\\Select]\n\"LastKnownGood\"=dword:00000000\n"), []string{"last-known-good"}, "has no last known good configuration"},
		{"winxp-x86", withReg("[\\ControlSet001\\Services\\IntelIde]\n\"Start\"=dword:00000000\n"), []string{"last-known-good", "--machine", "qemu-pc"}, "Windows would not start at all"},
		{"winxp-x86", withReg("[\\Select]\n\"LastKnownGood\"=dword:00000002\n[\\ControlSet002\\Control]\n\"x\"=dword:00000001\n"), []string{"last-known-good"}, "is not whole"},
		{"two-windows", same, []string{"import-reg=/dev/null"}, "--windows"},
		{"data-disk", same, []string{"autoreboot=off"}, "no Windows was found"},
	} {
		n++
		t.Run(tt.guest+"/"+strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			p := patient{}
			if tt.guest == "data-disk" {
				p.guest = guests.MustLoad(t, tt.guest)
				p.image = p.guest.Build(t)
			} else {
				p = newPatient(t, tt.guest, withCrashControl, tt.change)
			}
			hash := p.hash(t)
			d := want(t, command.ExitPerson, append([]string{"repair", "--yes", p.image, "--action"}, tt.args...)...)
			if !strings.Contains(d.Error, tt.says) {
				t.Errorf("%q, want %q", d.Error, tt.says)
			}
			if p.hash(t) != hash {
				t.Error("the disk has changed")
			}
			p.nothingBeside(t)
		})
	}
	t.Logf("%d refusals", n)
}

// TestUsage: what cannot be meant is a mistake in the call.
func TestUsage(t *testing.T) {
	p := newPatient(t, "winxp-x86", withCrashControl)
	hash := p.hash(t)
	for _, args := range [][]string{
		{"--action", "unknown"}, {"--action", "safe-mode"}, {"--action", "safe-mode=maybe"}, {"--action", "last-known-good=1"}, {"--action", ""},
		{"--action", "autoreboot=off", "--only", "ntfs-damaged"}, {"--action", "autoreboot=off", "--windows", "w9"}, {"--windows", "w1"},
		{"--action", "enable-driver=vmci,auto", "--action", "disable-driver=vmci"}, {"--action", "enable-driver=vmci,never"},
		{"--action", "safe-mode=on", "--action", "safe-mode=off"},
	} {
		if r := built.Run(t, append([]string{"repair", "--yes", p.image}, args...)...); r.Code != command.ExitUsage {
			t.Errorf("want a usage error: %v", r)
		}
	}
	if p.hash(t) != hash {
		t.Error("the disk has changed")
	}
	r := built.Run(t, "repair", "--list-actions")
	for _, name := range []string{"safe-mode=on|off|network", "last-known-good", "import-reg=FILE"} {
		if r.Code != command.ExitOK || !strings.Contains(r.Stdout, name) {
			t.Errorf("no %s: %v", name, r)
		}
	}
}

// TestSeveralWindows: without --windows an action is for each; what one of them
// lacks is said and does not keep it from the others.
func TestSeveralWindows(t *testing.T) {
	p := newPatient(t, "two-windows")
	d := want(t, command.ExitOK, "repair", "--yes", "--action", "autoreboot=off", p.image)
	if len(d.Actions) != 2 || d.Actions[0].Windows != "w1" || d.Actions[1].Windows != "w2" {
		t.Errorf("%+v", d.Actions)
	}
	if d := want(t, command.ExitOK, "repair", "--yes", "--windows", "w2", "--action", "autoreboot=on", p.image); len(d.Actions) != 1 || d.Actions[0].State != "done" {
		t.Errorf("%+v", d.Actions)
	}
	d = want(t, command.ExitOK, "repair", "--yes", "--action", "autoreboot=off", p.image)
	if d.Actions[0].State != "nothing-to-do" || d.Actions[1].State != "done" {
		t.Errorf("%+v", d.Actions)
	}
	// Windows 7 has msahci, XP does not.
	d = want(t, command.ExitOK, "repair", "--yes", "--action", "enable-driver=msahci", p.image)
	if len(d.Actions) != 1 || len(d.Actions[0].Notes) != 1 || !strings.Contains(d.Actions[0].Notes[0], "has no service msahci") {
		t.Errorf("%+v", d.Actions)
	}
}

// regFile writes a .reg file.
func regFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a,b.reg")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
