package busybox

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/build"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/u-root/gobusybox/src/pkg/bb"
	"github.com/u-root/gobusybox/src/pkg/bb/findpkg"
	"github.com/u-root/gobusybox/src/pkg/golang"

	"github.com/bootmend/bootmend/builder/toolchain"
)

//go:embed commands.txt
var commandsText string

// Commands returns the import paths of the u-root commands that every image
// has.
func Commands() []string {
	var list []string
	for line := range strings.Lines(commandsText) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, "github.com/u-root/u-root/cmds/"+line)
		}
	}
	return list
}

// Options say what to build.
type Options struct {
	Dir      string   // directory of the main module, where go runs
	Packages []string // import paths of the commands
	GOARCH   string   // "amd64", or "386", which is built without SSE2
	TempDir  string   // for the rewritten sources
	Offline  bool     // fetch no modules
	// Logf gets the library's messages; nil drops them.
	Logf func(format string, args ...any)
}

// Build compiles the commands into one static binary at out and returns the
// names it answers to, sorted. Same sources and same Go version give the same
// bytes: paths are trimmed, symbols, build id and version stamps left out.
func Build(out string, o Options) ([]string, error) {
	tool := toolchain.Toolchain{Dir: o.Dir, Offline: o.Offline}
	goroot, err := tool.Root()
	if err != nil {
		return nil, err
	}
	env := golang.Default(golang.DisableCGO(), golang.WithGOARCH(o.GOARCH), golang.WithGOOS("linux"),
		golang.WithGOROOT(goroot), golang.WithWorkingDir(o.Dir), golang.WithMod(golang.ModReadonly),
		golang.WithGOPATH(build.Default.GOPATH))
	defer forLibrary(append(tool.Variables(), "GO386=softfloat"))()
	work, err := os.MkdirTemp(o.TempDir, "busybox-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	abs, err := filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	var log bytes.Buffer
	err = bb.BuildBusybox(logger{&log, o.Logf}, &bb.Opts{
		Env: env, LookupEnv: &findpkg.Env{},
		GenSrcDir: filepath.Join(work, "src"), CommandPaths: o.Packages, BinaryPath: abs,
		// The library says -a, which compiles the standard library anew each time; the
		// last one counts. With trimmed paths what the cache holds is the same.
		GoBuildOpts: &golang.BuildOpts{ExtraArgs: []string{"-buildvcs=false", "-a=false"}},
	})
	if err != nil {
		return nil, tool.Explain(fmt.Errorf("busybox: %w\n%s", err, log.Bytes()))
	}
	return names(o.Packages), nil
}

// forLibrary gives variables, NAME=VALUE, to the go commands that the library starts, and
// returns what takes that back: it hands none of ours to them but those of this process.
// One of them, GO386, makes them build for processors without SSE2 where they build for 386.
func forLibrary(variables []string) (restore func()) {
	var undo []func()
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		old, was := os.LookupEnv(name)
		_ = os.Setenv(name, value) // fails for names with "=" only
		undo = append(undo, func() {
			if was {
				_ = os.Setenv(name, old)
			} else {
				_ = os.Unsetenv(name)
			}
		})
	}
	return func() {
		for _, f := range undo {
			f()
		}
	}
}

func names(packages []string) []string {
	var list []string
	for _, p := range packages {
		list = append(list, path.Base(p))
	}
	slices.Sort(list)
	return list
}

// logger is gobusybox's logging interface.
type logger struct {
	kept *bytes.Buffer
	logf func(format string, args ...any)
}

func (l logger) Printf(format string, args ...any) {
	fmt.Fprintf(l.kept, format+"\n", args...)
	if l.logf != nil {
		l.logf(format, args...)
	}
}

func (l logger) Print(args ...any) { l.Printf("%s", fmt.Sprint(args...)) }
