package apt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/progress"
)

var (
	// ErrNoPackage is wrapped when the package lists do not hold a package: it does
	// not exist here, or "apt-get update" was never run.
	ErrNoPackage = errors.New("not in apt's package lists")
	// ErrNoApt is wrapped on hosts without apt.
	ErrNoApt = errors.New("this host has no apt")
)

// Lists are the package lists of an architecture.
type Lists struct {
	// Arch is Debian's name of an architecture, whose lists lie in Dir; "" means the
	// host's own architecture and lists.
	Arch string
	// Dir keeps the lists of another architecture.
	Dir string
	// Sources is a sources.list(5) instead of the host's.
	Sources string
	// Progress, which may be nil, is told how far a download is.
	Progress progress.Func
}

// maxAge is how long lists of another architecture are taken without asking again.
const maxAge = 24 * time.Hour

// Update fetches the lists of another architecture unless they are fresh. Of the
// host's own lists the host takes care. After an error old lists are still there.
func (l Lists) Update(now time.Time) error {
	if l.Fresh(now) {
		return nil
	}
	for _, dir := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(l.Dir, dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(l.Dir, "status"), nil, 0o644); err != nil {
		return err
	}
	if err := l.fetch("", "update", "-q"); err != nil {
		return err
	}
	return os.WriteFile(l.stamp(), nil, 0o644)
}

// Fresh says whether Update has nothing to fetch.
func (l Lists) Fresh(now time.Time) bool {
	if l.Arch == "" {
		return true
	}
	info, err := os.Stat(l.stamp())
	return err == nil && now.Sub(info.ModTime()) < maxAge
}

// stamp is the file whose time is that of the last Update.
func (l Lists) stamp() string { return filepath.Join(l.Dir, "updated") }

// Changed is when the lists were last fetched as far as the file system tells; the zero
// time where that is unknown. apt moves what it fetched into the folder.
func (l Lists) Changed() time.Time {
	dir := hostLists
	if l.Arch != "" {
		dir = filepath.Join(l.Dir, "lists")
	}
	var last time.Time
	for _, name := range []string{dir, filepath.Join(dir, "partial")} {
		if info, err := os.Stat(name); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}

// hostLists is Dir::State::Lists of Debian and Ubuntu.
const hostLists = "/var/lib/apt/lists"

// options make apt use the lists.
func (l Lists) options() ([]string, error) {
	if l.Arch == "" {
		return nil, nil
	}
	dir, err := filepath.Abs(l.Dir)
	if err != nil {
		return nil, err
	}
	all := []string{"APT::Architecture=" + l.Arch, "APT::Architectures=" + l.Arch, "APT::Sandbox::User=",
		"Dir::State::Lists=" + dir + "/lists", "Dir::State::Status=" + dir + "/status", "Dir::Cache=" + dir + "/cache"}
	if l.Sources != "" {
		all = append(all, "Dir::Etc::SourceList="+l.Sources, "Dir::Etc::SourceParts=/dev/null")
	}
	var args []string
	for _, o := range all {
		args = append(args, "-o", o)
	}
	return args, nil
}

// Find returns the version of a package that apt would install.
func (l Lists) Find(name string) (Package, error) {
	policy, err := l.run("", nil, "apt-cache", "policy", name)
	if err != nil {
		return Package{}, err
	}
	version, err := parseCandidate(name, policy)
	if err != nil {
		return Package{}, err
	}
	text, err := l.run("", nil, "apt-cache", "show", "--no-all-versions", name+"="+version)
	if err != nil {
		return Package{}, err
	}
	p, err := parseShow(text)
	if err != nil {
		return Package{}, fmt.Errorf("package %s: %w", name, err)
	}
	p.URL = parsePlace(policy, version) + p.URL
	return p, nil
}

// parsePlace returns the repository that "apt-cache policy" names first for a version,
// with a slash at its end; "" where it names none.
func parsePlace(policy, version string) string {
	_, table, _ := strings.Cut(policy, "Version table:")
	in := false
	for line := range strings.Lines(table) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "*** "))
		switch {
		case len(words) == 2:
			in = words[0] == version
		case in && len(words) > 2 && strings.Contains(words[1], ":/"):
			return strings.TrimSuffix(words[1], "/") + "/"
		}
	}
	return ""
}

func parseCandidate(pkg, policy string) (string, error) {
	for line := range strings.Lines(policy) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "Candidate: "); ok && v != "(none)" {
			return v, nil
		}
	}
	return "", fmt.Errorf("package %s: %w", pkg, ErrNoPackage)
}

// Download fetches the package into dir, checked by apt, and returns its path.
func (l Lists) Download(p Package, dir string) (file string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := l.fetch(dir, "download", "-q", p.Name+"="+p.Version); err != nil {
		return "", err
	}
	file = filepath.Join(dir, p.File())
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("apt-get download %s=%s left no %s in %s", p.Name, p.Version, p.File(), dir)
	}
	return file, nil
}

// run returns the standard output of a command that runs in dir and has these files open
// beyond the standard ones.
func (l Lists) run(dir string, files []*os.File, name string, args ...string) (string, error) {
	options, err := l.options()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(name, append(options, args...)...)
	cmd.Dir, cmd.ExtraFiles = dir, files
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %w", ErrNoApt, err)
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(out), nil
}
