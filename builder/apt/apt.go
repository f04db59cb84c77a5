package apt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNoPackage is wrapped when the host's package lists do not hold a package:
// it does not exist here, or "apt-get update" was never run.
var ErrNoPackage = errors.New("not in apt's package lists")

// Candidate returns the version of a package that apt would install.
func Candidate(pkg string) (version string, err error) {
	out, err := run("", "apt-cache", "policy", pkg)
	if err != nil {
		return "", err
	}
	return parseCandidate(pkg, out)
}

func parseCandidate(pkg, policy string) (string, error) {
	for line := range strings.Lines(policy) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "Candidate: "); ok && v != "(none)" {
			return v, nil
		}
	}
	return "", fmt.Errorf("package %s: %w", pkg, ErrNoPackage)
}

// Depends returns the names of the packages that a package depends on directly,
// without virtual packages and alternatives' later choices.
func Depends(pkg string) ([]string, error) {
	out, err := run("", "apt-cache", "depends", "--no-recommends", "--no-suggests",
		"--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", pkg)
	if err != nil {
		return nil, err
	}
	return parseDepends(out), nil
}

func parseDepends(out string) []string {
	var list []string
	for line := range strings.Lines(out) {
		// "  Depends: x", and "  |Depends: x" for all but the last alternative.
		name, ok := strings.CutPrefix(strings.TrimLeft(line, " |"), "Depends: ")
		name = strings.TrimSpace(name)
		if ok && !strings.HasPrefix(name, "<") {
			list = append(list, name)
		}
	}
	return list
}

// Download returns the path of the package's current version in dir, which it
// downloads unless it is there already. Other versions stay where they are.
func Download(pkg, dir string) (file string, err error) {
	version, err := Candidate(pkg)
	if err != nil {
		return "", err
	}
	if file := find(dir, pkg, version); file != "" {
		return file, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if _, err := run(dir, "apt-get", "download", "-q", pkg+"="+version); err != nil {
		return "", err
	}
	if file := find(dir, pkg, version); file != "" {
		return file, nil
	}
	return "", fmt.Errorf("apt-get download %s=%s left no file in %s", pkg, version, dir)
}

// find returns the file that apt-get download makes: NAME_VERSION_ARCH.deb
// where the colon of the version's epoch is escaped.
func find(dir, pkg, version string) string {
	version = strings.ReplaceAll(version, ":", "%3a")
	found, err := filepath.Glob(filepath.Join(dir, pkg+"_"+version+"_*.deb"))
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0]
}

// run returns the standard output of a command that runs in dir.
func run(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(out), nil
}
