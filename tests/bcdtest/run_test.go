package bcdtest

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

// Exit codes of the contract.
const (
	exitOK     = 0
	exitError  = 1
	exitUsage  = 2
	exitPerson = 11
)

// command is the path of the bootmend binary under test.
var command string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bootmend-bcdtest")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	command = filepath.Join(dir, "bootmend")
	build := exec.Command("go", "build", "-o", command, "github.com/bootmend/bootmend/cmds/bootmend")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// result is what the command did.
type result struct {
	args           []string
	code           int
	stdout, stderr string
}

func (r result) String() string {
	return fmt.Sprintf("bootmend %s: exit %d\nstdout: %.2000s\nstderr: %s", strings.Join(r.args, " "), r.code, r.stdout, r.stderr)
}

// bootmend runs a command without a terminal.
func bootmend(t *testing.T, args ...string) result {
	t.Helper()
	cmd := exec.Command(command, args...)
	cmd.Dir = t.TempDir() // nothing may be left behind here
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := result{args, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	if strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, "panic:") {
		t.Fatalf("the program crashed: %v", r)
	}
	if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
		t.Errorf("%v left %v in its working directory", args, left)
	}
	return r
}

// want runs a verb on stores and checks the exit code and a part of what it says.
func want(t *testing.T, code int, says string, args ...string) result {
	t.Helper()
	r := bootmend(t, append([]string{"bcd"}, args...)...)
	if r.code != code || !strings.Contains(r.stdout+r.stderr, says) {
		t.Fatalf("want exit %d and %q: %v", code, says, r)
	}
	return r
}

// document runs a verb with --json and decodes the one object it prints into d.
func document(t *testing.T, code int, d any, args ...string) {
	t.Helper()
	r := bootmend(t, append(append([]string{"bcd"}, args...), "--json")...)
	var head struct {
		Version  int    `json:"version"`
		Command  string `json:"command"`
		ExitCode int    `json:"exit_code"`
	}
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil || dec.More() || r.code != code {
		t.Fatalf("%v; want exit %d and one object: %v", err, code, r)
	}
	if err := errors.Join(json.Unmarshal(raw, &head), json.Unmarshal(raw, d)); err != nil {
		t.Fatal(err)
	}
	if head.Version != 1 || head.Command != "bcd "+args[0] || head.ExitCode != code {
		t.Errorf("%+v: %v", head, r)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
