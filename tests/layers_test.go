package tests

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/bootmend/bootmend"

// layers in import order: a package may import its own layer and those before.
var layers = []string{"drivers", "initramfs", "builder", "cmds", "tests"}

// goPackage is what "go list -json" says of a package.
type goPackage struct {
	ImportPath, Dir, Name, Doc               string
	Standard                                 bool
	GoFiles, TestGoFiles, XTestGoFiles       []string
	Error                                    *struct{ Err string }
	Imports, Deps, TestImports, XTestImports []string
}

// layer is the index of the package in layers, -1 for foreign ones.
func (p goPackage) layer() int { return layerOf(p.ImportPath) }

func layerOf(path string) int {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return -1
	}
	first, _, _ := strings.Cut(rest, "/")
	return slices.Index(layers, first)
}

// below is the path below the module: "initramfs/fs/ntfs".
func (p goPackage) below() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// packages runs go list in the repository root.
func packages(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-json"}, args...)...)
	cmd.Dir = ".."
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v: %s", args, err, stderr.String())
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Error != nil {
			t.Errorf("go list %s: %s", p.ImportPath, p.Error.Err)
		}
		all = append(all, p)
	}
}

func TestImportOrder(t *testing.T) {
	all := packages(t, "./...")
	if len(all) < 10 {
		t.Fatalf("go list found %d packages", len(all))
	}
	for _, p := range all {
		mine := p.layer()
		if mine < 0 {
			t.Errorf("%s is in none of the layers %v", p.ImportPath, layers)
			continue
		}
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			theirs := layerOf(imp)
			if theirs > mine {
				t.Errorf("%s imports %s: layer %s must not see %s", p.below(), imp, layers[mine], layers[theirs])
			}
		}
	}
	t.Logf("%d packages", len(all))
}

// isEngine: the packages that go onto a floppy with their kernel.
func isEngine(p goPackage) bool {
	b := p.below()
	switch {
	case strings.HasPrefix(b, "drivers"):
		return true
	case strings.HasPrefix(b, "initramfs/pid1"), strings.HasPrefix(b, "initramfs/console"):
		return false
	}
	return strings.HasPrefix(b, "initramfs")
}

// leanImports are the foreign packages that the engine may depend on, and what
// these pull in. Longer prefixes cover whole modules.
var leanImports = []string{
	module + "/drivers", module + "/initramfs",
	"golang.org/x/sys", "golang.org/x/text",
	"github.com/diskfs/go-diskfs",
	"www.velocidex.com/golang/go-ntfs",
	// pulled in by go-ntfs
	"github.com/Velocidex/json", "github.com/Velocidex/ordereddict", "github.com/Velocidex/yaml", "github.com/davecgh/go-spew",
	// pulled in by go-diskfs
	"github.com/google/uuid", "github.com/elliotwutingfeng/asciiset", "github.com/djherbis/times", "github.com/pkg/xattr",
	"github.com/pierrec/lz4", "github.com/klauspost/compress", "github.com/ulikunitz/xz", "github.com/anchore/go-lzo", "github.com/sirupsen/logrus",
}

// fatStandard are packages of the standard library that cost more than they
// give on a floppy.
var fatStandard = []string{"net/http", "html/template", "text/template", "log/slog", "crypto/tls", "testing", "go/ast", "database/sql"}

func TestEngineIsLean(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t, "./drivers/...", "./initramfs/...") {
		if !isEngine(p) || strings.HasSuffix(p.Name, "test") {
			continue // regftest and the like serve tests only
		}
		seen[p.below()] = true
		for _, dep := range p.Deps {
			if slices.Contains(fatStandard, dep) {
				t.Errorf("%s depends on %s (try: go mod why -m, go list -deps)", p.below(), dep)
			}
			first, _, _ := strings.Cut(dep, "/")
			if !strings.Contains(first, ".") {
				continue // standard library
			}
			if strings.HasPrefix(dep, module+"/initramfs/pid1") || strings.HasPrefix(dep, module+"/initramfs/console") {
				t.Errorf("%s depends on %s, which is not part of the engine", p.below(), dep)
			}
			if !slices.ContainsFunc(leanImports, func(ok string) bool { return dep == ok || strings.HasPrefix(dep, ok+"/") }) {
				t.Errorf("%s depends on %s, which is not in leanImports", p.below(), dep)
			}
		}
	}
	t.Logf("%d engine packages", len(seen))
}
