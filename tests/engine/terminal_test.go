package engine

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

// onTerminal runs the command on a pseudo terminal, as a person would, who
// types the answer. script (of util-linux) makes the terminal.
func onTerminal(t *testing.T, answer string, args ...string) result {
	t.Helper()
	line := "'" + command + "' '" + strings.Join(args, "' '") + "'"
	cmd := exec.Command("script", "--quiet", "--return", "--command", line, "/dev/null")
	cmd.Stdin = strings.NewReader(answer + "\n")
	out, _ := cmd.Output()
	return result{args: args, code: cmd.ProcessState.ExitCode(), stdout: string(out)}
}

// TestAnswerDecides: on a terminal repair shows the plan and asks, and only a
// plain yes is one.
func TestAnswerDecides(t *testing.T) {
	g := guests.MustLoad(t, "win7-x86")
	for _, answer := range []string{"no", "", "y", "maybe"} {
		t.Run("answer "+answer, func(t *testing.T) {
			t.Parallel()
			image := g.Build(t)
			before := hash(t, image)
			r := onTerminal(t, answer, "repair", "--machine", "qemu-q35", image)
			if r.code == exitOK || !strings.Contains(r.stdout, "PLAN") {
				t.Errorf("want the plan and no success: %v", r)
			}
			untouched(t, image, before, "repair that was declined")
		})
	}
	t.Run("answer yes", func(t *testing.T) {
		t.Parallel()
		image := g.Build(t)
		if r := onTerminal(t, "yes", "repair", "--machine", "qemu-q35", image); r.code != exitOK {
			t.Errorf("want exit 0: %v", r)
		}
		want(t, exitOK, "scan", "--machine", "qemu-q35", image)
	})
}
