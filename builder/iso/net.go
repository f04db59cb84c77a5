package iso

import "fmt"

// NetScript is the iPXE script's name in a netboot directory.
const NetScript = "bootmend.ipxe"

// NetFiles returns kernel, initramfs and the configurations of iPXE, PXELINUX and
// GRUB, by path below the server's root. The signed network GRUB looks for
// grub/grub.cfg there.
func NetFiles(kernel, initrd []byte, appendArgs string) map[string][]byte {
	const k, i = "vmlinuz", "initrd.img"
	args := kernelArgs
	if appendArgs != "" {
		args += " " + appendArgs
	}
	return map[string][]byte{
		k: kernel, i: initrd,
		// initrd= is for the kernel's EFI stub, which asks iPXE by that name.
		NetScript:              fmt.Appendf(nil, "#!ipxe\nkernel %s initrd=%s %s\ninitrd %s\nboot\n", k, i, args, i),
		"pxelinux.cfg/default": []byte(isolinuxConfig(k, i, args)),
		"grub/grub.cfg":        []byte(grubConfig(k, i, args)),
	}
}
