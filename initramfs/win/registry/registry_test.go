package registry_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type (
	key   = regftest.Key
	value = regftest.Value
)

var sz, dword, multi = regftest.SZ, regftest.DWORD, regftest.MultiSZ

func open(t *testing.T, root key) *registry.System {
	t.Helper()
	b := regftest.Build(root, regftest.Options{})
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.OpenSystem(h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func controlSet(name string) key {
	return key{Name: name, Keys: []key{
		{Name: "Control", Keys: []key{
			{Name: "CriticalDeviceDatabase", Keys: []key{
				{Name: "pci#ven_8086&dev_7111", Values: []value{sz("Service", "intelide"), sz("ClassGUID", "{4D36E96A-E325-11CE-BFC1-08002BE10318}")}},
				{Name: "PCI#CC_0101", Values: []value{sz("Service", "pciide"), sz("DriverPackageId", "mshdc.inf_x86_neutral_fab873f3e8a3315c")}},
				{Name: "root#none"},
			}},
			{Name: "ProductOptions", Values: []value{sz("ProductType", "WinNT")}},
			{Name: "ServiceGroupOrder", Values: []value{multi("List", "Boot Bus Extender", "System Bus Extender")}},
			{Name: "Session Manager", Keys: []key{{Name: "Environment", Values: []value{sz("PROCESSOR_ARCHITECTURE", "AMD64")}}}},
		}},
		{Name: "services", Keys: []key{
			{Name: "IntelIde", Values: []value{dword("Start", 0), dword("Type", 1), dword("ErrorControl", 3), dword("Tag", 4),
				sz("Group", "System Bus Extender"), regftest.ExpandSZ("ImagePath", `system32\DRIVERS\intelide.sys`)},
				Keys: []key{{Name: "StartOverride", Values: []value{dword("0", 3), dword("1", 0)}}}},
			{Name: "atapi", Values: []value{dword("Start", 4), dword("Type", 1)}},
			{Name: "bad", Values: []value{sz("Start", "0")}},
			{Name: "pvscsi", Keys: []key{{Name: "Parameters"}}},
		}},
	}}
}

func sample() key {
	sel := []value{dword("Current", 1), dword("Default", 1), dword("LastKnownGood", 3)}
	return key{Keys: []key{
		{Name: "Select", Values: sel},
		controlSet("ControlSet003"), controlSet("controlset001"),
		{Name: "ControlSet"}, {Name: "ControlSet0010"}, {Name: "ControlSetABC"}, {Name: "MountedDevices"},
	}}
}

func TestSystem(t *testing.T) {
	s := open(t, sample())
	want := registry.Select{Current: registry.Number{N: 1, Present: true}, Default: registry.Number{N: 1, Present: true},
		LastKnownGood: registry.Number{N: 3, Present: true}}
	if s.Select != want {
		t.Errorf("Select = %+v, want %+v: Failed is absent", s.Select, want)
	}
	sets, err := s.ControlSets()
	if err != nil || len(sets) != 2 || sets[0].Number != 1 || sets[1].Number != 3 || sets[1].Path != "ControlSet003" {
		t.Fatalf("ControlSets = %v, %v", sets, err)
	}
	if got := sets[0].Roles(); !cmp.Equal(got, []string{"Current", "Default"}) {
		t.Errorf("Roles = %q", got)
	}
	if c, err := s.ControlSet(3); err != nil || c.Number != 3 {
		t.Errorf("ControlSet(3) = %v, %v", c, err)
	}
	if _, err := s.ControlSet(2); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("ControlSet(2): %v", err)
	}
	c := sets[0]
	if a, err := c.Architecture(); a != "AMD64" || err != nil {
		t.Errorf("Architecture = %q, %v", a, err)
	}
	if p, err := c.ProductType(); p != "WinNT" || err != nil {
		t.Errorf("ProductType = %q, %v", p, err)
	}
	if g, err := c.ServiceGroupOrder(); err != nil || !cmp.Equal(g, []string{"Boot Bus Extender", "System Bus Extender"}) {
		t.Errorf("ServiceGroupOrder = %q, %v", g, err)
	}
	if has, err := s.HasDriverDatabase(); has || err != nil {
		t.Errorf("HasDriverDatabase = %v, %v", has, err)
	}
}

func TestNotSystem(t *testing.T) {
	b := regftest.Build(key{Keys: []key{{Name: "Microsoft"}}}, regftest.Options{})
	h, _ := regf.Open(bytes.NewReader(b), int64(len(b)))
	if _, err := registry.OpenSystem(h); !errors.Is(err, registry.ErrNotSystem) {
		t.Errorf("OpenSystem = %v", err)
	}
}

func TestService(t *testing.T) {
	c, err := open(t, sample()).ControlSet(3)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Service("INTELIDE")
	want := &registry.Service{Name: "IntelIde", KeyPath: `ControlSet003\Services\IntelIde`, HasStart: true, Type: 1, ErrorControl: 3,
		Tag: 4, HasTag: true, ImagePath: `system32\DRIVERS\intelide.sys`, Group: "System Bus Extender",
		StartOverride: []registry.NamedDWORD{{Name: "0", Value: 3}, {Name: "1", Value: 0}}}
	if err != nil || !cmp.Equal(s, want) {
		t.Fatalf("Service: %v %s", err, cmp.Diff(want, s))
	}
	if s.BootStart() {
		t.Error("BootStart although an override says 3")
	}
	if _, err := c.System.Hive.Key(s.KeyPath); err != nil {
		t.Errorf("KeyPath: %v", err)
	}
	if s, err = c.Service("pvscsi"); err != nil || s.HasStart || s.HasTag || s.BootStart() {
		t.Errorf("key without Start: %+v, %v", s, err)
	}
	if s, err = c.Service("atapi"); err != nil || s.Start != registry.StartDisabled || s.BootStart() {
		t.Errorf("atapi: %+v, %v", s, err)
	}
	if _, err = c.Service("bad"); !errors.Is(err, regf.ErrType) {
		t.Errorf("Start of another type: %v", err)
	}
	if _, err = c.Service("none"); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("absent service: %v", err)
	}
	all, err := c.Services()
	if len(all) != 3 || !errors.Is(err, regf.ErrType) {
		t.Errorf("Services: %d, %v, want three and the reason for the fourth", len(all), err)
	}
}

func TestCriticalDevice(t *testing.T) {
	c, err := open(t, sample()).ControlSet(1)
	if err != nil {
		t.Fatal(err)
	}
	ids := registry.PCIFunction{Vendor: 0x8086, Device: 0x7111, Revision: 1, Class: 0x01018a}.IDs()
	got, err := c.CriticalDevices(ids)
	want := []*registry.CriticalDevice{
		{ID: "pci#ven_8086&dev_7111", KeyPath: `ControlSet001\Control\CriticalDeviceDatabase\pci#ven_8086&dev_7111`,
			Service: "intelide", ClassGUID: "{4D36E96A-E325-11CE-BFC1-08002BE10318}"},
		{ID: "PCI#CC_0101", KeyPath: `ControlSet001\Control\CriticalDeviceDatabase\PCI#CC_0101`,
			Service: "pciide", DriverPackageID: "mshdc.inf_x86_neutral_fab873f3e8a3315c"},
	}
	// The sample spells the set's name in lower case.
	fold := cmp.Comparer(regf.EqualFold)
	if err != nil || !cmp.Equal(got, want, fold) {
		t.Errorf("CriticalDevices: %v %s", err, cmp.Diff(want, got, fold))
	}
	if d, err := c.CriticalDevice(`ROOT\NONE`); err != nil || d.Service != "" {
		t.Errorf("entry without service: %+v, %v", d, err)
	}
	if _, err := c.CriticalDevice(`PCI\CC_0106`); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func driverDatabase() key {
	version := make([]byte, 48)
	copy(version, "\xff\xff\x09\x00\x00\x00\x00\x00\x6a\xe9\x36\x4d\x25\xe3\xce\x11\xbf\xc1\x08\x00\x2b\xe1\x03\x18")
	copy(version[24:], "\x00\x80\x8c\xa3\xc5\x94\xc6\x01\xfb\x00\xab\x3f\x00\x00\x0a\x00") // 2006-06-21, 10.0.16299.251
	match := regftest.Binary("", 1, 0xff, 0, 0)
	inf := func(name string) value { match.Name = name; return match }
	return key{Name: "DriverDatabase", Keys: []key{
		{Name: "DeviceIds", Keys: []key{
			{Name: "Internal_IDE_Channel", Values: []value{inf("mshdc.inf")}},
			{Name: "PCI", Keys: []key{
				{Name: "CC_010601", Values: []value{inf("oem1.inf"), inf("mshdc.inf")}},
				{Name: "CC_0106"},
			}},
		}},
		{Name: "DriverInfFiles", Keys: []key{
			{Name: "mshdc.inf", Values: []value{multi("", "mshdc.inf_amd64_0", "mshdc.inf_amd64_d0"), sz("Active", "mshdc.inf_amd64_d0")}},
			{Name: "oem1.inf", Values: []value{multi("", "gone.inf_amd64_1")}},
		}},
		{Name: "DriverPackages", Keys: []key{{Name: "mshdc.inf_amd64_d0",
			Values: []value{regftest.Binary("Version", version...), dword("SignerScore", 0x0d000003)},
			Keys: []key{
				{Name: "Configurations", Keys: []key{
					{Name: "msahci_Inst", Values: []value{sz("Service", "storahci"), multi("ExcludeIds", `PCI\VEN_8086&DEV_2829&SUBSYS_FF011179`)}},
					{Name: "atapi_Inst", Values: []value{sz("Service", "atapi")}},
				}},
				{Name: "Descriptors", Keys: []key{
					{Name: "Internal_IDE_Channel", Values: []value{sz("Configuration", "atapi_Inst")}},
					{Name: "PCI", Keys: []key{{Name: "CC_010601", Values: []value{sz("Configuration", "msahci_Inst")}}}},
				}},
			}}}},
	}}
}

func TestDriverDatabase(t *testing.T) {
	root := sample()
	root.Keys = append(root.Keys, driverDatabase())
	s := open(t, root)
	if has, err := s.HasDriverDatabase(); !has || err != nil {
		t.Fatalf("HasDriverDatabase = %v, %v", has, err)
	}
	db, err := s.DriverDatabase()
	if err != nil {
		t.Fatal(err)
	}
	version := registry.PackageVersion{ClassGUID: "{4d36e96a-e325-11ce-bfc1-08002be10318}",
		Date: time.Date(2006, 6, 21, 0, 0, 0, 0, time.UTC), Driver: [4]uint16{10, 0, 16299, 251}}
	want := []registry.Binding{
		{ID: `PCI\CC_010601`, Inf: "mshdc.inf", Match: []byte{1, 0xff, 0, 0}, Package: "mshdc.inf_amd64_d0", Version: version,
			SignerScore: registry.Number{N: 0x0d000003, Present: true}, Configuration: "msahci_Inst", Service: "storahci",
			ExcludeIDs: []string{`PCI\VEN_8086&DEV_2829&SUBSYS_FF011179`}},
		{ID: `PCI\CC_010601`, Inf: "oem1.inf", Match: []byte{1, 0xff, 0, 0}, Package: "gone.inf_amd64_1"},
	}
	f := registry.PCIFunction{Vendor: 0x8086, Device: 0x2829, Class: 0x010601}
	got, err := db.Bind(f.IDs())
	if err != nil || !cmp.Equal(got, want, cmpopts.EquateEmpty()) {
		t.Errorf("Bind: %v %s", err, cmp.Diff(want, got))
	}
	f.SubsystemDevice, f.SubsystemVendor = 0xff01, 0x1179
	if got, err = db.Bind(f.IDs()); err != nil || len(got) != 1 || got[0].Inf != "oem1.inf" {
		t.Errorf("excluded device: %v, %v", got, err)
	}
	if got, err = db.Lookup("internal_ide_channel"); err != nil || got[0].Service != "atapi" {
		t.Errorf("channel: %v, %v", got, err)
	}
	for _, id := range []string{`PCI\CC_0106`, `PCI\CC_0108`, `USB\CC`} {
		if _, err := db.Lookup(id); !errors.Is(err, regf.ErrNotExist) {
			t.Errorf("Lookup(%s) = %v", id, err)
		}
	}
	if got, err := db.Bind([]string{"nothing"}); got != nil || err != nil {
		t.Errorf("Bind of an unknown device: %v, %v", got, err)
	}
}
