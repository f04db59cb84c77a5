package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSettings: a later fragment wins, and what the kernel's rules undid is named.
func TestSettings(t *testing.T) {
	for _, o := range []Options{{Arch: "386", Variant: Floppy}, {Arch: "amd64", Variant: Floppy}, {Arch: "amd64", Variant: Lite}} {
		s, err := fragments(o)
		if err != nil {
			t.Fatal(err)
		}
		got := symbols(s)
		if len(got) != strings.Count(s, "\n") || (got["CONFIG_ACPI"] == "n") != (o.Variant == Floppy) || got["CONFIG_BLK_DEV_FD"] != "y" || got["CONFIG_RD_XZ"] != "y" {
			t.Errorf("%s %s: %d symbols in %d lines, ACPI %q", o.Arch, o.Variant, len(got), strings.Count(s, "\n"), got["CONFIG_ACPI"])
		}
		config := filepath.Join(t.TempDir(), ".config")
		if err := os.WriteFile(config, []byte("# CONFIG_RD_XZ is not set\nCONFIG_OTHER=y\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := overlaySettings(config, s); err != nil {
			t.Fatal(err)
		}
		if err := checkSettings(config, s); err != nil {
			t.Error(err)
		}
		if err := checkSettings(config, s+"CONFIG_NOT_THERE=y\n"); err == nil || !strings.Contains(err.Error(), "CONFIG_NOT_THERE=y") {
			t.Errorf("a setting that is not there: %v", err)
		}
	}
	if _, err := fragments(Options{Arch: "arm64", Variant: Lite}); err == nil {
		t.Error("arm64 is taken")
	}
}
