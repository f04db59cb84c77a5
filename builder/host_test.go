package builder

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/builder/apt"
	ownkernel "github.com/bootmend/bootmend/builder/kernel"
)

// TestHostOf: what these systems say about themselves in /etc/os-release.
func TestHostOf(t *testing.T) {
	for text, want := range map[string][2]string{
		"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n":                 {"apt-get install zstd", "apt-get install golang-go (1.21 or later; where that is older, from https://go.dev/dl)"},
		"PRETTY_NAME=\"Linux Mint 21\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n":    {"apt-get install zstd", "apt-get install golang-go (1.21 or later; where that is older, from https://go.dev/dl)"},
		"NAME=\"Fedora Linux\"\nPRETTY_NAME=\"Fedora Linux 40\"\nID=fedora\n":         {"dnf install zstd", "dnf install golang"},
		"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nPRETTY_NAME=\"Rocky Linux\"":   {"dnf install zstd", "dnf install golang"},
		"NAME=\"Arch Linux\"\nPRETTY_NAME=\"Arch Linux\"\nID=arch\n":                  {"pacman -S zstd", "pacman -S go"},
		"ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nPRETTY_NAME=\"openSUSE\"\n": {"zypper install zstd", "zypper install go"},
		"": {"install zstd by hand", "install go by hand"},
	} {
		h := hostOf(text)
		if got := [2]string{h.program("zstd"), h.program("go")}; got != want || h.name == "" {
			t.Errorf("%q: %q, %q; want %q", text, h.name, got, want)
		}
	}
}

// TestEveryProgramEverywhere: each program that a build needs has a way to it on each
// kind of host.
func TestEveryProgramEverywhere(t *testing.T) {
	programs := append([]string{"go", "zstd", "xz", "as", "ld", "grub-mkimage", "qemu-img"}, append(ownkernel.Tools(), ownkernel.Headers("amd64")...)...)
	for install, package1 := range map[string]map[string]string{
		byApt:    {"xz": "xz-utils", "as": "binutils", "grub-mkimage": "grub-common", "dpkg-deb": "dpkg", "bc": "bc", "qemu-img": "qemu-utils", "libelf.h": "libelf-dev", "stdlib.h": "libc6-dev"},
		byDnf:    {"xz": "xz", "as": "binutils", "grub-mkimage": "/usr/bin/grub2-mkimage", "dpkg-deb": "dpkg", "bc": "bc", "libelf.h": "elfutils-libelf-devel", "stdlib.h": "glibc-devel"},
		byPacman: {"xz": "xz", "as": "binutils", "grub-mkimage": "grub", "dpkg-deb": "dpkg", "bc": "bc", "libelf.h": "libelf", "stdlib.h": "glibc"},
		byZypper: {"xz": "xz", "as": "binutils", "grub-mkimage": "grub2", "dpkg-deb": "dpkg", "bc": "bc", "libelf.h": "libelf-devel", "stdlib.h": "glibc-devel"},
		byBrew:   {"xz": "xz", "dpkg-deb": "dpkg", "go": "go"},
	} {
		h := host{"host", install}
		for _, name := range programs {
			got := h.program(name)
			if !strings.HasPrefix(got, install+" ") && !strings.Contains(got, "docker run") {
				t.Errorf("%s: %s: %q", install, name, got)
			}
			if want := package1[name]; want != "" && got != install+" "+want {
				t.Errorf("%s: %s: %q; want %q", install, name, got, want)
			}
		}
	}
	t.Setenv("PATH", t.TempDir())
	if err := (host{"macOS", byBrew}).missing("grub-mkimage"); !errors.Is(err, ErrHost) || !strings.Contains(err.Error(), "docker run") {
		t.Errorf("macOS: %v", err)
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	if err := os.WriteFile(filepath.Join(bin, "grub2-mkimage"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := (host{"Fedora", byDnf}).missing("grub-mkimage"); err != nil {
		t.Errorf("Fedora's name of it: %v", err)
	}
}

// TestRecipe: the script is one for sh, and the groups of packages that it installs have
// each program and header that building any medium asks for, besides the image's git and Go.
func TestRecipe(t *testing.T) {
	if strings.ContainsAny(recipeScript, "'\n") {
		t.Errorf("it does not stand in quotes: %s", recipeScript)
	}
	if out, err := exec.Command("sh", "-n", "-c", recipeScript).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	_, groups, _ := strings.Cut(recipeScript, "builder/packages.sh ")
	groups, _, _ = strings.Cut(groups, " &&")
	list, err := os.ReadFile("packages.txt")
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]string{}
	for line := range strings.Lines(string(list)) {
		if f := strings.Fields(line); len(f) >= 3 && slices.Contains(strings.Fields(groups), f[0]) {
			packages[f[1]] = f[2]
		}
	}
	essential := map[string]bool{"tar": true, "dpkg": true, "libc6-dev": true} // of Debian, and what libelf-dev depends on
	for _, name := range append([]string{"apt", "make", "zstd", "xz", "as", "ld", "grub-mkimage"}, append(ownkernel.Tools(), ownkernel.Headers("amd64")...)...) {
		_, pkg, _ := strings.Cut(host{"Debian", byApt}.program(name), byApt+" ")
		if packages[pkg] == "" && !essential[pkg] {
			t.Errorf("%s: %s is in none of the groups %s", name, pkg, groups)
		}
	}
}

// TestHeaderMissing: the error of a kernel's build names the package with the header.
func TestHeaderMissing(t *testing.T) {
	err := host{"Debian", byApt}.lacks("bc", "libelf.h")
	if !errors.Is(err, ErrHost) || !strings.Contains(err.Error(), "the program bc is missing; on Debian: apt-get install bc") ||
		!strings.Contains(err.Error(), "the C header libelf.h is missing; on Debian: apt-get install libelf-dev") {
		t.Errorf("%v", err)
	}
	if err := (host{"Debian", byApt}).lacks(); err != nil {
		t.Error(err)
	}
}

// TestPreflight: on a host without programs the error names each, and the way out.
func TestPreflight(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	err := (&Options{}).preflight("go", "zstd")
	if !errors.Is(err, ErrHost) || !errors.Is(err, apt.ErrNoApt) {
		t.Fatalf("preflight = %v", err)
	}
	for _, want := range []string{"go is missing", "zstd is missing", "docker run", "--offline"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	for _, name := range []string{"go", "zstd"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := (&Options{Offline: true}).preflight("go", "zstd"); err != nil {
		t.Errorf("offline: %v", err)
	}
	if err := (&Options{From: "x.iso"}).preflight("none"); err != nil {
		t.Errorf("from an image: %v", err)
	}
	if err := (&Options{}).preflight(); err == nil {
		t.Error("without apt: no error")
	}
	// A host with an apt whose lists know nothing.
	if err := noApt(fmt.Errorf("x: %w", apt.ErrNoPackage)); !strings.Contains(err.Error(), "docker run") {
		t.Errorf("unknown package: %v", err)
	}
}
