package inf

import (
	"cmp"
	"fmt"
	"strings"
)

// Arch is a processor by the name that INF files use.
type Arch string

// The processors of Windows on PC hardware.
const (
	X86   Arch = "x86"
	AMD64 Arch = "amd64"
	IA64  Arch = "ia64"
	ARM   Arch = "arm"
	ARM64 Arch = "arm64"
)

// Product is the type of a Windows.
type Product uint8

// Product types; 0 is not known and matches no decoration that has one.
const (
	Workstation      Product = 1
	DomainController Product = 2
	Server           Product = 3
)

// Target is the Windows that a driver is for.
type Target struct {
	Major, Minor int
	Build        int
	Arch         Arch
	Product      Product
	Suite        uint32 // VER_SUITE_... flags
	Language     LangID
	// Root is the Windows directory as that Windows calls it, e.g. C:\WINDOWS; it
	// is put in the place of directory numbers in registry values. "": these
	// stay as %11%.
	Root string
}

// String gives version and processor.
func (t Target) String() string {
	return fmt.Sprintf("Windows NT %d.%d.%d %s", t.Major, t.Minor, t.Build, t.Arch)
}

// knowsDecorations: Windows XP was the first that reads them in [Manufacturer].
func (t Target) knowsDecorations() bool { return t.Major > 5 || t.Major == 5 && t.Minor >= 1 }

// decoration is a TargetOSVersion; -1 is a field that is not given.
type decoration struct {
	text                                string
	arch                                Arch
	major, minor, product, suite, build int
}

// parseDecoration parses NT[arch][.major[.minor[.product[.suite[.build]]]]];
// what is given wrongly applies to no Windows.
func parseDecoration(text string) (decoration, bool) {
	d := decoration{text: text, major: -1, minor: -1, product: -1, suite: -1, build: -1}
	rest, ok := strings.CutPrefix(strings.ToLower(text), "nt")
	if !ok {
		return d, false
	}
	fields := strings.Split(rest, ".")
	switch d.arch = Arch(fields[0]); d.arch {
	case "", X86, AMD64, IA64, ARM, ARM64:
	default:
		return d, false
	}
	to := []*int{&d.major, &d.minor, &d.product, &d.suite, &d.build}
	if len(fields)-1 > len(to) {
		return d, false
	}
	for i, s := range fields[1:] {
		if s == "" {
			continue
		}
		n, err := number(s)
		if err != nil || n > 1<<31-1 {
			return d, false
		}
		*to[i] = int(n)
	}
	return d, true
}

// fits: the section is for this Windows, closely or not.
func (d decoration) fits(t Target) bool {
	if d.arch != t.Arch && (d.arch != "" || t.Arch != X86) {
		return false
	}
	switch v := d.compareVersion(t); {
	case v > 0, v == 0 && d.build > t.Build:
		return false
	}
	return (d.product < 0 || d.product == int(t.Product)) && (d.suite < 0 || t.Suite&uint32(d.suite) == uint32(d.suite))
}

// compareVersion compares what is given of the version.
func (d decoration) compareVersion(t Target) int {
	if d.major < 0 {
		return -1
	}
	if c := cmp.Compare(d.major, t.Major); c != 0 {
		return c
	}
	return cmp.Compare(max(d.minor, 0), t.Minor)
}

// closer: of two that fit, d says more about the Windows.
func (d decoration) closer(e decoration) bool {
	arch := func(d decoration) int { return min(len(d.arch), 1) }
	return cmp.Or(cmp.Compare(d.major, e.major), cmp.Compare(d.minor, e.minor), cmp.Compare(d.build, e.build),
		cmp.Compare(d.product, e.product), cmp.Compare(d.suite, e.suite), cmp.Compare(arch(d), arch(e))) > 0
}

// choose picks the name of the models section of a line in [Manufacturer];
// false when none is for this Windows.
func choose(name string, decorations []string, t Target) (string, bool) {
	var best decoration
	found := false
	if t.knowsDecorations() {
		for _, text := range decorations {
			if d, ok := parseDecoration(text); ok && d.fits(t) && (!found || d.closer(best)) {
				best, found = d, true
			}
		}
	}
	if found {
		return name + "." + best.text, true
	}
	return name, t.Arch == X86
}

// decorated finds a section for the processor, for NT or for all.
func (f *File) decorated(name string, t Target) *section {
	for _, suffix := range []string{".NT" + string(t.Arch), ".NT", ""} {
		if s := f.section(name + suffix); s != nil {
			return s
		}
	}
	return nil
}
