package apt

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func TestParseShow(t *testing.T) {
	sum := strings.Repeat("a", 64)
	got, err := parseShow("Package: x\nSource: xs (1)\nVersion: 1:2-3\nArchitecture: i386\nPre-Depends: p\n" +
		"Depends: libc6 (>= 2.34), a:any | b\nDescription: some\n Depends: none\nHomepage: https://example.org/\nFilename: pool/x.deb\nSHA256: " + sum + "\n\nPackage: y\n")
	want := Package{Name: "x", Version: "1:2-3", Architecture: "i386", Source: "xs", SHA256: sum,
		Homepage: "https://example.org/", URL: "pool/x.deb", Depends: []string{"p", "libc6", "a", "b"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if f := got.File(); f != "x_1%3a2-3_i386.deb" {
		t.Errorf("File = %s", f)
	}
	for _, bad := range []string{"", "Package: x\nVersion: 1\nArchitecture: all\nSHA256: abc\n", "Version: 1\n"} {
		if p, err := parseShow(bad); err == nil {
			t.Errorf("parseShow(%q) = %+v; want an error", bad, p)
		}
	}
}

func TestParsePlace(t *testing.T) {
	const policy = "linux-image-686:\n  Installed: (none)\n  Candidate: 6.1.192-2\n  Version table:\n     6.1.192-2 500\n" +
		"        500 http://mirror.example.org/debian-security bookworm-security/main i386 Packages\n     6.1.176-1 500\n" +
		"        500 http://mirror.example.org/debian bookworm/main i386 Packages\n *** 5.0-1 100\n        100 /var/lib/dpkg/status\n"
	for version, want := range map[string]string{"6.1.192-2": "http://mirror.example.org/debian-security/",
		"6.1.176-1": "http://mirror.example.org/debian/", "5.0-1": "", "7": ""} {
		if got := parsePlace(policy, version); got != want {
			t.Errorf("%s: %q; want %q", version, got, want)
		}
	}
}

// repository makes one with a single package of architecture i386 and returns its
// sources.list with these options.
func repository(t *testing.T, options, sha256 string, content []byte) string {
	t.Helper()
	dir := t.TempDir()
	lists := fmt.Sprintf("Package: tiny\nVersion: 1.0\nArchitecture: i386\nFilename: ./tiny_1.0_i386.deb\nSize: %d\nSHA256: %s\nDescription: x\n", len(content), sha256)
	for name, b := range map[string][]byte{"Packages": []byte(lists), "tiny_1.0_i386.deb": content} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sources := filepath.Join(dir, "sources.list")
	if err := os.WriteFile(sources, []byte("deb "+options+" file:"+dir+" ./\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return sources
}

// TestForeignArchitecture: apt takes a package of another architecture without dpkg
// knowing of it, refuses one whose checksum is not that of the lists, and a repository
// that nobody signed.
func TestForeignArchitecture(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("SKIP-TOOL: apt-get is not installed")
	}
	content := []byte("!<arch>\n")
	right, wrong := fmt.Sprintf("%x", sha256.Sum256(content)), strings.Repeat("0", 64)

	told := int64(-1)
	l := Lists{Arch: "i386", Dir: t.TempDir(), Sources: repository(t, "[trusted=yes]", right, content), Progress: func(done, _ int64) { told = done }}
	if l.Fresh(time.Now()) {
		t.Error("lists that were never fetched are fresh")
	}
	if err := l.Update(time.Now()); err != nil {
		t.Fatal(err)
	}
	if !l.Fresh(time.Now()) || l.Fresh(time.Now().Add(maxAge)) {
		t.Error("lists are fresh for a day")
	}
	told = -1
	p, err := l.Find("tiny")
	if err != nil || p.SHA256 != right || p.Architecture != "i386" {
		t.Fatalf("Find = %+v, %v", p, err)
	}
	file, err := l.Download(p, t.TempDir())
	if b, readErr := os.ReadFile(file); err != nil || readErr != nil || string(b) != string(content) {
		t.Errorf("Download = %q, %v: %q", file, err, b)
	}
	if told < 0 {
		t.Error("apt-get did not tell how far it is")
	}
	if _, err := l.Find("none"); !errors.Is(err, ErrNoPackage) {
		t.Errorf("Find(none) = %v; want %v", err, ErrNoPackage)
	}

	l = Lists{Arch: "i386", Dir: t.TempDir(), Sources: repository(t, "[trusted=yes]", wrong, content)}
	if err := l.Update(time.Now()); err != nil {
		t.Fatal(err)
	}
	if p, err = l.Find("tiny"); err != nil {
		t.Fatal(err)
	}
	if file, err := l.Download(p, t.TempDir()); err == nil || !strings.Contains(err.Error(), "Hash") {
		t.Errorf("a package with a wrong checksum: %s, %v; want an error that says so", file, err)
	}

	l = Lists{Arch: "i386", Dir: t.TempDir(), Sources: repository(t, "", right, content)}
	if err := l.Update(time.Now()); err == nil || !strings.Contains(err.Error(), "Release file") {
		t.Errorf("a repository without a signature: %v; want an error that says so", err)
	}
}

func TestNoApt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := (Lists{}).Find("x"); !errors.Is(err, ErrNoApt) {
		t.Errorf("Find = %v; want %v", err, ErrNoApt)
	}
}
