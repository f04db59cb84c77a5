package vm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Unattended are the kernel arguments of an image that repairs and powers off
// without asking.
const Unattended = "bootmend.mode=auto bootmend.after=poweroff " + busyHost

// busyHost: an emulated machine on a busy host may get no tick of its timer for so
// long that Linux takes the timer to be broken, and panics ("IO-APIC + timer doesn't
// work!"). KVM's guests do without that check anyway.
const busyHost = "no_timer_check"

// FloppyUnattended repairs and then restarts: the floppy's kernel cannot switch off.
const FloppyUnattended = "bootmend.mode=auto bootmend.after=reboot " + busyHost

// ScanOnly are the kernel arguments of a machine that only looks.
const ScanOnly = "console=tty0 console=ttyS0,115200 bootmend.mode=scan bootmend.after=poweroff " + busyHost

// BuildISO builds the rescue image with the given kernel arguments.
func BuildISO(dst, kernelArgs string) error {
	return Build(dst, "iso", "--append", kernelArgs)
}

// Build builds a medium by these arguments of mkrescue.
func Build(dst string, args ...string) error {
	dst, err := filepath.Abs(dst)
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", append([]string{"run", "./cmds/mkrescue", args[0], "-o", dst}, args[1:]...)...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mkrescue: %w:\n%s", err, out)
	}
	return nil
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}

// ExtractKernel takes kernel and initramfs out of a rescue image.
func ExtractKernel(iso, dir string) (kernel, initrd string, err error) {
	kernel, initrd = filepath.Join(dir, "vmlinuz"), filepath.Join(dir, "initrd.img")
	out, err := exec.Command("xorriso", "-osirrox", "on", "-indev", iso,
		"-extract", "/boot/vmlinuz", kernel, "-extract", "/boot/initrd.img", initrd).CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("xorriso: %w: %s", err, out)
	}
	return kernel, initrd, nil
}
