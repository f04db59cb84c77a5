package iso

import (
	"fmt"
	"maps"
	"strings"
)

// ManifestFile is the list of the medium's files (package manifest).
const ManifestFile = ".disk/manifest.json"

// System is a kernel with its initramfs, and where they lie on the medium.
type System struct {
	KernelName, InitrdName string
	Kernel, Initrd         []byte
}

// SystemNames are the places of the first and the second system.
func SystemNames(i int) System {
	return []System{{KernelName: "boot/vmlinuz", InitrdName: "boot/initrd.img"},
		{KernelName: "boot/vmlinuz32", InitrdName: "boot/initrd32.img"}}[i]
}

// kernelArgs make the kernel show everything on the first serial port and on the
// screen (the last one becomes /dev/console), and make SCSI drivers find their
// disks before they say that they are ready.
const kernelArgs = "console=ttyS0,115200 console=tty0 quiet scsi_mod.scan=sync"

// bootDelay is the seconds in which a person can change the command line. The
// real menu is init's.
const bootDelay = 3

// isolinuxConfig returns isolinux.cfg. A missing serial port is no trouble:
// SYSLINUX looks for the UART before it uses it. Of two systems ifcpu64.c32 starts the
// first on processors with 64 bits and the second on others; it hands nothing on that
// a person typed, so that there are names for both.
func isolinuxConfig(systems []System, appendArgs string) string {
	var b strings.Builder
	names := `"bootmend ARGUMENTS"`
	if len(systems) > 1 {
		names = `"64 ARGUMENTS", "32 ARGUMENTS"`
	}
	fmt.Fprintf(&b, "SERIAL 0 115200\nSAY bootmend: starting in %d s. Type %s or \"shell\" to change that.\n", bootDelay, names)
	fmt.Fprintf(&b, "DEFAULT bootmend\nPROMPT 1\nTIMEOUT %d\n", bootDelay*10)
	if len(systems) == 1 {
		b.WriteString(isolinuxLabel("bootmend", systems[0], appendArgs))
		b.WriteString(isolinuxLabel("shell", systems[0], appendArgs+" bootmend.mode=shell"))
		return b.String()
	}
	b.WriteString("LABEL bootmend\n  COM32 ifcpu64.c32\n  APPEND 64 -- 32\nLABEL shell\n  COM32 ifcpu64.c32\n  APPEND shell64 -- shell32\n")
	for i, bits := range []string{"64", "32"} {
		b.WriteString(isolinuxLabel(bits, systems[i], appendArgs))
		b.WriteString(isolinuxLabel("shell"+bits, systems[i], appendArgs+" bootmend.mode=shell"))
	}
	return b.String()
}

func isolinuxLabel(name string, s System, args string) string {
	return fmt.Sprintf("LABEL %s\n  KERNEL /%s\n  INITRD /%s\n  APPEND %s\n", name, s.KernelName, s.InitrdName, args)
}

// grubConfig returns grub.cfg for the signed GRUB, which has sourced it after
// finding /.disk/info, so $root is set. gfxpayload=keep leaves the kernel the
// firmware's frame buffer. Of two systems the firmware's own bits choose: there are
// 64-bit processors with 32-bit firmware, whose GRUB starts 32-bit kernels only.
func grubConfig(systems []System, appendArgs string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `set timeout=%d
set default=bootmend
set gfxpayload=keep
if serial --unit=0 --speed=115200; then
  terminal_input --append serial
  terminal_output --append serial
fi
set kernel=/%s
set initrd=/%s
`, bootDelay, systems[0].KernelName, systems[0].InitrdName)
	if len(systems) > 1 {
		fmt.Fprintf(&b, "if [ \"$grub_cpu\" = i386 ]; then\n  set kernel=/%s\n  set initrd=/%s\nfi\n", systems[1].KernelName, systems[1].InitrdName)
	}
	fmt.Fprintf(&b, `menuentry "bootmend: find and repair what keeps Windows from starting" --id bootmend {
  linux $kernel %s
  initrd $initrd
}
menuentry "Shell" --id shell {
  linux $kernel %s bootmend.mode=shell
  initrd $initrd
}
`, appendArgs, appendArgs)
	return b.String()
}

// Systems are those of a medium.
func (m *Medium) Systems() []System {
	var all []System
	for i := range 2 {
		s := SystemNames(i)
		if m.Files[s.KernelName] == nil {
			break
		}
		s.Kernel, s.Initrd = m.Files[s.KernelName], m.Files[s.InitrdName]
		all = append(all, s)
	}
	return all
}

// SetAppend replaces the kernel arguments of a medium that Read returned.
func (m *Medium) SetAppend(appendArgs string) {
	maps.Copy(m.Files, BootFiles(m.Systems(), appendArgs))
}

// BootFiles returns kernels, initramfs and the boot loaders' configuration as files
// of the medium. appendArgs go behind kernelArgs.
func BootFiles(systems []System, appendArgs string) map[string][]byte {
	args := allArgs(appendArgs)
	files := map[string][]byte{
		"isolinux/isolinux.cfg": []byte(isolinuxConfig(systems, args)),
		"boot/grub/grub.cfg":    []byte(grubConfig(systems, args)),
		// GRUB looks for this file to find its medium.
		".disk/info": []byte("bootmend rescue medium\n"),
	}
	for _, s := range systems {
		files[s.KernelName], files[s.InitrdName] = s.Kernel, s.Initrd
	}
	return files
}

func allArgs(appendArgs string) string {
	if appendArgs == "" {
		return kernelArgs
	}
	return kernelArgs + " " + appendArgs
}
