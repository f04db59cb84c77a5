package pid1

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAnswersCrash: a program that fails while it looks for an answer file that nobody
// named leaves it open whether one narrows the repair: nothing is written without a
// person. Here there is no such program at all.
func TestAnswersCrash(t *testing.T) {
	if _, err := os.Stat(enginePath); err == nil {
		t.Skipf("SKIP-IMAGE: this is the rescue image")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tty1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := openConsoles(dir, []string{"tty1"})
	if err != nil {
		t.Fatal(err)
	}
	s := &system{out: out, reaper: testReaper(), after: time.After, config: ParseCmdline("bootmend.mode=auto")}
	s.readAnswers()
	if !strings.Contains(s.config.Hold, "could not be told (exit code 127)") {
		t.Errorf("held: %q", s.config.Hold)
	}
	if shown, _ := os.ReadFile(filepath.Join(dir, "tty1")); !strings.Contains(string(shown), "whether there is an answer file could not be told") {
		t.Errorf("shown: %q", shown)
	}
}
