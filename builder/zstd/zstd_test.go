package zstd

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func needZstd(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("zstd"); err != nil {
		t.Skip("SKIP-TOOL: zstd is not installed")
	}
}

// TestCompress: what comes out is what went in, by the command's own reader; the same
// bytes each time; and a result that was damaged where it is kept is made anew.
func TestCompress(t *testing.T) {
	needZstd(t)
	dir := t.TempDir()
	text := bytes.Repeat([]byte("what the hardware does not need "), 1<<15)
	e := Encoder{Dir: dir}
	first, err := e.Compress(text, 20)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("zstd", "-dqc")
	cmd.Stdin = bytes.NewReader(first)
	if plain, err := cmd.Output(); err != nil || !bytes.Equal(plain, text) {
		t.Fatalf("zstd -d gives %d bytes, %v; want %d", len(plain), err, len(text))
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(kept) != 1 {
		t.Fatalf("%d files are kept: %q; want 1", len(kept), kept)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"bit":   func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"cut":   func(b []byte) []byte { return b[:len(b)/2] },
		"empty": func([]byte) []byte { return nil },
		"other": func([]byte) []byte { o, _ := Encoder{}.Compress([]byte("other"), 20); return o },
		"none":  func(b []byte) []byte { return b },
	} {
		if err := os.WriteFile(kept[0], damage(bytes.Clone(first)), 0o644); err != nil {
			t.Fatal(err)
		}
		again, err := e.Compress(text, 20)
		if err != nil || !bytes.Equal(first, again) {
			t.Errorf("%s: %d bytes, %v; want the %d of the first time", name, len(again), err, len(first))
		}
		if now, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(now, first) {
			t.Errorf("%s: kept are %d bytes, %v", name, len(now), err)
		}
	}
}

func TestNoCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := (Encoder{}).Compress([]byte("x"), 20); !errors.Is(err, ErrNoCommand) {
		t.Errorf("Compress = %v; want %v", err, ErrNoCommand)
	}
}

func TestUnpacks(t *testing.T) {
	needZstd(t)
	packed, err := Encoder{}.Compress([]byte("abc"), 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"", "ab", "abd", "abcd"} {
		if unpacks(packed, []byte(other)) == nil {
			t.Errorf("unpacks takes it for %q", other)
		}
	}
}
