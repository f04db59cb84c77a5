package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// clearError: exit 1, one sentence on standard error, nothing on the disk.
func clearError(t *testing.T, input string, words ...string) {
	t.Helper()
	before := ""
	if st, err := os.Stat(input); err == nil && st.Mode().IsRegular() {
		before = hash(t, input)
	}
	for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
		r := bootmend(t, append(args, "--machine", "qemu-pc", input)...)
		if r.Code != command.ExitError {
			t.Errorf("want exit 1: %v", r)
		}
		said := strings.TrimSpace(r.Stderr)
		if said == "" || strings.Count(said, "\n") > 1 {
			t.Errorf("want one clear sentence: %v", r)
		}
		for _, w := range words {
			if !strings.Contains(strings.ToLower(said), strings.ToLower(w)) {
				t.Errorf("the message lacks %q: %v", w, r)
			}
		}
		if strings.Contains(strings.ToLower(said), "usage:") {
			t.Errorf("usage printed for an error that is not the caller's: %v", r)
		}
		if before != "" {
			untouched(t, input, before, args[0])
		}
	}
}

func TestOtherImageFormats(t *testing.T) {
	raw := guests.MustLoad(t, "winxp-x86").Build(t)
	for _, tt := range []struct{ name, format, options string }{
		{"qcow2", "qcow2", ""},
		{"vmdk", "vmdk", ""},
		{"vmdk", "vmdk", "subformat=streamOptimized"},
		{"vpc", "vpc", ""},
		{"vpc", "vpc", "subformat=fixed"},
		{"vhdx", "vhdx", ""},
		{"vdi", "vdi", ""},
	} {
		t.Run(tt.format+tt.options, func(t *testing.T) {
			t.Parallel()
			image := filepath.Join(t.TempDir(), "disk."+tt.format)
			args := []string{"convert", "-O", tt.format}
			if tt.options != "" {
				args = append(args, "-o", tt.options)
			}
			if out, err := exec.Command("qemu-img", append(args, raw, image)...).CombinedOutput(); err != nil {
				t.Fatalf("qemu-img: %v: %s", err, out)
			}
			clearError(t, image, tt.name, "qemu-img convert", image)
		})
	}
}

func TestUnreadableInput(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("empty file", func(t *testing.T) { clearError(t, file("empty", ""), "empty") })
	t.Run("no such file", func(t *testing.T) { clearError(t, filepath.Join(dir, "none"), "none") })
	t.Run("directory", func(t *testing.T) { clearError(t, dir) })
	t.Run("character device", func(t *testing.T) { clearError(t, "/dev/null", "/dev/null") })
	t.Run("gzip", func(t *testing.T) { clearError(t, file("x.gz", "\x1f\x8b\x08"+strings.Repeat("x", 5000)), "gzip") })
}

// TestNoWindows: sound or not, a disk without Windows is for a person.
func TestNoWindows(t *testing.T) {
	dir := t.TempDir()
	for name, image := range map[string]string{
		"data disk": guests.MustLoad(t, "data-disk").Build(t),
		"zeros":     filepath.Join(dir, "zeros"),
		"one byte":  filepath.Join(dir, "byte"),
		"noise":     filepath.Join(dir, "noise"),
	} {
		t.Run(name, func(t *testing.T) {
			switch name {
			case "zeros":
				f, err := os.Create(image)
				if err != nil {
					t.Fatal(err)
				}
				f.Truncate(64 << 20)
				f.Close()
			case "one byte":
				os.WriteFile(image, []byte("x"), 0o600)
			case "noise":
				os.WriteFile(image, []byte(strings.Repeat("noise with a period of 39 characters   ", 50000)), 0o600)
			}
			before := hash(t, image)
			for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
				r := bootmend(t, append(args, "--machine", "qemu-pc", image)...)
				if r.Code != command.ExitPerson && r.Code != command.ExitError {
					t.Errorf("want exit 11 or 1: %v", r)
				}
				if r.Code == command.ExitPerson && !strings.Contains(r.Stdout, "windows-not-found") {
					t.Errorf("want windows-not-found: %v", r)
				}
				untouched(t, image, before, args[0])
			}
		})
	}
}

// TestTruncatedImages cuts a guest at every place where it could hurt most.
func TestTruncatedImages(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	for name, size := range map[string]int64{
		"half a sector":        256,
		"table only":           512,
		"before the partition": 2048 * 512,
		"in the first volume":  50 << 20,
		"in the second volume": 300 << 20,
		"without the last MiB": 206848*512 + 1799<<20,
		"odd length":           206848*512 + 1000<<20 + 77,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := g.Build(t)
			if err := os.Truncate(image, size); err != nil {
				t.Fatal(err)
			}
			before := hash(t, image)
			for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
				r := bootmend(t, append(args, "--machine", "qemu-q35", image)...)
				if r.Code != command.ExitPerson && r.Code != command.ExitError {
					t.Errorf("want exit 11 or 1: %v", r)
				}
				untouched(t, image, before, args[0])
			}
		})
	}
}
