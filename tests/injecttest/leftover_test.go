package injecttest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/tests/guests"
)

// fromFirst makes the steps for the first package of a tree that serves a device.
func fromFirst(t testing.TB, w *inspect.Installation, tree source.Tree, ids []string) error {
	t.Helper()
	target := inject.Target(w)
	best, errs := source.Best(source.Packages(tree, source.Options{}).Packages, ids, target)
	if len(best) == 0 {
		t.Fatalf("no package matches: %v", errs)
	}
	drivers, err := inject.FromMatch(best[0], ids)
	if err != nil {
		return err
	}
	_, err = inject.Steps(w, drivers...)
	return err
}

// What virt-v2v leaves in a Windows 10 (inject_virtio_win.ml): a package of its own
// with a hash of zeros, bound by ids without SUBSYS. Here as an older version of it
// did, without Version, and with the service stopped since.
const guestorReg = `[$\DriverDatabase\DriverInfFiles\guestor.inf]
@=hex(7):67,00,75,00,65,00,73,00,74,00,6f,00,72,00,2e,00,69,00,6e,00,66,00,5f,00,61,00,6d,00,64,00,36,00,34,00,5f,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,30,00,00,00,00,00
"Active"="guestor.inf_amd64_0000000000000000"
"Configurations"=hex(7):67,00,75,00,65,00,73,00,74,00,6f,00,72,00,5f,00,63,00,6f,00,6e,00,66,00,00,00,00,00

[$\DriverDatabase\DeviceIds\PCI\VEN_1AF4&DEV_1001&REV_00]
"guestor.inf"=hex:01,ff,00,00

[$\DriverDatabase\DriverPackages\guestor.inf_amd64_0000000000000000\Configurations\guestor_conf]
"ConfigFlags"=dword:00000000
"Service"="viostor"

[$\DriverDatabase\DriverPackages\guestor.inf_amd64_0000000000000000\Descriptors\PCI\VEN_1AF4&DEV_1001&REV_00]
"Configuration"="guestor_conf"

[$\ControlSet001\Services\viostor]
"Type"=dword:00000001
"Start"=dword:00000004
"ErrorControl"=dword:00000001
"Group"="SCSI miniport"
"ImagePath"=str(2):"system32\\drivers\\viostor.sys"

[$\ControlSet001\Services\viostor\StartOverride]
"0"=dword:00000003
`

// TestVirtV2VIsCompleted: the driver's file is lost, the service is stopped, the
// package lacks its Version. Nothing is made twice.
func TestVirtV2VIsCompleted(t *testing.T) {
	collection(t)
	g := guests.MustLoad(t, "win10-x64")
	_, e := g.SystemHive()
	g = g.WithReg(e.Path, strings.ReplaceAll(guestorReg, "$", e.Prefix))
	m := machineOf(pci(t, "1af4:1001:010000:00021af4:00"))
	p, w := open(t, g.Build(t), m)
	link, err := bootchain.StorageOn(w, &m.Controllers[0])
	if err != nil || !link.Bound || link.Services[0] != "viostor" {
		t.Fatalf("%+v, %v; want viostor bound", link, err)
	}
	p.Media = []source.Tree{from(t, "virtio/viostor/w10/amd64", nil)}
	offer, err := inject.For(p, w, m.Controllers[0])
	if err != nil {
		t.Fatal(err)
	}
	// As if the driver had been found without its INF.
	d := offer.Drivers[0]
	d.Package, d.Service.Values, d.Service.EventLog = nil, nil, nil
	d.IDs = []inject.DeviceID{{ID: `PCI\VEN_1AF4&DEV_1001&REV_00`, Present: true}}
	steps, err := inject.Steps(w, d)
	if err != nil {
		t.Fatal(err)
	}
	want := `file system32\drivers\viostor.sys, 64520 bytes
DriverDatabase\DriverPackages\guestor.inf_amd64_0000000000000000|Version = hex 00ff0900000000007be9364d25e3ce11bfc108002be10318000000000000000000000000000000000000000000000000
$\Services\viostor|Start = dword 0x0
$\Services\viostor\StartOverride|0 = dword 0x0
`
	if diff := cmp.Diff(want, render(t, w, steps)); diff != "" {
		t.Error(diff)
	}
}

// TestCriticalDevicesOfVirtV2V: its entries in a Windows 7 are taken as they are; what
// the INF names besides is added.
func TestCriticalDevicesOfVirtV2V(t *testing.T) {
	collection(t)
	g := guests.MustLoad(t, "win7-x64")
	_, e := g.SystemHive()
	reg := `[$\Control\CriticalDeviceDatabase\PCI#VEN_1AF4&DEV_1001&REV_00]
"Service"="viostor"
"ClassGUID"="{4D36E97B-E325-11CE-BFC1-08002BE10318}"

[$\Services\viostor]
"Type"=dword:00000001
"Start"=dword:00000000
"ErrorControl"=dword:00000001
"Group"="SCSI miniport"
"ImagePath"=str(2):"system32\\drivers\\viostor.sys"
`
	g = g.WithReg(e.Path, strings.ReplaceAll(reg, "$", e.Prefix+`\ControlSet00{1,2}`))
	m := machineOf(pci(t, "1af4:1001:010000:00021af4:00"))
	p, w := open(t, g.Build(t), m)
	p.Media = []source.Tree{from(t, "virtio/viostor/w7/amd64", nil)}
	offer, err := inject.For(p, w, m.Controllers[0])
	if err != nil {
		t.Fatal(err)
	}
	steps, err := inject.Steps(w, offer.Drivers...)
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, w, steps)
	for _, line := range []string{"REV_00|Service", "viostor|Start", "viostor|Group", "viostor|ImagePath", "viostor|Tag"} {
		if strings.Contains(strings.ReplaceAll(got, "SUBSYS_00021AF4&REV_00", ""), line) {
			t.Errorf("%s is written again:\n%s", line, got)
		}
	}
	for _, line := range []string{`file system32\drivers\viostor.sys`, `PCI#VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00|Service = sz viostor`, `Parameters\PnpInterface|5 = dword 0x1`} {
		if !strings.Contains(got, line) {
			t.Errorf("%s is missing:\n%s", line, got)
		}
	}
}
