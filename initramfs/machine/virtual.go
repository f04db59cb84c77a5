package machine

import (
	"path/filepath"
	"strings"
)

// isVirtual asks the firmware's tables for the manufacturer of the machine.
// Source: systemd's detect-virt, which looks for the same names.
func isVirtual(root string) bool {
	dmi := filepath.Join(root, "class/dmi/id")
	vendor, product := textFile(dmi, "sys_vendor"), textFile(dmi, "product_name")
	for _, name := range []string{"QEMU", "VMware", "innotek GmbH", "VirtualBox", "Xen", "Bochs", "Parallels", "Amazon EC2", "Google", "Red Hat", "BHYVE", "Apple Virtualization"} {
		if strings.HasPrefix(vendor, name) {
			return true
		}
	}
	return vendor == "Microsoft Corporation" && product == "Virtual Machine" || strings.Contains(product, "VirtualBox") || strings.HasPrefix(product, "KVM")
}
