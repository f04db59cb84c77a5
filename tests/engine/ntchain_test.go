package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestChainSaysWhatIsSeen: the walk names the stage at which the start ends, and
// the message or stop code that the person sees there.
func TestChainSaysWhatIsSeen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ damage, stage, sees string }{
		{"ntldr-missing", "boot loader", "NTLDR is missing"},
		{"ntldr-missing/zeros", "boot loader", "NTLDR is missing"},
		{"ntldr-compressed", "boot loader", "NTLDR is compressed"},
		{"ntdetect-missing", "hardware detection", "NTDETECT failed"},
		{"bootini-missing/logical", "boot configuration", "Invalid BOOT.INI file"},
		{"bootini-wrong-partition/partition", "boot entry", "Could not read from the selected boot disk"},
		{"bootini-wrong-partition/rdisk", "boot entry", "Could not read from the selected boot disk"},
		{"bootini-wrong-partition/folder", "boot entry", `<Windows root>\system32\hal.dll`},
		{"bootini-wrong-partition/word", "boot entry", "Could not read from the selected boot disk"},
		{"bootini-wrong-partition/other-system-is-gone", "boot entry", "I/O Error accessing boot sector file"},
		{"bootini-missing/no-entry", "boot configuration", "Invalid BOOT.INI file"},
		{"bootini-missing-hal/hal", "kernel", `<Windows root>\system32\halacpi.dll`},
		{"system-file-missing/hal", "kernel", `<Windows root>\system32\hal.dll`},
		{"system-file-missing/imported", "kernel", `<Windows root>\system32\kdcom.dll`},
		{"system-file-missing/kernel-empty", "kernel", `<Windows root>\system32\ntoskrnl.exe`},
		{"system-file-missing/wrong-machine", "kernel", "STOP 0x0000006B"},
		{"ntldr-missing/reactos", "boot loader", "freeldr.sys not found"},
		{"bootini-missing/reactos", "boot configuration", "Error opening freeldr.ini"},
		{"bootini-wrong-partition/reactos", "boot entry", "Opening hive file failed!"},
		{"system-file-missing/reactos", "kernel", "Error loading NTOS core."},
		{"storage-driver-missing/reactos-cut", "boot drivers", "Can't load boot driver"},
		{"storage-driver-disabled/reactos", "boot drivers", "0xC0000034"},
	} {
		t.Run(tt.damage, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(tt.damage)
			if !ok {
				t.Fatal("there is no such damage")
			}
			image, g := d.Build(t)
			breaks(t, image, g.Healthy[0].Machine, tt.stage, tt.sees)
		})
	}
}

// breaks: exactly one stage does not hold.
func breaks(t *testing.T, image, machine, stage, sees string) {
	t.Helper()
	d := decode(t, bootmend(t, "scan", "--json", "--machine", machine, image))
	if len(d.Chain) != 1 {
		t.Fatalf("%d chains", len(d.Chain))
	}
	broken := 0
	for _, s := range d.Chain[0].Stages {
		if s.OK == nil || *s.OK {
			continue
		}
		broken++
		if s.Stage != stage || !strings.Contains(s.Symptom, sees) {
			t.Errorf("stage %q: %s; the person sees %q; want %q at %q", s.Stage, s.What, s.Symptom, sees, stage)
		}
	}
	if broken != 1 {
		t.Errorf("%d stages do not hold", broken)
	}
}

// TestChainOfNLSAndHives: what has no condition of ours but a message.
func TestChainOfNLSAndHives(t *testing.T) {
	t.Parallel()
	const system, reactos = `\WINDOWS\system32\config\system`, `\ReactOS\system32\config\SYSTEM`
	const nls = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet00{1,3}\\Control\\Nls\\CodePage]\n\"ACP\"=\"1252\"\n\"OEMCP\"=\"850\"\n\"1252\"=\"c_1252.nls\"\n\"850\"=\"c_850.nls\"\n"
	pages := map[string]int{"c_1252.nls": 1252, "c_850.nls": 850}
	with := func(g *guests.Guest, names ...string) *guests.Guest {
		for _, name := range names {
			g = g.With(1, guests.Table(`\WINDOWS\system32\`+name, pages[name]))
		}
		return g
	}
	xp, ros := guests.MustLoad(t, "winxp-x86").WithReg(system, nls), guests.MustLoad(t, "reactos")
	for name, tt := range map[string]struct {
		g           *guests.Guest
		stage, sees string
	}{
		"c_850.nls":       {with(xp, "c_1252.nls", "l_intl.nls"), "NLS files", `<Windows root>\system32\c_850.nls`},
		"l_intl.nls":      {with(xp, "c_1252.nls", "c_850.nls"), "NLS files", `<Windows root>\system32\l_intl.nls`},
		"XP, no hive":     {guests.MustLoad(t, "winxp-x86").With(1, guests.Entry{Kind: guests.Text, Path: system, Data: []byte("not a hive, but long enough to be read as one")}), "registry", `CONFIG\SYSTEM`},
		"ReactOS, text":   {ros.With(1, guests.Entry{Kind: guests.Text, Path: reactos, Data: []byte(strings.Repeat("no hive ", 1000))}), "registry", "Importing binary hive failed!"},
		"ReactOS, Select": {ros.WithReg(reactos, "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Current\"=dword:00000007\n\"Default\"=dword:00000007\n"), "registry", "Initializing CurrentControlSet link failed!"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			breaks(t, tt.g.Build(t), tt.g.Healthy[0].Machine, tt.stage, tt.sees)
		})
	}
	if d := decode(t, bootmend(t, "scan", "--json", "--machine", "pci:1095:0640", with(xp, "c_1252.nls", "c_850.nls", "l_intl.nls").Build(t))); len(d.Findings) > 0 {
		t.Errorf("with all files:\n%s", d.ids())
	}
}
