package apt

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCandidate(t *testing.T) {
	const known = "isolinux:\n  Installed: (none)\n  Candidate: 3:6.04~git1-3\n  Version table:\n"
	if got, err := parseCandidate("isolinux", known); err != nil || got != "3:6.04~git1-3" {
		t.Errorf("parseCandidate = %q, %v; want 3:6.04~git1-3", got, err)
	}
	for _, unknown := range []string{"", "x:\n  Installed: (none)\n  Candidate: (none)\n"} {
		if got, err := parseCandidate("x", unknown); !errors.Is(err, ErrNoPackage) {
			t.Errorf("parseCandidate(%q) = %q, %v; want ErrNoPackage", unknown, got, err)
		}
	}
}

func TestParseDepends(t *testing.T) {
	got := parseDepends("linux-image-amd64\n  Depends: linux-image-6.1.0-56-amd64\n |Depends: a\n  Depends: <virtual>\n    b\n")
	if diff := cmp.Diff([]string{"linux-image-6.1.0-56-amd64", "a"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	want := filepath.Join(dir, "isolinux_3%3a6.04-3_all.deb")
	for _, f := range []string{want, filepath.Join(dir, "isolinux_3%3a6.03-1_all.deb")} {
		if err := os.WriteFile(f, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := find(dir, "isolinux", "3:6.04-3"); got != want {
		t.Errorf("find = %q; want %q", got, want)
	}
	if got := find(dir, "isolinux", "3:6.05-1"); got != "" {
		t.Errorf("find of an absent version = %q; want none", got)
	}
}
