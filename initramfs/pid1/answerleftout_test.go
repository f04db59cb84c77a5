//go:build !lean

package pid1

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/pid1/answers"
)

// TestAnswerLeftOut: a file of which a part is left out keeps the image from writing
// by itself, whatever else it says.
func TestAnswerLeftOut(t *testing.T) {
	settings, warnings, err := answers.Parse([]byte("mode: auto\nonly:\n  bcd-missing: yes\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := ParseCmdline("")
	c.Answer(answers.ParseLines(answers.Lines("a.yaml", settings, warnings)))
	if c.Mode != ModeAuto || !strings.Contains(c.Hold, "a.yaml: line 3: only") {
		t.Errorf("mode %q, held %q", c.Mode, c.Hold)
	}
}
