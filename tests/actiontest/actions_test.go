package actiontest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// withCrashControl gives the first control set what Windows writes there, and
// both of two a driver that a hypervisor left behind.
func withCrashControl(g *guests.Guest) *guests.Guest {
	_, hive := g.SystemHive()
	return g.WithReg(hive.Path, `[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\CrashControl]
"AutoReboot"=dword:00000001
"CrashDumpEnabled"=dword:00000000

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\vmci]
"Start"=dword:00000000
"Type"=dword:00000001
"ErrorControl"=dword:00000001
"Group"="Base"
`)
}

var campaign = os.Getenv("BOOTMEND_CAMPAIGN") != ""

const (
	set1  = `ControlSet001\`
	crash = `Control\CrashControl\`
)

// expected is what an action changes.
type expected struct {
	guest, action string
	gone, added   []string // a part of each line
}

func ini(guest, action, gone, added string) expected {
	return expected{guest, action, []string{gone}, []string{added}}
}

// changes lists guests, actions and what they change, line by line.
func changes() []expected {
	const (
		xp   = `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS="Microsoft Windows XP Professional" /noexecute=optin /fastdetect`
		ws03 = `multi(0)disk(0)rdisk(0)partition(2)\WINDOWS="Windows Server 2003, Standard" /noexecute=optout /fastdetect`
	)
	all := []expected{
		ini("winxp-x86", "safe-mode=on", xp+"\r\n", xp+" /safeboot:minimal\r\n"),
		ini("winxp-x86", "safe-mode=network", xp+"\r\n", xp+" /safeboot:network\r\n"),
		ini("winxp-logical", "safe-mode=on", `partition(3)\WINDOWS="`, " /safeboot:minimal\r\n"),
		{"win2003-system-c", "ems=on", []string{ws03 + "\r\n"}, []string{ws03 + " /redirect\r\n", "redirect=COM1\r\n", "redirectbaudrate=115200\r\n"}},
		{"winxp-x86", "last-known-good", []string{`Select\"Current"=dword:00000001`, `Select\"Default"=dword:00000001`, `Select\"Failed"=dword:00000000`},
			[]string{`Select\"Current"=dword:00000003`, `Select\"Default"=dword:00000003`, `Select\"Failed"=dword:00000001`}},
	}
	for _, guest := range []string{"win7-x64", "win10-x64"} {
		safeboot, bootems := loader+`\Elements\25000080\`, `{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\16000020\`
		all = append(all,
			expected{guest, "safe-mode=on", nil, []string{safeboot, safeboot + `"Element"=hex(3):00,00,00,00,00,00,00,00`}},
			expected{guest, "safe-mode=network", nil, []string{safeboot, safeboot + `"Element"=hex(3):01,00,00,00,00,00,00,00`}},
			expected{guest, "ems=on", nil, []string{
				bootems, bootems + `"Element"=hex(3):01`, loader + `\Elements\260000b0\`, loader + `\Elements\260000b0\"Element"=hex(3):01`,
				`\Elements\15000022\`, `\Elements\15000022\"Element"=hex(3):01,00,00,00,00,00,00,00`,
				`\Elements\15000023\`, `\Elements\15000023\"Element"=hex(3):00,c2,01,00,00,00,00,00`}},
		)
	}
	for _, g := range []struct {
		name, second string // control set
		dump         string
		dumpFile     string
	}{
		{"winxp-x86", `ControlSet003\`, "3", "MinidumpDir"}, {"win7-x64", `ControlSet002\`, "3", "MinidumpDir"}, {"win10-x64", "", "7", "DumpFile"},
	} {
		reboot := expected{g.name, "autoreboot=off", []string{set1 + crash + `"AutoReboot"=dword:00000001`}, []string{set1 + crash + `"AutoReboot"=dword:00000000`}}
		dump := expected{g.name, "crash-dump=on", []string{set1 + crash + `"CrashDumpEnabled"=dword:00000000`},
			[]string{set1 + crash + `"CrashDumpEnabled"=dword:0000000` + g.dump, set1 + crash + `"` + g.dumpFile + `"=hex(2):`}}
		if g.second != "" {
			reboot.added = append(reboot.added, g.second+crash, g.second+crash+`"AutoReboot"=dword:00000000`)
			dump.added = append(dump.added, g.second+crash, g.second+crash+`"CrashDumpEnabled"=dword:0000000`+g.dump, g.second+crash+`"`+g.dumpFile+`"=hex(2):`)
		}
		all = append(all, reboot, dump)
	}
	return append(all, driverChanges()...)
}

// driverChanges are those of drivers on and off.
func driverChanges() []expected {
	start := func(set, service, n string) string { return set + `Services\` + service + `\"Start"=dword:0000000` + n }
	return []expected{
		{"winxp-x86", "disable-driver=VMCI", []string{start(set1, "vmci", "0")}, []string{start(set1, "vmci", "4")}},
		{"win10-x64", "disable-driver=vmci", []string{start(set1, "vmci", "0")}, []string{start(set1, "vmci", "4")}},
		{"win10-x64", "enable-driver=storahci", []string{`storahci\StartOverride\"0"=dword:00000003`}, []string{`storahci\StartOverride\"0"=dword:00000000`}},
		{"winxp-x86", "enable-driver=intelide", []string{start(set1, "IntelIde", "4"), start(`ControlSet003\`, "IntelIde", "4")},
			[]string{start(set1, "IntelIde", "0"), start(`ControlSet003\`, "IntelIde", "0")}},
		{"reactos", "disable-driver=vmci", []string{start(set1, "vmci", "0")}, []string{start(set1, "vmci", "4")}},
		{"win7-x64", "enable-driver=msahci", []string{start(set1, "msahci", "3"), start(`ControlSet002\`, "msahci", "3")},
			[]string{start(set1, "msahci", "0"), start(`ControlSet002\`, "msahci", "0")}},
	}
}

// TestActions: an action changes what it is to change and nothing else, says so
// beforehand without writing, does nothing the second time, and is taken back.
func TestActions(t *testing.T) {
	n, seen := 0, map[string]bool{}
	for _, tt := range changes() {
		// Each action once for each way in which Windows keeps it; all guests in
		// the campaign.
		name, _, _ := strings.Cut(tt.action, "=")
		kind := name + fmt.Sprint(strings.HasPrefix(tt.guest, "winxp"), tt.guest == "reactos")
		if seen[kind] && !campaign {
			continue
		}
		seen[kind] = true
		n++
		t.Run(tt.guest+"/"+tt.action, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, tt.guest, withCrashControl)
			before, hash := p.state(t), p.hash(t)

			d := want(t, command.ExitRepairable, "plan", "--action", tt.action, p.image)
			if len(d.Actions) != 1 || d.Actions[0].State != "planned" || len(d.Actions[0].Steps) == 0 || d.Actions[0].Windows != "w1" {
				t.Fatalf("plan: %+v", d.Actions)
			}
			if p.hash(t) != hash {
				t.Fatal("the plan wrote")
			}
			d = p.ask(t, command.ExitOK, tt.action)
			if d.Actions[0].State != "done" || d.Result == nil || !d.Result.Committed || d.Result.UndoID == "" {
				t.Errorf("repair: %+v %+v", d.Actions, d.Result)
			}
			after := p.state(t)
			gone, added := oracle.RegChanges(before, after)
			same(t, "gone", gone, tt.gone)
			same(t, "added", added, tt.added)

			hash = p.hash(t)
			d = p.ask(t, command.ExitOK, tt.action)
			if d.Actions[0].State != "nothing-to-do" || p.hash(t) != hash {
				t.Errorf("the second time: %+v", d.Actions)
			}
			p.undo(t)
			p.nothingBeside(t)
			if got := p.state(t); !slices.Equal(got, before) {
				gone, added := oracle.RegChanges(before, got)
				t.Errorf("undo: gone %q, added %q", gone, added)
			}
		})
	}
	t.Logf("%d actions on guests", n)
}

// TestBackAgain: the opposite action restores what the first one found.
func TestBackAgain(t *testing.T) {
	for _, tt := range []struct {
		guest, on, off string
		left           []string // what is there then and was not before
		gone           []string
	}{
		{"winxp-x86", "safe-mode=on", "safe-mode=off", nil, nil},
		{"winxp-x86", "safe-mode=network", "safe-mode=off", nil, nil},
		{"win7-x64", "safe-mode=on", "safe-mode=off", nil, nil},
		{"win10-x64", "safe-mode=network", "safe-mode=off", nil, nil},
		{"win2003-system-c", "ems=on", "ems=off", nil, nil},
		{"win7-x64", "ems=on", "ems=off", []string{`\15000022\`, `\15000022\"Element"`, `\15000023\`, `\15000023\"Element"`}, nil},
		{"winxp-x86", "disable-driver=vmci", "enable-driver=vmci,auto", []string{`"Start"=dword:00000002`}, []string{`"Start"=dword:00000000`}},
		{"win10-x64", "enable-driver=storahci,demand", "enable-driver=storahci,boot", nil, nil},
	} {
		t.Run(tt.guest+"/"+tt.off, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, tt.guest, withCrashControl)
			if tt.on == "enable-driver=storahci,demand" {
				p.ask(t, command.ExitOK, tt.off) // StartOverride as well
			}
			before := p.state(t)
			p.ask(t, command.ExitOK, tt.on)
			if gone, added := oracle.RegChanges(before, p.state(t)); len(gone)+len(added) == 0 {
				t.Error("nothing changed")
			}
			p.ask(t, command.ExitOK, tt.off)
			gone, added := oracle.RegChanges(before, p.state(t))
			same(t, "gone", gone, tt.gone)
			same(t, "added", added, tt.left)
		})
	}
}

// TestStranger: a driver that another hypervisor left is enabled where a person wants
// that, though the detectors report it from then on.
func TestStranger(t *testing.T) {
	p := newPatient(t, "winxp-x86", withReg("[\\ControlSet001\\Services\\vmdebug]\n\"Start\"=dword:00000004\n\"Type\"=dword:00000001\n"))
	number, _ := p.guest.SystemHive()
	p.guest = p.guest.With(number, guests.Entry{Kind: guests.PE, Path: `\WINDOWS\system32\drivers\vmdebug.sys`, Arg: "x86", Version: "1.2.3.4"})
	p.image = p.guest.Build(t)
	d := want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", "--action", "enable-driver=vmdebug,system", p.image)
	if d.Actions[0].State != "done" {
		t.Errorf("%+v", d.Actions)
	}
	d = want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", "--action", "autoreboot=off", p.image)
	if !slices.ContainsFunc(d.Findings, func(f struct{ ID, Result, Summary string }) bool { return f.ID == "foreign-hypervisor-drivers" }) {
		t.Errorf("nothing reports it: %+v", d.Findings)
	}
}

// TestTogether: actions that change the same file, in one transaction, which is
// taken back as one.
func TestTogether(t *testing.T) {
	for _, tt := range []struct {
		guest   string
		actions []string
		want    []string // in the state afterwards
	}{
		{"win2003-system-c", []string{"safe-mode=network", "ems=on", "autoreboot=off", "crash-dump=on"},
			[]string{"/fastdetect /safeboot:network /redirect\r\n", "redirect=COM1", set1 + crash + `"AutoReboot"=dword:00000000`, `"MinidumpDir"`}},
		{"win7-x64", []string{"ems=on", "safe-mode=on", "autoreboot=off", "enable-driver=msahci"},
			[]string{`\25000080\`, `\260000b0\`, set1 + crash + `"AutoReboot"=dword:00000000`, `msahci\"Start"=dword:00000000`}},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, tt.guest, withCrashControl)
			before := p.state(t)
			if d := p.ask(t, command.ExitOK, tt.actions...); len(d.Actions) != len(tt.actions) {
				t.Errorf("%+v", d.Actions)
			}
			after := p.state(t)
			for _, w := range tt.want {
				if !slices.ContainsFunc(after, func(l string) bool { return strings.Contains(l, w) }) {
					t.Errorf("no line with %q", w)
				}
			}
			p.undo(t)
			p.nothingBeside(t)
			if got := p.state(t); !slices.Equal(got, before) {
				gone, added := oracle.RegChanges(before, got)
				t.Errorf("undo: gone %q, added %q", gone, added)
			}
		})
	}
}
