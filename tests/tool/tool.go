package tool

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Variables that make programs print the same wherever they run.
const (
	UTF8   = "LC_ALL=C.UTF-8"
	UTC    = "TZ=UTC"
	Perl   = "PERL_UNICODE=SA"     // hivexregedit reads and prints UTF-8
	Mtools = "MTOOLS_SKIP_CHECK=1" // mtools takes geometries that no floppy has
)

// Env are variables that a program gets beside those of the test,
// "NAME=value".
type Env []string

// Need skips the test when a program is missing, and says so.
func Need(tb testing.TB, names ...string) {
	tb.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			tb.Skipf("SKIP-TOOL %s: not installed", name)
		}
	}
}

// Run returns what the program wrote to standard output. A failure carries the
// ends of both outputs.
func Run(name string, args ...string) ([]byte, error) { return Env(nil).Run(name, args...) }

// Must is Run for what cannot fail.
func Must(tb testing.TB, name string, args ...string) []byte {
	tb.Helper()
	return Env(nil).Must(tb, name, args...)
}

// Run is Run with these variables.
func (e Env) Run(name string, args ...string) ([]byte, error) { return e.Feed("", name, args...) }

// Must is Must with these variables.
func (e Env) Must(tb testing.TB, name string, args ...string) []byte {
	tb.Helper()
	out, err := e.Run(name, args...)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// Feed is Run with that standard input.
func (e Env) Feed(stdin, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), e...)
	if stdin != "" {
		cmd.Stdin = strings.NewReader(stdin)
	}
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("%s %s: %w: %s %s", name, strings.Join(args, " "), err, end(errOut.Bytes()), end(out.Bytes()))
	}
	return out.Bytes(), nil
}

// end keeps a message readable when the output is that of a whole volume.
func end(b []byte) []byte { return bytes.TrimSpace(b[max(0, len(b)-16<<10):]) }
