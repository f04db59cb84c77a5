package bootinitest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/part"
)

// TestNumbersOfWindowsOnGPT: every used entry counts, whatever its type, in the
// order of the array and without its gaps. Tables by sgdisk.
func TestNumbersOfWindowsOnGPT(t *testing.T) {
	if _, err := exec.LookPath("sgdisk"); err != nil {
		t.Skip("SKIP-TOOL sgdisk: not installed")
	}
	for _, tt := range []struct {
		name    string
		entries string // number:start:type of sgdisk
		windows string // first sectors of partition 1, 2, ...
	}{
		{"as Windows makes it", "1:2048:EF00 2:4096:0C01 3:6144:0700", "2048 4096 6144"},
		{"against the disk", "1:6144:0700 2:2048:EF00", "6144 2048"},
		{"gaps in the array", "2:2048:EF00 5:4096:0700 9:6144:2700", "2048 4096 6144"},
		{"Linux between", "1:2048:EF00 2:4096:8300 3:6144:0700", "2048 4096 6144"},
		{"dynamic", "1:2048:4200 2:4096:4201", "2048 4096"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "disk")
			if err := os.WriteFile(path, make([]byte, 8<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"-a", "1"}
			for _, e := range strings.Fields(tt.entries) {
				f := strings.Split(e, ":")
				args = append(args, "-n", fmt.Sprintf("%s:%s:+100", f[0], f[1]), "-t", f[0]+":"+f[2])
			}
			if out, err := exec.Command("sgdisk", append(args, path)...).CombinedOutput(); err != nil {
				t.Fatalf("sgdisk: %v: %s", err, out)
			}
			dev, err := block.OpenReadOnly(path)
			if err != nil {
				t.Fatal(err)
			}
			defer dev.Close()
			table, err := part.Read(dev)
			if err != nil || table.Scheme != part.GPT {
				t.Fatalf("%v, %v", table, err)
			}
			if got := numbered(table); got != tt.windows {
				t.Errorf("numbered %q, want %q", got, tt.windows)
			}
		})
	}
}
