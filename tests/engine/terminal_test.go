package engine

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// onTerminal runs the command on a pseudo terminal, as a person would, who
// types the answer. script (of util-linux) makes the terminal.
func onTerminal(t *testing.T, answer string, args ...string) command.Result {
	t.Helper()
	line := "'" + string(built) + "' '" + strings.Join(args, "' '") + "'"
	cmd := exec.Command("script", "--quiet", "--return", "--command", line, "/dev/null")
	cmd.Stdin = strings.NewReader(answer + "\n")
	out, _ := cmd.Output()
	return command.Result{Args: args, Code: cmd.ProcessState.ExitCode(), Stdout: string(out)}
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
			if r.Code == command.ExitOK || !strings.Contains(r.Stdout, "PLAN") {
				t.Errorf("want the plan and no success: %v", r)
			}
			untouched(t, image, before, "repair that was declined")
		})
	}
	t.Run("answer yes", func(t *testing.T) {
		t.Parallel()
		image := g.Build(t)
		if r := onTerminal(t, "yes", "repair", "--machine", "qemu-q35", image); r.Code != command.ExitOK {
			t.Errorf("want exit 0: %v", r)
		}
		want(t, command.ExitOK, "scan", "--machine", "qemu-q35", image)
	})
}
