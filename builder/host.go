package builder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/bootmend/bootmend/builder/apt"
)

// Recipe builds in a container what a host without apt cannot build by itself; podman
// takes the same arguments. The image is Debian 12 with a Go that is new enough.
const Recipe = `docker run --rm -v "$PWD":/src -w /src golang:bookworm sh -c 'apt-get update && apt-get install -y --no-install-recommends ca-certificates git make zstd && make iso'`

// ErrHost is wrapped when this host lacks something that building needs.
var ErrHost = errors.New("this host cannot build it as it is")

// host is what a person calls this system, and how programs are installed on it.
type host struct{ name, install string }

// thisHost looks at os-release(5).
func thisHost() host {
	if runtime.GOOS == "darwin" {
		return host{"macOS", "brew install"}
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
			return host{name, "apt-get install"}
		case "fedora", "rhel":
			return host{name, "dnf install"}
		case "arch":
			return host{name, "pacman -S"}
		case "suse", "opensuse":
			return host{name, "zypper install"}
		}
	}
	if name == "" {
		name = runtime.GOOS
	}
	return host{name, ""}
}

// program is how to get a program that is missing here.
func (h host) program(name string) string {
	pkg := name
	switch {
	case name == "go" && h.install == "apt-get install":
		pkg = "golang-go (1.21 or later; where that is older, from https://go.dev/dl)"
	case name == "go" && (h.install == "dnf install"):
		pkg = "golang"
	}
	if h.install == "" {
		return fmt.Sprintf("install %s by hand", name)
	}
	return h.install + " " + pkg
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

// preflight looks for the programs that a build needs, so that none fails in the middle.
func (o *Options) preflight() error {
	if o.From != "" {
		return nil
	}
	h := thisHost()
	var all error
	for _, name := range []string{"go", "zstd"} {
		if _, err := exec.LookPath(name); err != nil {
			all = errors.Join(all, fmt.Errorf("%w: the program %s is missing; on %s: %s", ErrHost, name, h.name, h.program(name)))
		}
	}
	if _, err := exec.LookPath("apt-get"); err != nil && !o.Offline {
		all = errors.Join(all, noApt(fmt.Errorf("%w: %w", apt.ErrNoApt, fs.ErrNotExist)))
	}
	return all
}
