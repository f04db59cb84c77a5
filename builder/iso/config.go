package iso

import "fmt"

// kernelArgs make the kernel show everything on the first serial port and on the
// screen (the last one becomes /dev/console), and make SCSI drivers find their
// disks before they say that they are ready.
const kernelArgs = "console=ttyS0,115200 console=tty0 quiet scsi_mod.scan=sync"

// bootDelay is the seconds in which a person can change the command line. The
// real menu is init's.
const bootDelay = 3

// isolinuxConfig returns isolinux.cfg. A missing serial port is no trouble:
// SYSLINUX looks for the UART before it uses it.
func isolinuxConfig(kernel, initrd, appendArgs string) string {
	return fmt.Sprintf(`SERIAL 0 115200
SAY bootmend: starting in %d s. Type "bootmend ARGUMENTS" or "shell" to change that.
DEFAULT bootmend
PROMPT 1
TIMEOUT %d
LABEL bootmend
  KERNEL /%s
  INITRD /%s
  APPEND %s
LABEL shell
  KERNEL /%s
  INITRD /%s
  APPEND %s bootmend.mode=shell
`, bootDelay, bootDelay*10, kernel, initrd, appendArgs, kernel, initrd, appendArgs)
}

// grubConfig returns grub.cfg for the signed GRUB, which has sourced it after
// finding /.disk/info, so $root is set. gfxpayload=keep leaves the kernel the
// firmware's frame buffer.
func grubConfig(kernel, initrd, appendArgs string) string {
	return fmt.Sprintf(`set timeout=%d
set default=bootmend
set gfxpayload=keep
if serial --unit=0 --speed=115200; then
  terminal_input --append serial
  terminal_output --append serial
fi
menuentry "bootmend: find and repair what keeps Windows from starting" --id bootmend {
  linux /%s %s
  initrd /%s
}
menuentry "Shell" --id shell {
  linux /%s %s bootmend.mode=shell
  initrd /%s
}
`, bootDelay, kernel, appendArgs, initrd, kernel, appendArgs, initrd)
}

// SetAppend replaces the kernel arguments of a medium that Read returned.
func (m *Medium) SetAppend(appendArgs string) {
	for name, content := range BootFiles(m.Files["boot/vmlinuz"], m.Files["boot/initrd.img"], appendArgs) {
		m.Files[name] = content
	}
}

// BootFiles returns the kernel, the initramfs and the boot loaders'
// configuration as files of the medium. appendArgs go behind kernelArgs.
func BootFiles(kernel, initrd []byte, appendArgs string) map[string][]byte {
	const k, i = "boot/vmlinuz", "boot/initrd.img"
	args := kernelArgs
	if appendArgs != "" {
		args += " " + appendArgs
	}
	return map[string][]byte{
		k: kernel, i: initrd,
		"isolinux/isolinux.cfg": []byte(isolinuxConfig(k, i, args)),
		"boot/grub/grub.cfg":    []byte(grubConfig(k, i, args)),
		// GRUB looks for this file to find its medium.
		".disk/info": []byte("bootmend rescue medium\n"),
	}
}
