package damage

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// unbind removes entries of the critical device database in every control set;
// before it, reg is merged.
func unbind(reg string, ids ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		_, e := g.SystemHive()
		sets := map[string][]string{"nt5-system": {"1", "3"}, "nt50-system": {"1", "2"}, "nt6-system": {"1", "2"}}[e.Arg]
		var b strings.Builder
		for _, set := range sets {
			for _, id := range ids {
				fmt.Fprintf(&b, "[-%s\\ControlSet00%s\\Control\\CriticalDeviceDatabase\\%s]\n\n", e.Prefix, set, id)
			}
		}
		if reg != "" {
			g = systemReg(g, reg)
		}
		return systemReg(g, b.String())
	}
}

// startsIDE: the drivers are started, as people do it by hand.
const startsIDE = "[$\\Services\\{atapi,intelide,pciide}]\n\"Start\"=dword:00000000\n\n"

// undatabase removes what the driver database says of AHCI.
func undatabase(g *guests.Guest) *guests.Guest {
	_, e := g.SystemHive()
	g = systemReg(g, "[$\\Services\\storahci\\StartOverride]\n\"0\"=dword:00000000\n")
	return g.WithReg(e.Path, "[-"+e.Prefix+"\\DriverDatabase\\DeviceIds\\PCI\\CC_010601]\n")
}

// byHand is what somebody did who followed instructions for Windows 7: file,
// service and critical device database.
func byHand(g *guests.Guest) *guests.Guest {
	n, e := g.Find(0, `\Windows\System32\drivers\storport.sys`)
	g = g.With(n, guests.Entry{Kind: guests.PE, Path: `\Windows\System32\drivers\viostor.sys`, Arg: e.Arg, Version: "100.93.104.24000"})
	return systemReg(g, "[$\\Services\\viostor]\n\"Type\"=dword:00000001\n\"Start\"=dword:00000000\n\"ErrorControl\"=dword:00000001\n\"Group\"=\"SCSI miniport\"\n"+
		"\"ImagePath\"=str(2):\"System32\\\\drivers\\\\viostor.sys\"\n\n"+
		"[$\\Control\\CriticalDeviceDatabase\\PCI#VEN_1AF4&DEV_1001]\n\"Service\"=\"viostor\"\n\"ClassGUID\"=\"{4D36E97B-E325-11CE-BFC1-08002BE10318}\"\n")
}

// guestor is the binding that virt-v2v makes, without the Version that Windows
// 10 wants and with a package of zeros.
func guestor(g *guests.Guest) *guests.Guest {
	_, e := g.SystemHive()
	root := e.Prefix + `\DriverDatabase\`
	return byHand(g).WithReg(e.Path, fmt.Sprintf(`[%[1]sDriverInfFiles\guestor.inf]
"Active"="guestor.inf_amd64_0000000000000000"

[%[1]sDeviceIds\PCI\VEN_1AF4&DEV_1042&REV_01]
"guestor.inf"=hex:01,ff,00,00

[%[1]sDriverPackages\guestor.inf_amd64_0000000000000000\Configurations\guestor_conf]
"ConfigFlags"=dword:00000000
"Service"="viostor"

[%[1]sDriverPackages\guestor.inf_amd64_0000000000000000\Descriptors\PCI\VEN_1AF4&DEV_1042&REV_01]
"Configuration"="guestor_conf"
`, root))
}

// services merges values into services of every control set.
func services(names, values string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return systemReg(g, "[$\\Services\\"+names+"]\n"+values+"\n")
	}
}

// azureNVMe is a Windows 10 that came to Azure and was given NVMe: its driver
// starts, the buses of Hyper-V on the way to it are held back.
func azureNVMe(g *guests.Guest) *guests.Guest {
	n, e := g.Find(0, `\Windows\System32\drivers\vmbus.sys`)
	g = g.With(n, guests.Entry{Kind: guests.PE, Path: `\Windows\System32\drivers\vpci.sys`, Arg: e.Arg, Version: e.Version})
	return systemReg(g, `[$\Services\stornvme\StartOverride]
"0"=dword:00000000

[$\Services\{vmbus,vpci}]
"Type"=dword:00000001
"Start"=dword:00000000
"ErrorControl"=dword:00000001
"Group"="System Bus Extender"

[$\Services\{vmbus,vpci}\StartOverride]
"0"=dword:00000003
`)
}

func noDiskService(g *guests.Guest) *guests.Guest {
	_, e := g.SystemHive()
	return g.WithReg(e.Path, "[-"+e.Prefix+"\\ControlSet001\\Services\\disk]\n")
}

// kept removes the driver from where it is loaded and leaves copies elsewhere:
// path and version of each.
func kept(driver string, copies ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.Find(0, driver)
		arch := e.Arg
		g = g.Without(driver)
		for i := 0; i < len(copies); i += 2 {
			g = g.With(n, guests.Entry{Kind: guests.PE, Path: copies[i], Arg: arch, Version: copies[i+1]})
		}
		return g
	}
}
