package builder

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bootmend/bootmend/builder/busybox"
	"github.com/bootmend/bootmend/builder/lean"
	"github.com/bootmend/bootmend/builder/toolchain"
)

// knocks makes whatever the go command would fetch go to a proxy that counts who comes, and
// lets it find no module on this machine.
func knocks(t *testing.T) *atomic.Int32 {
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = door.Close() })
	var came atomic.Int32
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			_ = c.Close()
		}
	}()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "http://"+door.Addr().String())
	}
	for name, value := range map[string]string{"NO_PROXY": "", "no_proxy": "", "GOPROXY": "https://proxy.golang.org", "GOPRIVATE": "", "GONOPROXY": "",
		"GOMODCACHE": t.TempDir(), "GOFLAGS": "-modcacherw -buildvcs=false", "GOTOOLCHAIN": "auto", "GOWORK": "off"} {
		t.Setenv(name, value)
	}
	return &came
}

// TestOfflineGo: with --offline no go command of a build fetches anything, and what is
// missing ends in a sentence that says what to do. Without it they try.
func TestOfflineGo(t *testing.T) {
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	came := knocks(t)
	newer := t.TempDir()
	if err := os.WriteFile(filepath.Join(newer, "go.mod"), []byte("module newer\n\ngo 1.999.1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := func(offline bool) *build { return newBuild(Options{Source: source, Offline: offline}) }
	runs := map[string]func(offline bool) error{
		"the lean program": func(offline bool) error {
			_, err := lean.Build(lean.Options{Source: source, TempDir: t.TempDir(), Arch: "386", Tags: []string{"nt5"}, Offline: offline})
			return err
		},
		"the commands": func(offline bool) error {
			_, err := busybox.Build(filepath.Join(t.TempDir(), "bb"), busybox.Options{Dir: source, GOARCH: "amd64", TempDir: t.TempDir(), Offline: offline,
				Packages: b(offline).commandPackages()})
			return err
		},
		"the list of modules": func(offline bool) error {
			_, err := b(offline).leanPackages(I386, "nt5")
			return err
		},
		"a module's directory": func(offline bool) error {
			_, err := b(offline).toolchain().ModuleDir("github.com/google/uuid")
			return err
		},
		"another Go": func(offline bool) error {
			_, err := toolchain.Toolchain{Dir: newer, Offline: offline}.Root()
			return err
		},
	}
	for name, run := range runs {
		came.Store(0)
		if err := run(true); !errors.Is(err, toolchain.ErrMissing) || !strings.Contains(err.Error(), "build once without --offline") {
			t.Errorf("%s: %v", name, err)
		}
		if n := came.Load(); n > 0 {
			t.Errorf("%s: %d tries to fetch something", name, n)
		}
		if os.Getenv("GOPROXY") != "https://proxy.golang.org" {
			t.Errorf("%s: the environment of this process is not what it was", name)
		}
		if err := run(false); err == nil || errors.Is(err, toolchain.ErrMissing) || came.Load() == 0 {
			t.Errorf("%s, not offline: %d tries to fetch something, %v", name, came.Load(), err)
		}
	}
	for _, private := range []string{"GOPRIVATE", "GONOPROXY"} { // these are fetched from their makers
		t.Setenv(private, "github.com,golang.org")
		came.Store(0)
		if err := runs["the list of modules"](true); !errors.Is(err, toolchain.ErrMissing) || came.Load() > 0 {
			t.Errorf("with %s: %d tries to fetch something, %v", private, came.Load(), err)
		}
	}
}
