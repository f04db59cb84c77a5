package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/protection"
)

// kernel is one that protects by a map.
type kernel map[string]bool

func (k kernel) Protected(path string) (bool, error)         { return k[filepath.Base(path)], nil }
func (k kernel) Protect(path string, on bool) error          { k[filepath.Base(path)] = on; return nil }
func (k kernel) Idle(_ string, f func() error) (bool, error) { return true, f() }

// TestProtectCommand: the disk that is named can be written to, and only that, until
// protection is put back.
func TestProtectCommand(t *testing.T) {
	dir := t.TempDir()
	dev := filepath.Join(dir, "dev")
	k := kernel{}
	keeper := protection.Keeper{Sys: filepath.Join(dir, "sys"), Dev: dev, State: filepath.Join(dir, "state"), Kernel: k}
	if err := os.Mkdir(dev, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sda", "sdb"} {
		if err := errors.Join(os.WriteFile(filepath.Join(dev, name), nil, 0o600), keeper.Protect(name)); err != nil {
			t.Fatal(err)
		}
	}
	call := func(args ...string) (string, error) {
		var out bytes.Buffer
		cmd := protectCommand(&out, keeper)
		cmd.SetArgs(args)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		err := cmd.Execute()
		return out.String(), err
	}
	if out, err := call("--off", filepath.Join(dev, "sda")); err != nil || !strings.Contains(out, "WARNING") || k["sda"] || !k["sdb"] {
		t.Errorf("%q, %v, %v", out, err, k)
	}
	if out, err := call("--off", filepath.Join(dev, "sda")); err != nil || !strings.Contains(out, "is not write-protected by bootmend") {
		t.Errorf("twice: %q, %v", out, err)
	}
	if _, err := call(); err != nil || !k["sda"] {
		t.Errorf("again: %v, %v", err, k)
	}
	for _, wrong := range [][]string{{"--off"}, {"/dev/sda"}} {
		if _, err := call(wrong...); !errors.As(err, new(usageError)) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
