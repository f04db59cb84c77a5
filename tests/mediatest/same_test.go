package mediatest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/tool"
)

// builderProgram is mkrescue, built once for a test.
func builderProgram(t *testing.T, source string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "mkrescue")
	tool.Must(t, "go", "-C", source, "build", "-trimpath", "-o", out, "./cmds/mkrescue")
	return out
}

// same compares two files, or all files of two directories.
func same(t *testing.T, a, b string) {
	t.Helper()
	info, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	one, two := a, b
	if !info.IsDir() {
		one, two = filepath.Dir(a), filepath.Dir(b)
	}
	first, second := sums(t, one), sums(t, two)
	if len(first) == 0 || len(first) != len(second) {
		t.Fatalf("%d and %d files", len(first), len(second))
	}
	for name, sum := range first {
		if second[name] != sum {
			t.Errorf("%s differs", name)
		}
	}
	t.Logf("%d files are the same", len(first))
}

// TestSameFromImage: media of the image that is there, made in two places, at two
// times, with two time zones, are the same; each with drivers, answers and keys.
func TestSameFromImage(t *testing.T) {
	from := image(t)
	readManifest(t, from)
	program := builderProgram(t, root(t))
	for _, kind := range []string{"iso", "usb"} {
		t.Run(kind, func(t *testing.T) {
			var made []string
			for _, zone := range []string{"UTC", "Asia/Kathmandu"} {
				dir := t.TempDir()
				answers, extra := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "profile.yaml")
				write(t, answers, "mode: ask\n")
				write(t, filepath.Join(dir, "note.txt"), "note")
				write(t, extra, "answers: a.yaml\nfiles: [{from: note.txt, to: /root/note}]\n")
				out := filepath.Join(dir, "out", "medium.img")
				tool.Env{"TZ=" + zone}.Must(t, program, kind, "--source", root(t), "--from", from, "--cache", filepath.Join(dir, "cache"),
					"--profile", extra, "-o", out)
				made = append(made, out)
			}
			same(t, made[0], made[1])
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSameFromSource: two copies of the sources in two directories, with caches that
// share the downloaded packages only, give the same media byte for byte.
func TestSameFromSource(t *testing.T) {
	if os.Getenv("BOOTMEND_CAMPAIGN") != "1" {
		t.Skip("SKIP-CAMPAIGN: only with BOOTMEND_CAMPAIGN=1")
	}
	tool.Need(t, "git", "zstd", "apt-get")
	packages := filepath.Join(root(t), ".cache")
	if _, err := os.Stat(filepath.Join(packages, "deb")); err != nil {
		t.Skipf("SKIP-ISO: %v (make iso)", err)
	}
	media := [][]string{{"iso"}, {"usb"}, {"pxe"}}
	if os.Getenv("BOOTMEND_UNIVERSAL") != "" {
		media = append(media, []string{"iso", "--arch", "universal"})
	}
	made := map[string][]string{}
	for _, name := range []string{"one", "another-and-longer"} {
		dir := filepath.Join(t.TempDir(), name)
		tool.Must(t, "git", "-C", root(t), "worktree", "list") // a repository is needed
		tool.Must(t, "git", "clone", "-q", root(t), dir)
		cache := filepath.Join(dir, ".cache")
		if err := os.MkdirAll(cache, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"deb", "packages", "apt-i386"} {
			if _, err := os.Stat(filepath.Join(packages, part)); err == nil {
				tool.Must(t, "cp", "-r", filepath.Join(packages, part), cache)
			}
		}
		program := builderProgram(t, dir)
		for _, args := range media {
			out := filepath.Join(dir, "out", strings.Join(args, ""), "medium")
			tool.Env{"SOURCE_DATE_EPOCH=1700000000"}.Must(t, program, append(args, "--offline", "--source", dir, "-o", out)...)
			made[strings.Join(args, " ")] = append(made[strings.Join(args, " ")], out)
		}
	}
	for name, out := range made {
		t.Run(name, func(t *testing.T) { same(t, out[0], out[1]) })
	}
}
