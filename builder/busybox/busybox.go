package busybox

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/u-root/gobusybox/src/pkg/bb"
	"github.com/u-root/gobusybox/src/pkg/bb/findpkg"
	"github.com/u-root/gobusybox/src/pkg/golang"
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
	// Logf gets the library's messages; nil drops them.
	Logf func(format string, args ...any)
}

// Build compiles the commands into one static binary at out and returns the
// names it answers to, sorted. Same sources and same Go version give the same
// bytes: paths are trimmed, symbols, build id and version stamps left out.
func Build(out string, o Options) ([]string, error) {
	goroot, err := goroot(o.Dir)
	if err != nil {
		return nil, err
	}
	env := golang.Default(golang.DisableCGO(), golang.WithGOARCH(o.GOARCH), golang.WithGOOS("linux"),
		golang.WithGOROOT(goroot), golang.WithWorkingDir(o.Dir), golang.WithMod(golang.ModReadonly),
		golang.WithGOPATH(build.Default.GOPATH))
	defer softFloat()()
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
		return nil, fmt.Errorf("busybox: %w\n%s", err, log.Bytes())
	}
	return names(o.Packages), nil
}

// softFloat makes the go command build for processors without SSE2 where it builds for
// 386, and returns what takes that back. The library hands no variable of ours to it but
// those of this process.
func softFloat() (restore func()) {
	const name = "GO386"
	old, was := os.LookupEnv(name)
	_ = os.Setenv(name, "softfloat") // fails for names with "=" only
	return func() {
		if was {
			_ = os.Setenv(name, old)
		} else {
			_ = os.Unsetenv(name)
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

// goroot asks the go command of the main module, because that may be another
// toolchain (go.mod's toolchain line) than the one this program was built with,
// and -trimpath leaves no path in the program.
func goroot(dir string) (string, error) {
	cmd := exec.Command("go", "env", "GOROOT")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w (the go command is needed to build the image)", err)
	}
	return strings.TrimSpace(string(out)), nil
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
