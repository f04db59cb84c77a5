package damage

import (
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

const bootIni = `\boot.ini`

// iniText replaces words of boot.ini, which must be there.
func iniText(pairs ...string) func(*guests.Guest) *guests.Guest {
	return menuText(bootIni, pairs...)
}

func menuText(path string, pairs ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.Find(0, path)
		text := string(e.Data)
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				panic("damage: " + path + " of " + g.Name + " lacks " + pairs[i])
			}
			text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
		}
		return g.With(n, guests.Entry{Kind: guests.Text, Path: e.Path, Data: []byte(text)})
	}
}

// ownSignature names the disk of boot.ini by its signature.
func ownSignature(g *guests.Guest) *guests.Guest {
	return iniText("multi(0)", "signature("+g.ID+")")(g)
}

// ini gives boot.ini other content, of lines.
func ini(lines ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.Find(0, bootIni)
		return g.With(n, guests.Entry{Kind: guests.Text, Path: e.Path, Data: []byte(strings.Join(lines, "\r\n") + "\r\n")})
	}
}

// startedFrom is what NTLDR tells a Windows whenever it starts it.
func startedFrom(device string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		_, hive := g.SystemHive()
		return g.WithReg(hive.Path, "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control]\n\"SystemBootDevice\"=\""+device+"\"\n")
	}
}

// both does one damage after the other.
func both(all ...func(*guests.Guest) *guests.Guest) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		for _, one := range all {
			g = one(g)
		}
		return g
	}
}

// file adds a file beside the loader, or wherever the path leads, on the first
// partition.
func file(path, content string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return g.With(g.Parts[0].Number, guests.Entry{Kind: guests.File, Path: path, Data: []byte(content)})
	}
}

// beside adds a stand-in program beside the loader, on the first partition.
func beside(path, arch, version string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return g.With(g.Parts[0].Number, guests.Entry{Kind: guests.PE, Path: path, Arg: arch, Version: version})
	}
}

// program adds a stand-in program on the partition that has Windows.
func program(path, arch, version string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, _ := g.SystemHive()
		return g.With(n, guests.Entry{Kind: guests.PE, Path: path, Arg: arch, Version: version})
	}
}

// table adds a stand-in table of characters on the partition that has Windows.
func table(path string, page int) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, _ := g.SystemHive()
		return g.With(n, guests.Table(path, page))
	}
}

const xpTitle = `="Microsoft Windows XP Professional" /noexecute=optin /fastdetect`

// healthyMenus are boot.ini files of machines that start, each with what has to
// be there for that.
func healthyMenus() []Damage {
	xp := func(name string, change func(*guests.Guest) *guests.Guest) Damage {
		return Damage{Name: "bootini/" + name, Harmless: true, Guest: "winxp-x86", describe: change}
	}
	const head, own = "[boot loader]\r\ntimeout=30\r\ndefault=", `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS`
	const systems = "\r\n[operating systems]"
	return []Damage{
		xp("boot-sector-entries", ini(head+own+systems, own+xpTitle, `C:\="MS-DOS"`, `c:\wubildr.mbr="Ubuntu"`)),
		xp("recovery-console", ini(head+own+systems, `C:\CMDCONS\BOOTSECT.DAT="Microsoft Windows Recovery Console" /cmdcons`, own+xpTitle)),
		xp("other-system-by-default", ini(head+`C:\CMDCONS\BOOTSECT.DAT`+systems, `C:\CMDCONS\BOOTSECT.DAT="Recovery Console" /cmdcons`, own+xpTitle)),
		xp("entry-of-a-second-disk", ini(head+own+systems, own+xpTitle, `multi(0)disk(0)rdisk(1)partition(1)\WINNT="Windows 2000" /fastdetect`)),
		xp("entry-of-a-removed-windows", ini(head+own+systems, own+xpTitle, `multi(0)disk(0)rdisk(0)partition(2)\WINDOWS="old" /fastdetect`)),
		xp("safe-mode-twin", ini(head+own+systems, own+xpTitle, own+`="safe mode" /safeboot:minimal /sos /fastdetect`)),
		xp("no-default", ini("[boot loader]\r\ntimeout=30"+systems, own+xpTitle)),
		xp("case-and-blanks", ini(head+" MULTI(0)Disk(0)rdisk(0)PARTITION(1)\\windows "+systems, `Multi(0)disk(0)rdisk(0)partition(1)\WINDOWS = "XP"  /FASTDETECT`)),
		xp("signature", both(ini(head+`signature(5ac9e1b0)disk(0)rdisk(0)partition(1)\WINDOWS`+systems,
			`signature(5ac9e1b0)disk(0)rdisk(0)partition(1)\WINDOWS`+xpTitle), beside(`\ntbootdd.sys`, "x86", "5.1.2600.0"))),
	}
}
