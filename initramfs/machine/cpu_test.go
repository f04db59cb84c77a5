package machine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHypervisor(t *testing.T) {
	for _, tt := range []struct {
		vendor, product, cpuinfo string
		cpu                      string
		want                     Hypervisor
	}{
		{"QEMU", "Standard PC (i440FX + PIIX, 1996)", "vendor_id\t: AuthenticAMD\nflags\t\t: fpu hypervisor\n", AMD, KVM},
		{"VMware, Inc.", "VMware Virtual Platform", "", "", VMware},
		{"innotek GmbH", "VirtualBox", "vendor_id : GenuineIntel\n", Intel, VirtualBox},
		{"Microsoft Corporation", "Virtual Machine", "", "", HyperV},
		{"Microsoft Corporation", "Surface Pro 3", "vendor_id : GenuineIntel\nflags : fpu vmx\n", Intel, NoHypervisor},
		{"Xen", "HVM domU", "", "", Xen},
		{"LENOVO", "20AQ", "vendor_id : GenuineIntel\nflags : fpu hypervisor sse\n", Intel, OtherHypervisor},
		{"LENOVO", "20AQ", "", "", UnknownHypervisor},
	} {
		root := sysfs(t, map[string]string{"sys/block/.keep": "", "sys/class/dmi/id/sys_vendor": tt.vendor,
			"sys/class/dmi/id/product_name": tt.product, "proc/.keep": ""}, nil)
		if tt.cpuinfo != "" {
			if err := os.WriteFile(filepath.Join(root, "proc/cpuinfo"), []byte(tt.cpuinfo), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		m, err := FromSysfs(filepath.Join(root, "sys"))
		if err != nil || m.RunsUnder() != tt.want || m.CPUVendor != tt.cpu {
			t.Errorf("%s %s: %q on %q, %v; want %q on %q", tt.vendor, tt.product, m.RunsUnder(), m.CPUVendor, err, tt.want, tt.cpu)
		}
	}
	for profile, want := range map[string]Hypervisor{"qemu-q35": KVM, "vmware-lsisas": VMware, "hyperv-gen2": HyperV, "azure-gen1": HyperV,
		"xen-hvm": Xen, "virtualbox-ide": VirtualBox, "aws-nitro": KVM, "gcp": KVM, "pci:8086:7010": UnknownHypervisor} {
		if m, err := Profile(profile); err != nil || m.RunsUnder() != want {
			t.Errorf("profile %s: %q, %v; want %q", profile, m.RunsUnder(), err, want)
		}
	}
	if got := (*Machine)(nil).RunsUnder(); got != UnknownHypervisor {
		t.Errorf("no machine: %q", got)
	}
}
