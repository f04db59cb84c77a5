package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestCheckOutput: what an image would replace and must not is refused before anything is
// built, with what to do.
func TestCheckOutput(t *testing.T) {
	dir := t.TempDir()
	file, folder, link := filepath.Join(dir, "a.img"), filepath.Join(dir, "folder"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*cobra.Command{isoCommand(), usbCommand(), pxeCommand(), floppyCommand(), driverFloppyCommand()} {
		for _, tt := range []struct{ out, says string }{
			{"/dev/null", "dd if="}, {link, "symbolic link"}, {file, ""}, {filepath.Join(dir, "new", "b.img"), ""}, {folder, "folder"},
		} {
			if c.Name() == "pxe" { // which makes a folder
				switch tt.out {
				case file:
					tt.says = "is a file"
				case folder:
					tt.says = ""
				}
			}
			if err := c.Flags().Set("output", tt.out); err != nil {
				t.Fatal(err)
			}
			err := checkOutput(c, nil)
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s -o %s: %v; want an error with %q", c.Name(), tt.out, err, tt.says)
			}
		}
	}
}
