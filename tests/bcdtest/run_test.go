package bcdtest

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// bootmend runs a command without a terminal.
func bootmend(t *testing.T, args ...string) command.Result {
	t.Helper()
	return built.Run(t, args...)
}

// want runs a verb on stores and checks the exit code and a part of what it says.
func want(t *testing.T, code int, says string, args ...string) command.Result {
	t.Helper()
	r := bootmend(t, append([]string{"bcd"}, args...)...)
	if r.Code != code || !strings.Contains(r.Stdout+r.Stderr, says) {
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
	dec := json.NewDecoder(strings.NewReader(r.Stdout))
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil || dec.More() || r.Code != code {
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
