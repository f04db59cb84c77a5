package lean

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/toolchain"
	"github.com/bootmend/bootmend/builder/untrace"
)

// Options say what to build.
type Options struct {
	Source  string // directory of this module's sources
	TempDir string
	Arch    string   // 386 or amd64
	Tags    []string // build tags besides lean
	Offline bool     // fetch no modules
	SSE2    bool     // for 386: only for processors that have it, as all of 64 bits do
}

// Program is the lean program.
type Program struct {
	Content []byte
	// Packages are the sizes of what each package brings.
	Packages []PackageSize
}

// Build builds the program.
func Build(o Options) (*Program, error) {
	if o.Arch != "386" && o.Arch != "amd64" {
		return nil, fmt.Errorf("architecture %q: want 386 or amd64", o.Arch)
	}
	tool := toolchain.Toolchain{Dir: o.Source, Offline: o.Offline}
	dir, err := os.MkdirTemp(o.TempDir, "lean-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	l, err := prepare(tool, dir, slices.Contains(o.Tags, "nt5"))
	if err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "program")
	float := "softfloat" // it runs on a Pentium III, too
	if o.SSE2 {
		float = "sse2"
	}
	if _, err := tool.Run([]string{"GOOS=linux", "GOARCH=" + o.Arch, "GO386=" + float, "GOAMD64=v1", "CGO_ENABLED=0"},
		"build", "-trimpath", "-buildvcs=false", "-modfile", l.modfile, "-mod=mod", "-overlay", l.overlay, "-tags", strings.Join(append([]string{"lean"}, o.Tags...), ","),
		"-gcflags=all=-l", "-ldflags=-w -buildid=", "-o", out, "./cmds/bootmend"); err != nil {
		return nil, err
	}
	whole, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	p := &Program{}
	if p.Packages, err = packageSizes(whole); err != nil {
		return nil, err
	}
	short, _, err := untrace.Untrace(whole, true)
	if err != nil {
		return nil, err
	}
	p.Content, err = strip(short)
	return p, err
}
