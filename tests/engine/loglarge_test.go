package engine

import (
	"bytes"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/damage"
)

// TestLargeLog: a log of 64 MiB that was written all over is replayed and
// emptied like a small one.
func TestLargeLog(t *testing.T) {
	f := buildFailed(t, damage.LargeLog())
	for _, home := range []string{"--journal-on-disk=false", "--journal-on-disk"} {
		t.Run(home, func(t *testing.T) {
			again := f
			again.image = copied(t, f.image)
			for _, verb := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
				args := append(verb, "--machine", f.machine, home, again.image)
				if verb[0] == "scan" {
					args = []string{"scan", "--machine", f.machine, again.image}
				}
				measured(t, args...)
			}
		})
	}
}

func measured(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(command, args...)
	cmd.Dir = t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	use := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	t.Logf("%s: %v, %d MiB, %.1f s", args[0], err, use.Maxrss>>10, time.Since(start).Seconds())
	if os.Getenv("SHOW") != "" {
		t.Log(out.String())
	}
}
