package builder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/apt"
)

// Recipe builds in a container what a host without apt cannot build by itself; podman
// takes the same arguments. The image is Debian 12 with a Go, which fetches the Go of go.mod
// when that is newer (its environment forbids it otherwise). The sources
// belong to somebody else there, which git would not read the time of the last
// commit of; what is made gets their owner, not root's. ":z" lets SELinux (Fedora) allow them.
// On a Mac with a processor of Apple's the kernel of floppy and lite image wants an
// emulated PC.
const Recipe = `docker run --rm -e GOTOOLCHAIN=auto -v "$PWD":/src:z -w /src golang:bookworm sh -c '` + recipeScript + `'
  (in bootmend's sources; instead of "make iso": "make floppy", "make universal", or "go run ./cmds/mkrescue ..."; with --platform linux/amd64 behind "run" on a Mac for what builds a kernel)`

// recipeScript is what is done in the container.
const recipeScript = `git config --global --add safe.directory /src && builder/packages.sh iso kernel && make iso; e=$?; chown -R --reference=go.mod .cache out; exit $e`

// ErrHost is wrapped when this host lacks something that building needs.
var ErrHost = errors.New("this host cannot build it as it is")

// host is what a person calls this system, and how programs are installed on it.
type host struct{ name, install string }

// Kinds of hosts by how they install programs.
const (
	byApt    = "apt-get install"
	byDnf    = "dnf install"
	byPacman = "pacman -S"
	byZypper = "zypper install"
	byBrew   = "brew install"
)

// packageOf are the packages of programs and C headers where they are not called like these, by how
// they are installed. dnf takes the path of a file that a package has.
var packageOf = map[string]map[string]string{
	"go":           {byApt: "golang-go (1.21 or later; where that is older, from https://go.dev/dl)", byDnf: "golang"},
	"xz":           {byApt: "xz-utils"},
	"as":           {byApt: "binutils", byDnf: "binutils", byPacman: "binutils", byZypper: "binutils"},
	"ld":           {byApt: "binutils", byDnf: "binutils", byPacman: "binutils", byZypper: "binutils"},
	"grub-mkimage": {byApt: "grub-common", byDnf: "/usr/bin/grub2-mkimage", byPacman: "grub", byZypper: "grub2"},
	"stdlib.h":     {byApt: "libc6-dev", byDnf: "glibc-devel", byPacman: "glibc", byZypper: "glibc-devel"},
	"libelf.h":     {byApt: "libelf-dev", byDnf: "elfutils-libelf-devel", byPacman: "libelf", byZypper: "libelf-devel"},
	"qemu-img":     {byApt: "qemu-utils", byZypper: "qemu-tools", byBrew: "qemu"},
	"dpkg-deb":     {byApt: "dpkg", byDnf: "dpkg", byPacman: "dpkg", byZypper: "dpkg", byBrew: "dpkg"},
}

// otherNames are what a program is called elsewhere.
var otherNames = map[string]string{"grub-mkimage": "grub2-mkimage"}

// onMac are programs that macOS has no use for, or not of this kind: they are in the
// container.
var onMac = []string{"as", "ld", "grub-mkimage", "gcc", "make", "flex", "bison", "bc", "tar", "stdlib.h", "libelf.h"}

// lookUp finds a program by any of its names.
func lookUp(name string) (string, error) {
	path, err := exec.LookPath(name)
	if other := otherNames[name]; err != nil && other != "" {
		path, err = exec.LookPath(other)
	}
	return path, err
}

// thisHost looks at os-release(5).
func thisHost() host {
	if runtime.GOOS == "darwin" {
		return host{"macOS", byBrew}
	}
	text, _ := os.ReadFile("/etc/os-release") // without it the host is unknown
	return hostOf(string(text))
}

func hostOf(osRelease string) host {
	fields := map[string]string{}
	for line := range strings.Lines(osRelease) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			fields[key] = strings.Trim(value, `"'`)
		}
	}
	name := fields["PRETTY_NAME"]
	for id := range strings.FieldsSeq(fields["ID"] + " " + fields["ID_LIKE"]) {
		switch id {
		case "debian", "ubuntu":
			return host{name, byApt}
		case "fedora", "rhel":
			return host{name, byDnf}
		case "arch":
			return host{name, byPacman}
		case "suse", "opensuse":
			return host{name, byZypper}
		}
	}
	if name == "" {
		name = runtime.GOOS
	}
	return host{name, ""}
}

// program is how to get a program that is missing here.
func (h host) program(name string) string {
	if h.install == byBrew && slices.Contains(onMac, name) {
		return "build in a container:\n  " + Recipe
	}
	pkg := packageOf[name][h.install]
	if pkg == "" {
		pkg = name
	}
	if h.install == "" {
		return fmt.Sprintf("install %s by hand", name)
	}
	return h.install + " " + pkg
}

// missing is the error for programs that are not here, each with the way to it.
func (h host) missing(names ...string) error {
	return h.lacks(slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, err := lookUp(name)
		return err == nil
	})...)
}

// lacks is the error for these programs and C headers.
func (h host) lacks(names ...string) error {
	var all error
	for _, name := range names {
		kind := "program"
		if strings.HasSuffix(name, ".h") {
			kind = "C header"
		}
		all = errors.Join(all, fmt.Errorf("%w: the %s %s is missing; on %s: %s", ErrHost, kind, name, h.name, h.program(name)))
	}
	return all
}

// noApt adds the way out to an error about a host without apt.
func noApt(err error) error {
	if !errors.Is(err, apt.ErrNoApt) {
		if errors.Is(err, apt.ErrNoPackage) {
			return fmt.Errorf("%w\nis this Debian 12 or 13, or Ubuntu? \"apt-get update\" fetches its lists; elsewhere build in a container:\n  %s", err, Recipe)
		}
		return err
	}
	return fmt.Errorf("%w: kernel and boot loaders are Debian's packages, and %s has no apt (%w). Build in a container:\n  %s\n"+
		"or copy the directory .cache from a host that has built it, and give --offline", ErrHost, thisHost().name, err, Recipe)
}

// preflight looks for the programs that a build needs, so that none fails in the middle;
// apt-get is one of them unless nothing is downloaded.
func (o *Options) preflight(programs ...string) error {
	if o.From != "" {
		return nil
	}
	err := thisHost().missing(programs...)
	if _, e := exec.LookPath("apt-get"); e != nil && !o.Offline {
		err = errors.Join(err, noApt(fmt.Errorf("%w: %w", apt.ErrNoApt, fs.ErrNotExist)))
	}
	return err
}
