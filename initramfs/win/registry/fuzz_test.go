package registry_test

import (
	"bytes"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// FuzzSystem asks everything of arbitrary hives: no panic, and whatever comes
// without error can be found again. Run it with -fuzzminimizetime 5x: hives are
// too large for the fuzzer to minimise in passing.
func FuzzSystem(f *testing.F) {
	root := sample()
	f.Add(regftest.Build(root, regftest.Options{}))
	root.Keys = append(root.Keys, driverDatabase())
	f.Add(regftest.Build(root, regftest.Options{Minor: 3, List: "lf"}))
	ids := append(registry.PCIFunction{Vendor: 0x8086, Device: 0x7111, Class: 0x010601}.IDs(), "Internal_IDE_Channel")
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		s, err := registry.OpenSystem(h)
		if err != nil {
			return
		}
		if db, err := s.DriverDatabase(); err == nil {
			db.Bind(ids)
		}
		sets, _ := s.ControlSets()
		for _, c := range sets {
			c.CriticalDevices(ids)
			c.Architecture()
			c.ServiceGroupOrder()
			services, _ := c.Services()
			for _, svc := range services {
				if file, err := registry.DriverFile(svc, `\WINDOWS`); err == nil && file == "" {
					t.Fatalf("service %q has the file %q", svc.Name, file)
				}
			}
		}
	})
}
