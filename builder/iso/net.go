package iso

import (
	"fmt"
	"path"
	"strings"
)

// NetScript is the iPXE script's name in a netboot directory.
const NetScript = "bootmend.ipxe"

// NetName is where a file of a medium lies in a netboot directory.
func NetName(name string) string { return path.Base(name) }

// NetFiles returns kernels, initramfs and the configurations of iPXE, PXELINUX and
// GRUB, by path below the server's root. The signed network GRUB looks for
// grub/grub.cfg there.
func NetFiles(systems []System, appendArgs string) map[string][]byte {
	args := allArgs(appendArgs)
	files := map[string][]byte{}
	var there []System
	for _, s := range systems {
		s.KernelName, s.InitrdName = NetName(s.KernelName), NetName(s.InitrdName)
		files[s.KernelName], files[s.InitrdName] = s.Kernel, s.Initrd
		there = append(there, s)
	}
	files[NetScript] = []byte(ipxeScript(there, args))
	files["pxelinux.cfg/default"] = []byte(isolinuxConfig(there, args))
	files["grub/grub.cfg"] = []byte(grubConfig(there, args))
	return files
}

// ipxeScript starts the system for the processor.
func ipxeScript(systems []System, args string) string {
	var b strings.Builder
	b.WriteString("#!ipxe\n")
	if len(systems) > 1 {
		b.WriteString("cpuid --ext 29 || goto bits32\n") // long mode: CPUID 80000001, EDX bit 29
	}
	for i, s := range systems {
		if i == 1 {
			b.WriteString(":bits32\n")
		}
		// initrd= is for the kernel's EFI stub, which asks iPXE by that name.
		fmt.Fprintf(&b, "kernel %s initrd=%s %s\ninitrd %s\nboot\n", s.KernelName, s.InitrdName, args, s.InitrdName)
	}
	return b.String()
}
