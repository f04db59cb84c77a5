package hivetest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/winver"
	"github.com/google/go-cmp/cmp"
)

// emptyHive is a root key and nothing else, for hivexsh to fill.
func emptyHive() []byte { return regftest.Build(regftest.Key{Name: "root"}, regftest.Options{}) }

func system(t *testing.T, name string) *registry.System {
	t.Helper()
	s, err := registry.OpenSystem(realHive(t, "hives/"+name+".SYSTEM.xz").Hive)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// controllers are storage controllers as virtual machines present them.
func controllers() map[string]registry.PCIFunction {
	return map[string]registry.PCIFunction{
		"piix3":    {Vendor: 0x8086, Device: 0x7010, SubsystemVendor: 0x1af4, SubsystemDevice: 0x1100, Class: 0x010180},
		"piix4":    {Vendor: 0x8086, Device: 0x7111, Revision: 1, Class: 0x01018a},
		"ich9":     {Vendor: 0x8086, Device: 0x2922, SubsystemVendor: 0x1af4, SubsystemDevice: 0x1100, Revision: 2, Class: 0x010601},
		"buslogic": {Vendor: 0x104b, Device: 0x1040, SubsystemVendor: 0x104b, SubsystemDevice: 0x1040, Revision: 1, Class: 0x010000},
		"lsisas":   {Vendor: 0x1000, Device: 0x0054, SubsystemVendor: 0x15ad, SubsystemDevice: 0x1976, Revision: 1, Class: 0x010700},
		"nvme":     {Vendor: 0x1b36, Device: 0x0010, SubsystemVendor: 0x1af4, SubsystemDevice: 0x1100, Revision: 2, Class: 0x010802},
		"virtio":   {Vendor: 0x1af4, Device: 0x1001, SubsystemVendor: 0x1af4, SubsystemDevice: 2, Class: 0x010000},
		"via ide":  {Vendor: 0x1106, Device: 0x9999, Class: 0x01018a},
	}
}

// TestBindings looks controllers up in real hives: "service start overrides".
func TestBindings(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"xp-sp3-x86-vmware": {"piix3": "", "piix4": "IntelIde 0", "ich9": "", "buslogic": "vmscsi 0", "lsisas": "", "nvme": "", "virtio": "", "via ide": ""},
		"win7-sp1-x86-vmware": {"piix3": "intelide 0", "piix4": "intelide 0", "ich9": "msahci 3", "buslogic": "", "lsisas": "LSI_SAS 0",
			"nvme": "", "virtio": "", "via ide": "pciide 3"},
		"win81-x64-dirty-nolog": {"piix3": "intelide 0 0=3", "piix4": "intelide 0 0=3", "ich9": "storahci 0", "buslogic": "", "lsisas": "LSI_SAS 0 0=3",
			"nvme": "stornvme 0 0=3", "virtio": "", "via ide": "pciide 0 0=3"},
		"win10-1709-x64-dirty": {"piix3": "intelide 0 0=3", "piix4": "intelide 0 0=3", "ich9": "storahci 0 0=3", "buslogic": "", "lsisas": "LSI_SAS 0 0=3",
			"nvme": "stornvme 0 0=3", "virtio": "", "via ide": "pciide 0 0=3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := system(t, name)
			sets, err := s.ControlSets()
			if err != nil || len(sets) == 0 {
				t.Fatalf("%v, %v", sets, err)
			}
			for _, set := range sets {
				got := map[string]string{}
				for c, f := range controllers() {
					got[c] = binding(t, set, f.IDs())
				}
				if !cmp.Equal(got, want) {
					t.Errorf("%s: %s", set.Path, cmp.Diff(want, got))
				}
				if got := binding(t, set, []string{"Primary_IDE_Channel"}); !strings.HasPrefix(got, "atapi 0") {
					t.Errorf("%s: IDE channel: %q", set.Path, got)
				}
			}
		})
	}
}

// binding is the first service that the tables give for a device.
func binding(t *testing.T, set *registry.ControlSet, ids []string) string {
	t.Helper()
	service := ""
	if db, err := set.System.DriverDatabase(); err == nil {
		found, err := db.Bind(ids)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			service = found[0].Service
		}
	} else if found, err := set.CriticalDevices(ids); err != nil {
		t.Fatal(err)
	} else if len(found) > 0 {
		service = found[0].Service
	}
	if service == "" {
		return ""
	}
	s, err := set.Service(service)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%s %d", s.Name, s.Start)
	for _, o := range s.StartOverride {
		text += fmt.Sprintf(" %s=%d", o.Name, o.Value)
	}
	return text
}

// TestServices reads all services of real hives and maps the drivers' files.
func TestServices(t *testing.T) {
	for name, want := range map[string][2]int{ // services, boot start
		"xp-sp3-x86-vmware": {294, 21}, "win7-sp1-x86-vmware": {467, 36}, "win81-x64-dirty-nolog": {469, 36}, "win10-1709-x64-dirty": {655, 42},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := system(t, name).ControlSet(1)
			if err != nil {
				t.Fatal(err)
			}
			all, err := set.Services()
			if err != nil || len(all) != want[0] {
				t.Errorf("%d services, %v, want %d", len(all), err, want[0])
			}
			boot, overridden := 0, 0
			for _, s := range all {
				if len(s.StartOverride) > 0 {
					overridden++
				}
				if !s.BootStart() {
					continue
				}
				boot++
				if file, err := registry.DriverFile(s, `\Windows`); err != nil || !strings.HasPrefix(strings.ToLower(file), `system32\`) {
					t.Errorf("%s: %q, %v", s.Name, file, err)
				}
			}
			if boot != want[1] {
				t.Errorf("%d boot drivers, want %d", boot, want[1])
			}
			t.Logf("%d services, %d start at boot, %d have overrides", len(all), boot, overridden)
		})
	}
}

// TestEnumIDs makes up the ids of every PCI function in Enum from its first
// hardware id and its class, and wants Windows' own lists.
func TestEnumIDs(t *testing.T) {
	for _, name := range []string{"xp-sp3-x86-vmware", "win7-sp1-x86-vmware", "win81-x64-dirty-nolog", "win10-1709-x64-dirty"} {
		t.Run(name, func(t *testing.T) {
			pci, err := system(t, name).Hive.Key(`ControlSet001\Enum\PCI`)
			if err != nil {
				t.Fatal(err)
			}
			devices, err := pci.Subkeys()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, d := range devices {
				instances, err := d.Subkeys()
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range instances {
					want := append(strs(t, i, "HardwareID"), strs(t, i, "CompatibleIDs")...)
					want = slices.DeleteFunc(want, func(id string) bool { return strings.Contains(id, "&DT_") })
					f, ok := parseIDs(want)
					if !ok {
						continue // set up by something that knows no class
					}
					if got := f.IDs(); !cmp.Equal(got, want) {
						t.Errorf("%s: %s", d.Name(), cmp.Diff(want, got))
					}
					n++
				}
			}
			if n == 0 {
				t.Error("no PCI function")
			}
			t.Logf("%d functions", n)
		})
	}
}

func strs(t *testing.T, k *regf.Key, name string) []string {
	t.Helper()
	v, err := k.Value(name)
	if errors.Is(err, regf.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := v.MultiString()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func parseIDs(ids []string) (registry.PCIFunction, bool) {
	var f registry.PCIFunction
	if len(ids) == 0 {
		return f, false
	}
	if n, _ := fmt.Sscanf(ids[0], `PCI\VEN_%04X&DEV_%04X&SUBSYS_%04X%04X&REV_%02X`, &f.Vendor, &f.Device,
		&f.SubsystemDevice, &f.SubsystemVendor, &f.Revision); n != 5 {
		return f, false
	}
	for _, id := range ids {
		if _, cc, ok := strings.Cut(id, "CC_"); ok && len(cc) == 6 {
			n, err := strconv.ParseUint(cc, 16, 32)
			f.Class = uint32(n)
			return f, err == nil
		}
	}
	return f, false
}

func TestVersion(t *testing.T) {
	v, err := winver.Read(realHive(t, "hives/xp-sp3-x86-vmware.SOFTWARE.xz").Hive)
	if err != nil || v.NT() != "5.1" || v.Build != 2600 || v.ServicePack != "Service Pack 3" || v.String() != "Microsoft Windows XP (5.1.2600)" {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := winver.Read(system(t, "xp-sp3-x86-vmware").Hive); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("SYSTEM hive: %v", err)
	}
}

// TestPackageVersion decodes what a dump shows of mshdc.inf.
func TestPackageVersion(t *testing.T) {
	db, err := system(t, "win10-1709-x64-dirty").DriverDatabase()
	if err != nil {
		t.Fatal(err)
	}
	b, err := db.Lookup(`PCI\CC_010601`)
	if err != nil || len(b) != 1 {
		t.Fatalf("%v, %v", b, err)
	}
	if v := b[0].Version; v.Driver != [4]uint16{10, 0, 16299, 251} || v.ClassGUID != "{4d36e96a-e325-11ce-bfc1-08002be10318}" ||
		v.Date.Format("2006-01-02") != "2006-06-21" || hex.EncodeToString(b[0].Match) != "01ff0000" || len(b[0].ExcludeIDs) != 21 {
		t.Errorf("%+v", b[0])
	}
}
