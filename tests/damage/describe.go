package damage

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// systemReg merges .reg text into SYSTEM; $ stands for HKEY_LOCAL_MACHINE\SYSTEM
// and every control set of the hive.
func systemReg(g *guests.Guest, reg string) *guests.Guest {
	_, e := g.SystemHive()
	sets := map[string]string{"nt5-system": "{1,3}", "nt50-system": "{1,2}", "edition4": "{1,2}", "reactos-system": "1", "nt6-system": "{1,2}", "nt62-system": "1"}[e.Arg]
	if n, program := g.Find(0, `\Windows\System32\cmd.exe`); sets == "" && n != 0 { // around a real hive
		sets = map[bool]string{true: "{1,2}", false: "1"}[strings.HasPrefix(program.Version, "6.1.")]
	}
	return g.WithReg(e.Path, strings.ReplaceAll(reg, "$", e.Prefix+`\ControlSet00`+sets))
}

// startIDE gives both halves of the Intel IDE driver pair another Start value
// (4 disabled, 3 on demand).
func startIDE(start int) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return systemReg(g, fmt.Sprintf("[$\\Services\\{atapi,intelide}]\n\"Start\"=dword:%08x\n", start))
	}
}

// overrideIDE is what Windows 8 and later do to drivers they do not need.
func overrideIDE(g *guests.Guest) *guests.Guest {
	return systemReg(g, "[$\\Services\\{atapi,intelide}\\StartOverride]\n\"0\"=dword:00000003\n")
}

const msahci = `\Windows\System32\drivers\msahci.sys`

// wrongDriver replaces the AHCI driver by one for another processor.
func wrongDriver(g *guests.Guest) *guests.Guest {
	n, e := g.Find(0, msahci)
	arch := map[string]string{"x64": "x86", "x86": "x64"}[e.Arg]
	return g.With(n, guests.Entry{Kind: guests.PE, Path: e.Path, Arg: arch, Version: e.Version})
}

func noDriverFile(g *guests.Guest) *guests.Guest { return g.Without(msahci) }

func textDriver(g *guests.Guest) *guests.Guest {
	n, e := g.Find(0, msahci)
	return g.With(n, guests.Entry{Kind: guests.Text, Path: e.Path, Data: []byte(strings.Repeat("not a program ", 500))})
}

func noService(g *guests.Guest) *guests.Guest {
	_, e := g.SystemHive()
	var reg strings.Builder
	for _, set := range []string{"1", "2"} {
		fmt.Fprintf(&reg, "[-%s\\ControlSet00%s\\Services\\msahci]\n\n", e.Prefix, set)
	}
	return g.WithReg(e.Path, reg.String())
}

// noBinding removes what binds AHCI controllers to the driver.
func noBinding(g *guests.Guest) *guests.Guest {
	_, e := g.SystemHive()
	var reg strings.Builder
	for _, set := range []string{"1", "2"} {
		fmt.Fprintf(&reg, "[-%s\\ControlSet00%s\\Control\\CriticalDeviceDatabase\\PCI#CC_010601]\n\n", e.Prefix, set)
	}
	return g.WithReg(e.Path, reg.String())
}

// without drops files.
func without(paths ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		for _, p := range paths {
			g = g.Without(p)
		}
		return g
	}
}

// hiberfil puts a hibernation file with that signature beside Windows.
func hiberfil(signature string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, _ := g.SystemHive()
		data := make([]byte, 64<<10)
		copy(data, signature)
		return g.With(n, guests.Entry{Kind: guests.File, Path: `\hiberfil.sys`, Data: data})
	}
}

// hibernated puts such a file there once ntfs-3g, which then writes no more, has done
// what other damages need.
func hibernated(signature string) func(target) error {
	return func(t target) error {
		return InNTFS(t.image, t.part, `{ printf "$1"; head -c 65532 /dev/zero; } > hiberfil.sys`, signature)
	}
}

func noHive(g *guests.Guest) *guests.Guest {
	_, e := g.SystemHive()
	return g.Without(e.Path)
}

// noWindows drops everything below \Windows.
func noWindows(g *guests.Guest) *guests.Guest {
	for _, p := range g.Parts {
		for _, e := range p.Entries {
			if strings.HasPrefix(strings.ToUpper(e.Path), `\WINDOWS`) {
				g = g.Without(e.Path)
			}
		}
	}
	return g
}
