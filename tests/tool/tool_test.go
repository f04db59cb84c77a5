package tool

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

func TestFeed(t *testing.T) {
	env := Env{"BOOTMEND_WORD=ü"}
	out, err := env.Feed("in\n", "sh", "-c", `cat; echo "$BOOTMEND_WORD" "$1" "${HOME:+home}"; echo err >&2`, "sh", "arg")
	if string(out) != "in\nü arg home\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	if out := Must(t, "sh", "-c", `cat; echo "$BOOTMEND_WORD"`); string(out) != "\n" {
		t.Errorf("%q", out)
	}
}

// TestRunFails: an error says what was run, how it ended and what it said.
func TestRunFails(t *testing.T) {
	out, err := Run("sh", "-c", "echo out; echo err >&2; exit 3")
	var exit *exec.ExitError
	if string(out) != "out\n" || !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Fatalf("%q, %v", out, err)
	}
	for _, want := range []string{"sh -c ", "exit status 3", "err out"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if _, err := Run("sh", "-c", "yes | head -c 1000000; echo the end; exit 1"); err == nil || len(err.Error()) > 40_000 || !strings.Contains(err.Error(), "the end") {
		t.Errorf("%.1000v", err)
	}
	if _, err := Run("no-such-program-of-bootmend"); err == nil {
		t.Error("a program that is not there ran")
	}
}

// skipping records the reason of a skip and goes on.
type skipping struct {
	testing.TB
	why string
}

func (s *skipping) Helper()                          {}
func (s *skipping) Skipf(format string, args ...any) { s.why += fmt.Sprintf(format, args...) }

// TestNeed skips for what is missing only.
func TestNeed(t *testing.T) {
	s := &skipping{TB: t}
	Need(s, "sh", "no-such-program-of-bootmend", "true")
	if s.why != "SKIP-TOOL no-such-program-of-bootmend: not installed" {
		t.Errorf("%q", s.why)
	}
}
