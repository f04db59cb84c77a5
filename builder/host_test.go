package builder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	programs := append([]string{"go", "zstd", "xz", "as", "ld", "grub-mkimage", "qemu-img"}, ownkernel.Tools()...)
	for install, package1 := range map[string]map[string]string{
		byApt:    {"xz": "xz-utils", "as": "binutils", "grub-mkimage": "grub-common", "dpkg-deb": "dpkg", "bc": "bc", "qemu-img": "qemu-utils"},
		byDnf:    {"xz": "xz", "as": "binutils", "grub-mkimage": "/usr/bin/grub2-mkimage", "dpkg-deb": "dpkg", "bc": "bc"},
		byPacman: {"xz": "xz", "as": "binutils", "grub-mkimage": "grub", "dpkg-deb": "dpkg", "bc": "bc"},
		byZypper: {"xz": "xz", "as": "binutils", "grub-mkimage": "grub2", "dpkg-deb": "dpkg", "bc": "bc"},
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
