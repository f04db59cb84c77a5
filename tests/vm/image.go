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

// BuildISO builds the rescue image with the given kernel arguments.
func BuildISO(dst, kernelArgs string) error {
	dst, err := filepath.Abs(dst)
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "run", "./cmds/mkrescue", "iso", "-o", dst, "--append", kernelArgs)
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
