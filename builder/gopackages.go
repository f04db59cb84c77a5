package builder

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/builder/toolchain"
)

// leanReplaces are modules in whose place the lean program has code of ours (package
// lean), and those that only they need.
var leanReplaces = []string{"github.com/spf13/cobra", "github.com/spf13/pflag"}

// leanPackages are the modules that the lean program is compiled of.
func (b *build) leanPackages(arch Arch, tags ...string) ([]manifest.Package, error) {
	all, err := b.goPackages(arch, append([]string{"lean"}, tags...), "./cmds/bootmend")
	return slices.DeleteFunc(all, func(p manifest.Package) bool { return slices.Contains(leanReplaces, p.Name) }), err
}

// goPackages are the modules that these commands are compiled of with build tags, and Go
// itself.
func (b *build) goPackages(arch Arch, tags []string, commands ...string) ([]manifest.Package, error) {
	out, err := b.toolchain().Run([]string{"GOOS=linux", "GOARCH=" + arch.goarch(), "CGO_ENABLED=0"},
		append([]string{"list", "-mod=readonly", "-deps", "-tags", strings.Join(tags, ","), "-json=Module,Standard"}, commands...)...)
	if err != nil {
		return nil, err
	}
	sums, err := goSums(filepath.Join(b.Source, "go.sum"))
	if err != nil {
		return nil, err
	}
	std, err := goItself(b.toolchain())
	if err != nil {
		return nil, err
	}
	all, seen := []manifest.Package{std}, map[string]bool{}
	for list := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		m := p.Module
		if m == nil || m.Main || seen[m.Path] {
			continue
		}
		seen[m.Path] = true
		all = append(all, manifest.Package{Kind: manifest.Module, Name: m.Path, Version: m.Version,
			URL: "https://" + m.Path, Sum: sums[m.Path+" "+m.Version], Licence: licenceIn(m.Dir)})
	}
}

// toolchain is the go command for bootmend's sources.
func (o *Options) toolchain() toolchain.Toolchain {
	return toolchain.Toolchain{Dir: o.Source, Offline: o.Offline}
}

// goItself is the toolchain's standard library.
func goItself(t toolchain.Toolchain) (manifest.Package, error) {
	out, err := t.Run(nil, "env", "GOVERSION")
	if err != nil {
		return manifest.Package{}, err
	}
	return manifest.Package{Kind: manifest.Module, Name: "std", Version: strings.TrimPrefix(strings.TrimSpace(string(out)), "go"),
		URL: "https://go.dev", Licence: "BSD-3-Clause"}, nil
}

// goSums are the lines "MODULE VERSION h1:..." of go.sum.
func goSums(file string) (map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sums := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if w := strings.Fields(lines.Text()); len(w) == 3 {
			sums[w[0]+" "+w[1]] = w[2]
		}
	}
	return sums, lines.Err()
}

// licenceIn recognises the licence of a module by the files that people put it into.
func licenceIn(dir string) string {
	var text []byte
	for _, pattern := range []string{"LICENSE*", "LICENCE*", "COPYING*", "license*"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, f := range files {
			if b, err := os.ReadFile(f); err == nil {
				text = append(append(text, b...), '\n')
			}
		}
	}
	return manifest.TextLicence(string(text))
}
