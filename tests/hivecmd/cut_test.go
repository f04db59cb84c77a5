package hivecmd

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestKilled: a process that is killed at any moment leaves the old hive or the
// new one under the hive's name, whole, and the old one in a backup once the
// new one is in place.
func TestKilled(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	rounds := 15
	if os.Getenv("BOOTMEND_CAMPAIGN") != "" {
		rounds = 400
	}
	var text strings.Builder
	text.WriteString(header)
	for i := range 500 {
		fmt.Fprintf(&text, "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Many %d]\r\n\"Start\"=dword:%08x\r\n\r\n", i, i)
	}
	reg := write(t, "many.reg", []byte(text.String()))
	h := small(t)
	before := read(t, h)
	start := time.Now()
	want(t, command.ExitOK, "done", "import", "--yes", h, reg)
	whole := time.Since(start)
	lines, err := oracle.RegExport(h)
	if err != nil {
		t.Fatal(err)
	}
	var old, changed int
	for range rounds {
		h := small(t)
		cmd := exec.Command(string(built), "hive", "import", "--yes", h, reg)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rnd.Int63n(int64(whole + whole/4))))
		if err := cmd.Process.Kill(); err != nil && !strings.Contains(err.Error(), "finished") {
			t.Fatal(err)
		}
		cmd.Wait() // its state does not matter
		if now := read(t, h); bytes.Equal(now, before) {
			old++
			continue
		}
		changed++
		if got, err := oracle.RegExport(h); err != nil || len(got) != len(lines) {
			t.Fatalf("%d keys and values, %v; want %d", len(got), err, len(lines))
		}
		if !bytes.Equal(read(t, h+".bootmend-backup"), before) {
			t.Fatalf("no backup in %v", beside(t, h))
		}
	}
	t.Logf("killed %d times: %d old hives, %d new ones", rounds, old, changed)
	// What a killed process left behind is in nobody's way.
	if err := os.WriteFile(filepath.Join(filepath.Dir(h), ".SYSTEM.bootmend-1"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, command.ExitOK, "nothing to change", "import", "--yes", h, reg)
}
