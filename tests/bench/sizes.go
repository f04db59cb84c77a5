package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/manifest"
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

func imageSizes(dir, where string) ([]figure, error) {
	iso, err := media()[0].build(where)
	if err != nil {
		return nil, err
	}
	kernel, initrd, err := vm.ExtractKernel(iso, dir)
	if err != nil {
		return nil, err
	}
	var all []figure
	for _, x := range []struct{ name, path string }{{"ISO's initramfs", initrd}, {"ISO's kernel", kernel}} {
		f, err := sizeOf(x.name, x.path)
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
	more, err := unpackedSizes(iso + ".manifest.json")
	return append(all, more...), err
}

// unpackedSizes tell where the memory of the file system in memory goes.
func unpackedSizes(file string) ([]figure, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m, err := manifest.Parse(text)
	if err != nil {
		return nil, err
	}
	groups := map[string]int64{}
	for _, f := range m.Files() {
		archive, name, _ := strings.Cut(f.Path, ":")
		switch {
		case archive != "boot/initrd.img" || strings.HasSuffix(name, ".ko"): // those lie in bundles
		case name == "bbin/bb":
			groups["commands"] += f.Size
		case strings.HasPrefix(name, "lib/modules/"):
			groups["kernel modules, in bundles"] += f.Size
		default:
			groups["programs of the distribution and the rest"] += f.Size
		}
	}
	var all []figure
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		all = append(all, figure{"in memory: " + name, mib(groups[name])})
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
