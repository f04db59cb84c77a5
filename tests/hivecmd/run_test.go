package hivecmd

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

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// Exit codes of the contract.
const (
	exitOK         = 0
	exitError      = 1
	exitUsage      = 2
	exitRepairable = 10
	exitPerson     = 11
	exitNotWritten = 12
)

// command is the path of the bootmend binary under test.
var command string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bootmend-hivecmd")
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
	return fmt.Sprintf("bootmend hive %s: exit %d\nstdout: %.2000s\nstderr: %s", strings.Join(r.args, " "), r.code, r.stdout, r.stderr)
}

// hive runs a verb without a terminal.
func hive(t *testing.T, args ...string) result { return hiveWith(t, "", args...) }

func hiveWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	cmd := exec.Command(command, append([]string{"hive"}, args...)...)
	cmd.Dir = t.TempDir() // nothing may be left behind here
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := result{args: args, code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	if strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, "panic:") {
		t.Fatalf("the program crashed: %v", r)
	}
	if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
		t.Errorf("%v left %v in its working directory", args, left)
	}
	return r
}

// want runs a verb and checks the exit code and a part of what it says.
func want(t *testing.T, code int, says string, args ...string) result {
	t.Helper()
	r := hive(t, args...)
	if r.code != code || !strings.Contains(r.stdout+r.stderr, says) {
		t.Fatalf("want exit %d and %q: %v", code, says, r)
	}
	return r
}

// document runs a verb with --json and decodes the one object it prints.
func document(t *testing.T, code int, args ...string) map[string]any {
	t.Helper()
	r := hive(t, append(args, "--json")...)
	var d map[string]any
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	if err := dec.Decode(&d); err != nil || r.code != code {
		t.Fatalf("%v; want exit %d: %v", err, code, r)
	}
	if dec.More() {
		t.Errorf("more than one object: %v", r)
	}
	if d["version"] != 1.0 || d["command"] != "hive "+args[0] || d["exit_code"] != float64(code) {
		t.Errorf("version %v, command %v, exit_code %v", d["version"], d["command"], d["exit_code"])
	}
	return d
}

// at follows a path of fields and indexes.
func at(t *testing.T, d any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := d.(map[string]any)
			if !ok {
				t.Fatalf("%v: no object at %v", path, p)
			}
			d = m[p]
		case int:
			l, ok := d.([]any)
			if !ok || p >= len(l) {
				t.Fatalf("%v: no element %d in %v", path, p, d)
			}
			d = l[p]
		}
	}
	return d
}

// small is a SYSTEM hive with two control sets, written to a file.
func small(t *testing.T) string {
	t.Helper()
	set := func(name string, start uint32) regftest.Key {
		return regftest.Key{Name: name, Keys: []regftest.Key{{Name: "Services", Keys: []regftest.Key{
			{Name: "atapi", Values: []regftest.Value{regftest.DWORD("Start", start), regftest.SZ("Group", "SCSI miniport"), regftest.SZ("", "nothing"),
				regftest.MultiSZ("List", "a", "b"), regftest.Binary("Bytes", 1, 2, 0xff)}, Keys: []regftest.Key{{Name: "Parameters"}}}}}}}
	}
	root := regftest.Key{Name: "root", Keys: []regftest.Key{set("ControlSet001", 0), set("ControlSet003", 3),
		{Name: "Select", Values: []regftest.Value{regftest.DWORD("Current", 1), regftest.DWORD("Default", 1), regftest.DWORD("LastKnownGood", 3)}}}}
	return write(t, "SYSTEM", regftest.Build(root, regftest.Options{}))
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// beside lists the names of the hive's folder.
func beside(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
