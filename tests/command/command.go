package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Binary is the path of a built command.
type Binary string

// Main builds the command, runs the tests and returns the exit code of the
// test binary.
func Main(m *testing.M, built *Binary) int {
	dir, err := os.MkdirTemp("", "bootmend-command")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if *built, err = Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Build builds the command of this source tree into dir.
func Build(dir string) (Binary, error) {
	path := filepath.Join(dir, "bootmend")
	build := exec.Command("go", "build", "-o", path, "github.com/bootmend/bootmend/cmds/bootmend")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return Binary(path), nil
}

// Result is what the command did.
type Result struct {
	Args           []string
	Code           int // see the exit codes
	Stdout, Stderr string
}

// shown is how much of an output is worth reading in a message.
const shown = 20_000

func (r Result) String() string {
	return fmt.Sprintf("bootmend %s: exit %d\nstdout: %.*s\nstderr: %.*s", strings.Join(r.Args, " "), r.Code, shown, r.Stdout, shown, r.Stderr)
}

// Run runs the command. There is no standard input.
func (b Binary) Run(tb testing.TB, args ...string) Result {
	tb.Helper()
	return b.run(tb, exec.Command(string(b), args...))
}

// RunWith runs the command with that standard input, from a pipe.
func (b Binary) RunWith(tb testing.TB, stdin string, args ...string) Result {
	tb.Helper()
	cmd := exec.Command(string(b), args...)
	cmd.Stdin = strings.NewReader(stdin)
	return b.run(tb, cmd)
}

// run fails when the program crashes and when it leaves something behind.
func (b Binary) run(tb testing.TB, cmd *exec.Cmd) Result {
	tb.Helper()
	cmd.Dir = tb.TempDir()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	r := Result{Args: cmd.Args[1:], Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
	if r.crashed() {
		tb.Fatalf("the program crashed: %v", r)
	}
	if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) > 0 {
		tb.Errorf("%v left %v in its working directory, %v", r.Args, left, err)
	}
	return r
}

// crashed: the command says so of itself; a fatal error of the Go runtime shows
// stacks, a signal has no exit code.
func (r Result) crashed() bool {
	return r.Code < 0 || strings.Contains(r.Stderr, "bootmend itself failed") || strings.Contains(r.Stderr, "goroutine ") || strings.Contains(r.Stderr, "panic:")
}

// Decode reads the one object that --json prints into a pointer. Whatever the
// command, it says its version, and its exit code where it has that field.
func (r Result) Decode(tb testing.TB, into any) {
	tb.Helper()
	dec := json.NewDecoder(strings.NewReader(r.Stdout))
	var object json.RawMessage
	if err := dec.Decode(&object); err != nil {
		tb.Fatalf("--json: %v: %v", err, r)
	}
	if dec.More() {
		tb.Errorf("--json printed more than one object: %v", r)
	}
	var head struct {
		Version  int
		ExitCode *int `json:"exit_code"`
	}
	if err := errors.Join(json.Unmarshal(object, &head), json.Unmarshal(object, into)); err != nil {
		tb.Fatalf("--json: %v: %v", err, r)
	}
	if head.Version != 1 || head.ExitCode != nil && *head.ExitCode != r.Code {
		tb.Errorf("version %d, want 1; exit code: %v", head.Version, r)
	}
}
