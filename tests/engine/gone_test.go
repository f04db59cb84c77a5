package engine

import (
	"bufio"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestNobodyListens: a repair does not die when who reads its output goes away, or its
// terminal: the disk is as before or repaired, and no journal stays open.
func TestNobodyListens(t *testing.T) {
	for name, leave := range map[string]func(cmd *exec.Cmd, out interface{ Close() error }) error{
		"reader":   func(_ *exec.Cmd, out interface{ Close() error }) error { return out.Close() },
		"terminal": func(cmd *exec.Cmd, _ interface{ Close() error }) error { return cmd.Process.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			image := guests.MustLoad(t, "winxp-x86").Build(t)
			cmd := exec.Command(string(built), "repair", "--yes", "--summary", "--machine", "virtualbox-ide", "--action", "safe-mode=on", image)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines, begun := bufio.NewScanner(out), false
			for !begun && lines.Scan() {
				begun = strings.Contains(lines.Text(), "The repair begins")
			}
			if !begun {
				t.Error("the repair does not begin")
			}
			if err := leave(cmd, out); err != nil {
				t.Error(err)
			}
			for lines.Scan() { // what follows, where it can still be read
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
				t.Errorf("killed: %v", exit)
			}
			if r := built.Run(t, "scan", "--machine", "virtualbox-ide", image); r.Code != command.ExitOK && r.Code != command.ExitRepairable || strings.Contains(r.Stdout, "journal-open") {
				t.Error(r)
			}
			safe := strings.Contains(built.Run(t, "fs", "cat", image+`:1:\boot.ini`).Stdout, "safeboot")
			if name == "reader" && !safe {
				t.Error("not carried to its end")
			}
			t.Logf("exit %v, carried out: %t", exit, safe)
		})
	}
}
