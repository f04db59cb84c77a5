package machine

import (
	"os"
	"path/filepath"
	"strings"
)

// Hypervisor is what the machine runs under.
type Hypervisor string

// The hypervisors whose guests carry drivers of their own.
const (
	UnknownHypervisor Hypervisor = ""
	NoHypervisor      Hypervisor = "none" // the machine is a real one
	VMware            Hypervisor = "vmware"
	VirtualBox        Hypervisor = "virtualbox"
	HyperV            Hypervisor = "hyperv" // Virtual PC and Virtual Server call themselves the same
	Xen               Hypervisor = "xen"
	KVM               Hypervisor = "kvm" // QEMU with and without KVM, Google, Nitro
	Parallels         Hypervisor = "parallels"
	OtherHypervisor   Hypervisor = "other"
)

// The vendors of processors, as CPUID leaf 0 gives them.
const (
	Intel = "GenuineIntel"
	AMD   = "AuthenticAMD"
)

// RunsUnder is the hypervisor of the machine: what a profile stands for, else
// what was read.
func (m *Machine) RunsUnder() Hypervisor {
	if m == nil {
		return UnknownHypervisor
	}
	if m.Profile == "" {
		return m.Hypervisor
	}
	for _, p := range []struct {
		prefix string
		is     Hypervisor
	}{
		{"qemu-", KVM}, {"vmware-", VMware}, {"virtualbox-", VirtualBox}, {"hyperv-", HyperV}, {"azure-", HyperV},
		{"xen-", Xen}, {"aws-nitro", KVM}, {"gcp", KVM},
	} {
		if strings.HasPrefix(m.Profile, p.prefix) {
			return p.is
		}
	}
	return UnknownHypervisor
}

// readCPU fills in processor and hypervisor: by the names in DMI (sysfs), by what
// Xen's kernel says, and by /proc/cpuinfo beside the sysfs tree.
func (m *Machine) readCPU(root string) {
	vendor, flags := cpuinfo(filepath.Join(filepath.Dir(root), "proc", "cpuinfo"))
	m.CPUVendor = vendor
	dmi := filepath.Join(root, "class/dmi/id")
	m.Hypervisor = hypervisorOf(textFile(dmi, "sys_vendor"), textFile(dmi, "product_name"), textFile(filepath.Join(root, "hypervisor"), "type"))
	virtual := strings.Contains(flags, " hypervisor ")
	switch {
	case m.Hypervisor == UnknownHypervisor && virtual:
		m.Hypervisor = OtherHypervisor
	case m.Hypervisor == UnknownHypervisor && flags != "":
		m.Hypervisor = NoHypervisor
	}
}

// hypervisorOf knows the names that hypervisors put into DMI.
func hypervisorOf(vendor, product, xen string) Hypervisor {
	both := strings.ToLower(vendor + " " + product)
	has := func(s string) bool { return strings.Contains(both, s) }
	switch {
	case xen == "xen", has("xen"):
		return Xen
	case has("vmware"):
		return VMware
	case has("virtualbox"), has("innotek"):
		return VirtualBox
	case has("microsoft") && has("virtual machine"):
		return HyperV
	case has("parallels"):
		return Parallels
	case has("qemu"), has("kvm"), has("standard pc"), has("bochs"), has("google compute"), has("amazon ec2"), has("openstack"), has("ovirt"), has("rhev"):
		return KVM
	}
	return UnknownHypervisor
}

// cpuinfo reads vendor and flags of the first processor; flags have a space at
// both ends.
func cpuinfo(path string) (vendor, flags string) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", ""
	}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		switch strings.TrimSpace(name) {
		case "vendor_id":
			vendor = strings.TrimSpace(value)
		case "flags":
			return vendor, " " + strings.Join(strings.Fields(value), " ") + " "
		}
	}
	return vendor, flags
}
