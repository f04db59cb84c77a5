package judge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

var (
	ahci = Controller{Vendor: 0x8086, Device: 0x2922, SubVendor: 0x1AF4, SubDevice: 0x1100, Revision: 2, Class: 0x010601}
	ide  = Controller{Vendor: 0x8086, Device: 0x7010, SubVendor: 0x1AF4, SubDevice: 0x1100, Class: 0x010180}
)

// closed are guests whose chain is closed by hand, for the controller.
var closed = []struct {
	edition, service string
	controller       Controller
	reg              string // $S is the key of the control sets
	files            []string
}{
	{"nt4-x86", "atapi", ide, "[$S\\Services\\atapi]\n\"Start\"=dword:00000000\n", nil},
	{"xp-x64", "intelide", ide, "[$S\\Control\\CriticalDeviceDatabase\\pci#ven_8086&dev_7010]\n\"Service\"=\"intelide\"\n" +
		"[$S\\Services\\{atapi,intelide}]\n\"Start\"=dword:00000000\n", []string{"intelide.sys", "pciidex.sys"}},
	{"7-x64", "msahci", ahci, "[$S\\Services\\msahci]\n\"Start\"=dword:00000000\n", nil},
	{"11-x64", "storahci", ahci, "[$S\\Services\\storahci\\StartOverride]\n\"0\"=dword:00000000\n", nil},
	{"11-arm64", "storahci", ahci, "[$S\\Services\\storahci\\StartOverride]\n\"0\"=dword:00000000\n", nil},
}

func closedGuest(t *testing.T, i int, extra string) (*guests.Guest, guests.Edition) {
	t.Helper()
	c := closed[i]
	all, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Name != c.edition {
			continue
		}
		g, err := e.Guest()
		if err != nil {
			t.Fatal(err)
		}
		set := `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001`
		number, hive := g.SystemHive()
		g = g.WithReg(hive.Path, strings.ReplaceAll(c.reg+extra, "$S", set))
		for _, f := range c.files {
			g = g.With(number, guests.Entry{Kind: guests.PE, Path: `\WINDOWS\system32\drivers\` + f, Arg: e.Arch, Version: e.Version})
		}
		return g, e
	}
	t.Fatalf("no edition %s", c.edition)
	return nil, guests.Edition{}
}

// TestJudge: each guest does not boot as it is set up, and boots when its chain
// is closed.
func TestJudge(t *testing.T) {
	for i, c := range closed {
		t.Run(c.edition, func(t *testing.T) {
			g, e := closedGuest(t, i, "")
			if s, err := Open(t, g.Build(t), g, e).Boots(c.controller); err != nil || s != c.service {
				t.Errorf("Boots = %q, %v", s, err)
			}
			off, err := e.Guest()
			if err != nil {
				t.Fatal(err)
			}
			if s, err := Open(t, off.Build(t), off, e).Boots(c.controller); err == nil {
				t.Errorf("%s boots before anything was done", s)
			}
		})
	}
}

// TestPlantedFaults: whatever link is broken, the judge sees it.
func TestPlantedFaults(t *testing.T) {
	drivers := `\Windows\System32\drivers\`
	foreign := func(name string) guests.Entry {
		return guests.Entry{Kind: guests.PE, Path: drivers + name, Arg: "x86", Version: "1.0.0.0"}
	}
	for n, f := range []struct {
		closed int
		reg    string
		change func(*guests.Guest, int) *guests.Guest
		want   string
	}{
		{2, "[$S\\Services\\msahci]\n\"Start\"=dword:00000003\n", nil, "start is"},
		{2, "[$S\\Services\\msahci]\n\"Type\"=dword:00000002\n", nil, "type is"},
		{2, "[$S\\Services\\msahci]\n\"Group\"=\"Nobody\"\n", nil, "group"},
		{2, "[$S\\Services\\msahci]\n\"ImagePath\"=str(2):\"system32\\\\drivers\\\\other.sys\"\n", nil, "there is no other.sys"},
		{2, "[$S\\Control\\CriticalDeviceDatabase\\PCI#CC_010601]\n\"Service\"=\"other\"\n", nil, "cannot drive it"},
		{2, "[$S\\Control\\CriticalDeviceDatabase\\PCI#CC_010601]\n\"Service\"=\"atapi\"\n", nil, "cannot drive it"},
		{2, "[-$S\\Control\\CriticalDeviceDatabase\\PCI#CC_010601]\n", nil, "nothing in the registry binds"},
		{2, "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Default\"=dword:00000002\n", nil, "start is"},
		{2, "", func(g *guests.Guest, _ int) *guests.Guest { return g.Without(drivers + "msahci.sys") }, "there is no msahci.sys"},
		{2, "", func(g *guests.Guest, n int) *guests.Guest { return g.With(n, foreign("msahci.sys")) }, "machine 0x014c"},
		{3, "[$S\\Services\\storahci\\StartOverride]\n\"1\"=dword:00000003\n", nil, "StartOverride 1"},
		{3, "[-HKEY_LOCAL_MACHINE\\SYSTEM\\DriverDatabase\\DeviceIds\\PCI\\CC_010601]\n", nil, "nothing in the registry binds"},
		{3, "[-HKEY_LOCAL_MACHINE\\SYSTEM\\DriverDatabase\\DriverInfFiles\\mshdc.inf]\n", nil, "no active package"},
		{1, "[$S\\Services\\atapi]\n\"Start\"=dword:00000004\n", nil, "service atapi"},
	} {
		t.Run(fmt.Sprint(n, " ", f.want), func(t *testing.T) {
			g, e := closedGuest(t, f.closed, f.reg)
			if f.change != nil {
				number, _ := g.SystemHive()
				g = f.change(g, number)
			}
			s, err := Open(t, g.Build(t), g, e).Boots(closed[f.closed].controller)
			if err == nil || !strings.Contains(err.Error(), f.want) {
				t.Errorf("Boots = %q, %v; want an error with %q", s, err, f.want)
			}
		})
	}
}
