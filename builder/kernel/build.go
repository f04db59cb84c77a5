package kernel

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/lock"
	"github.com/bootmend/bootmend/builder/progress"
	"github.com/bootmend/bootmend/builder/scratch"
)

//go:embed *.config
var configs embed.FS

// Variant is what a kernel is for.
type Variant string

// The variants.
const (
	Floppy Variant = "floppy"
	Lite   Variant = "lite"
)

// Options say what to build.
type Options struct {
	Dir     string // directory for the sources and the results, from the root
	Package string // name and version of the package with the sources, as its file is called
	// Fetch returns that file; it is called when the kernel is not there yet.
	Fetch   func() (file string, err error)
	Arch    string // 386 or amd64
	Variant Variant
	Logf    func(format string, args ...any)
	// Progress, which may be nil, is told how far unpacking and building are.
	Progress progress.Func
	Scratch  *scratch.Space // knows what to remove when the build is broken off; may be nil
}

// Configuration names the settings of a kernel: the variant, and the SHA-256 of its
// configuration's lines, as Build hands them to the kernel's own rules.
func Configuration(arch string, v Variant) (name, sum string, err error) {
	setting, err := fragments(Options{Arch: arch, Variant: v})
	return fmt.Sprintf("kernel-%s-%s", v, arch), sumOf([]byte(setting)), err
}

// Built returns the path of the kernel image of an earlier Build; "": there is none, or it
// is not what was built. Its name has a hash of whatever decides about its content.
func Built(o Options) (image string, err error) {
	_, image, err = place(o)
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(image)
	if err != nil {
		return "", nil
	}
	if want, err := os.ReadFile(image + ".sha256"); err != nil || string(want) != sumOf(content) {
		o.Logf("%s is not what was built: it is built again", image)
		return "", nil
	}
	return image, nil
}

// place is the path that the image has once it is built, and the settings.
func place(o Options) (setting, image string, err error) {
	setting, err = fragments(o)
	if err != nil {
		return "", "", err
	}
	key := sha256.Sum256([]byte(setting + "\n" + o.Package + " " + compiler()))
	return setting, filepath.Join(o.Dir, fmt.Sprintf("bzImage-%s-%s-%s", o.Variant, o.Arch, hex.EncodeToString(key[:8]))), nil
}

// Build returns the path of the kernel image (bzImage).
func Build(o Options) (string, error) {
	if image, err := Built(o); image != "" || err != nil {
		return image, err
	}
	if !filepath.IsAbs(o.Dir) { // make runs in another one
		return "", fmt.Errorf("cache of kernels %s: want a path from the root", o.Dir)
	}
	setting, image, err := place(o)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(o.Dir, " \t:") {
		return "", fmt.Errorf("the kernel's makefiles take no path with spaces or colons, such as %q: name another cache (--cache)", o.Dir)
	}
	if missing := Missing(o.Arch); len(missing) > 0 {
		return "", fmt.Errorf("%w: %s (builder/packages.sh kernel installs them on Debian and Ubuntu)", ErrTools, strings.Join(missing, ", "))
	}
	release, err := lock.Take(filepath.Join(o.Dir, "build.lock"), func() { o.Logf("waiting for another build of a kernel in %s", o.Dir) })
	if err != nil {
		return "", err
	}
	defer release()
	if image, err := Built(o); image != "" || err != nil { // it was that one
		return image, err
	}
	if err := removeLeftOvers(o.Dir); err != nil {
		return "", err
	}
	source, err := o.Scratch.Dir(o.Dir, leftOver+"source-")
	if err != nil {
		return "", err
	}
	defer o.Scratch.Remove(source)
	if err := unpack(o, source); err != nil {
		return "", err
	}
	o.Logf("building a kernel (%s, %s) of %s: this takes some minutes, and is done once", o.Variant, o.Arch, o.Package)
	b := builder{source: source, arch: map[string]string{"386": "i386", "amd64": "x86_64"}[o.Arch]}
	return image, b.build(setting, image, o)
}

// fragments are the settings of a variant, one a line.
func fragments(o Options) (string, error) {
	if o.Arch != "386" && o.Arch != "amd64" || o.Variant != Floppy && o.Variant != Lite {
		return "", fmt.Errorf("kernel %q for %q: want %s or %s for 386 or amd64", o.Variant, o.Arch, Floppy, Lite)
	}
	var order []string
	last := map[string]string{}
	for _, name := range []string{"base", o.Arch, string(o.Variant), string(o.Variant) + "-" + o.Arch} {
		text, err := configs.ReadFile(name + ".config")
		if err != nil {
			if name == string(o.Variant)+"-"+o.Arch {
				continue // few variants need one of their own
			}
			return "", err
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			symbol, _, _ := strings.Cut(strings.TrimPrefix(line, "# "), " ")
			symbol, _, _ = strings.Cut(symbol, "=")
			if !strings.HasPrefix(symbol, "CONFIG_") {
				continue
			}
			if last[symbol] == "" {
				order = append(order, symbol)
			}
			last[symbol] = line
		}
	}
	var b strings.Builder
	for _, symbol := range order {
		b.WriteString(last[symbol] + "\n")
	}
	return b.String(), nil
}

// compiler is gcc's version, which decides about the result, too.
func compiler() string {
	out, err := exec.Command("gcc", "-dumpfullversion").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// leftOver begins the names of folders that are removed when a build ends by itself.
const leftOver = "mkrescue-kernel-"

// removeLeftOvers removes those of builds that were killed: each has up to
// two gigabytes; and sources that lie there since bootmend kept them from one build to the
// next. The caller has the lock, so that none is in use.
func removeLeftOvers(dir string) error {
	all, err := filepath.Glob(filepath.Join(dir, leftOver+"*"))
	if err != nil {
		return err
	}
	sources, err := filepath.Glob(filepath.Join(dir, "linux-source-*"))
	if err != nil {
		return err
	}
	for _, name := range append(all, sources...) {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

// unpack unpacks the sources of the package, which was proved when it was fetched, into the
// directory tree; they take 1.4 GB there. They are not kept for the next kernel: what
// somebody changes in them, or leaves there, would get into it, and nothing would say so.
func unpack(o Options, tree string) error {
	file, err := o.Fetch()
	if err != nil {
		return err
	}
	o.Logf("unpacking %s", filepath.Base(file))
	tmp, err := o.Scratch.Dir(o.Dir, leftOver+"unpack-")
	if err != nil {
		return err
	}
	defer o.Scratch.Remove(tmp)
	if err := run(nil, nil, tmp, "dpkg-deb", "-x", file, "pkg"); err != nil {
		return err
	}
	archives, err := filepath.Glob(filepath.Join(tmp, "pkg", "usr", "src", "linux-source-*.tar.*"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("%s: %d archives of sources in it, want one", file, len(archives))
	}
	return extract(archives[0], tree, o.Progress)
}

type builder struct {
	source, arch string
	watch        io.Writer // gets what make prints; nil: nobody watches
}

// build builds the kernel beside the sources and moves it to image.
func (b builder) build(setting, image string, o Options) error {
	work, err := o.Scratch.Dir(o.Dir, leftOver+"build-")
	if err != nil {
		return err
	}
	defer o.Scratch.Remove(work)
	config := filepath.Join(work, ".config")
	if err := b.make(work, "tinyconfig"); err != nil {
		return err
	}
	if err := overlaySettings(config, setting); err != nil {
		return err
	}
	if err := b.make(work, "olddefconfig"); err != nil {
		return err
	}
	if err := checkSettings(config, setting); err != nil {
		return err
	}
	b.watch = o.Progress.Lines(steps(o.Arch, o.Variant), isStep)
	if err := b.make(work, fmt.Sprintf("-j%d", runtime.NumCPU()), "bzImage"); err != nil {
		return err
	}
	made := filepath.Join(work, "arch", "x86", "boot", "bzImage")
	content, err := os.ReadFile(made)
	if err != nil {
		return err
	}
	if err := os.WriteFile(image+".sha256", []byte(sumOf(content)), 0o644); err != nil {
		return err
	}
	return os.Rename(made, image)
}

// sumOf is what lies beside an image, so that a damaged one is noticed.
func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (b builder) make(work string, args ...string) error {
	return run(nil, b.watch, b.source, "make", append([]string{"O=" + work, "ARCH=" + b.arch, "KBUILD_BUILD_TIMESTAMP=1970-01-01", "KBUILD_BUILD_USER=bootmend",
		"KBUILD_BUILD_HOST=bootmend", "KBUILD_BUILD_VERSION=1"}, args...)...)
}

// overlaySettings puts the settings behind those of tinyconfig, without the lines of
// the same symbols.
func overlaySettings(config, setting string) error {
	old, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	ours := symbols(setting)
	var out bytes.Buffer
	for line := range strings.Lines(string(old)) {
		for s := range symbols(line) {
			if _, override := ours[s]; override {
				line = ""
			}
		}
		out.WriteString(line)
	}
	out.WriteString(setting)
	return os.WriteFile(config, out.Bytes(), 0o644)
}

// checkSettings refuses a configuration in which the kernel's own rules have undone a
// setting: that would be a kernel without a driver, and nobody would know.
func checkSettings(config, setting string) error {
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	have := symbols(string(text))
	var bad []string
	for s, want := range symbols(setting) {
		if got, ok := have[s]; got != want && (ok || want != "n") {
			bad = append(bad, fmt.Sprintf("%s=%s", s, want))
		}
	}
	slices.Sort(bad)
	if len(bad) > 0 {
		return fmt.Errorf("this kernel does not take the settings %s: builder/kernel/*.config is for another version", strings.Join(bad, " "))
	}
	return nil
}

// symbols are the settings of a configuration, "n" for those that are not set.
func symbols(config string) map[string]string {
	all := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(config))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if s, ok := strings.CutSuffix(strings.TrimPrefix(line, "# "), " is not set"); ok {
			all[s] = "n"
		} else if s, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(s, "CONFIG_") {
			all[s] = value
		}
	}
	return all
}

// run runs a command in dir; its output is shown when it fails, and goes to watch, too. Both
// in, its standard input, and watch may be nil.
func run(in *os.File, watch io.Writer, dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if in != nil {
		cmd.Stdin = in
	}
	var buf bytes.Buffer
	cmd.Stdout = &buf
	if watch != nil {
		cmd.Stdout = io.MultiWriter(&buf, watch)
	}
	cmd.Stderr = cmd.Stdout
	// The zone gets into the kernel: usr/gen_initramfs.sh reads the time of the build in it.
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	if err := cmd.Run(); err != nil {
		out := buf.Bytes()
		tail := out[max(0, len(out)-2000):]
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(tail))
	}
	return nil
}
