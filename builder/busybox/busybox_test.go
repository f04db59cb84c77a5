package busybox

import (
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCommands: the applets' names are the last parts of the paths, so these
// must differ.
func TestCommands(t *testing.T) {
	seen := map[string]string{}
	for _, c := range Commands() {
		if !strings.HasPrefix(c, "github.com/u-root/u-root/cmds/") || strings.ContainsAny(c, " \t#") {
			t.Errorf("bad path %q", c)
		}
		if other := seen[path.Base(c)]; other != "" {
			t.Errorf("%s and %s have the same name", c, other)
		}
		seen[path.Base(c)] = c
	}
	for _, name := range []string{"more", "ls", "mount", "dd", "seq", "dmesg", "wget", "tar"} {
		if seen[name] == "" {
			t.Errorf("no %s", name)
		}
	}
}

func TestNames(t *testing.T) {
	if diff := cmp.Diff([]string{"init", "ls"}, names([]string{"a/ls", "b/cmds/init"})); diff != "" {
		t.Error(diff)
	}
}

func TestBuildError(t *testing.T) {
	dir := t.TempDir()
	_, err := Build(filepath.Join(dir, "bb"), Options{Dir: ".", GOARCH: "amd64", TempDir: dir,
		Packages: []string{"github.com/bootmend/bootmend/cmds/nosuchcommand"}})
	if err == nil || !strings.Contains(err.Error(), "nosuchcommand") {
		t.Errorf("Build = %v; want an error that names the command", err)
	}
}
