package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/bootmend/bootmend/tests/vm"
)

// engineSizes builds tests/bench/bareengine stripped.
func engineSizes(dir string) ([]figure, error) {
	var all []figure
	for _, arch := range []string{"386", "amd64"} {
		out := filepath.Join(dir, "bareengine-"+arch)
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, "github.com/bootmend/bootmend/tests/bench/bareengine")
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return all, fmt.Errorf("go build for %s: %w: %s", arch, err, text)
		}
		f, err := sizeOf("bare engine, "+arch+", stripped", out)
		if err != nil {
			return all, err
		}
		xz := exec.Command("xz", "--keep", "--force", "-9e", "--check=crc32", out)
		if xz.Run() == nil {
			if st, err := os.Stat(out + ".xz"); err == nil {
				f.value += ", xz " + mib(st.Size())
			}
		}
		all = append(all, f)
	}
	return all, nil
}

// unattended is the image that the machines start, built once.
func unattended(dir string) (string, error) {
	iso := filepath.Join(dir, "unattended.iso")
	if _, err := os.Stat(iso); err == nil {
		return iso, nil
	}
	return iso, vm.BuildISO(iso, vm.Unattended)
}

func imageSizes(dir string) ([]figure, error) {
	iso, err := unattended(dir)
	if err != nil {
		return nil, err
	}
	kernel, initrd, err := vm.ExtractKernel(iso, dir)
	if err != nil {
		return nil, err
	}
	var all []figure
	for _, x := range []struct{ name, path string }{{"ISO", iso}, {"initramfs", initrd}, {"kernel", kernel}} {
		f, err := sizeOf(x.name, x.path)
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
	return all, nil
}

func sizeOf(name, path string) (figure, error) {
	st, err := os.Stat(path)
	if err != nil {
		return figure{}, err
	}
	return figure{name, mib(st.Size())}, nil
}
