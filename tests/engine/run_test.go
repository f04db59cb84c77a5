package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/oracle"
)

// Exit codes of the contract.
const (
	exitOK         = 0
	exitError      = 1
	exitUsage      = 2
	exitRepairable = 10
	exitPerson     = 11
	exitNotWritten = 12
	exitInUse      = 14
)

// command is the path of the bootmend binary under test.
var command string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bootmend-engine")
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
	return fmt.Sprintf("bootmend %s: exit %d\nstdout: %s\nstderr: %s", strings.Join(r.args, " "), r.code, r.stdout, r.stderr)
}

// bootmend runs the command without a terminal: standard input is empty.
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
	r := result{args: args, code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	if strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, "panic:") {
		t.Fatalf("the program crashed: %v", r)
	}
	if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
		t.Errorf("bootmend %v left %v in its working directory", args, left)
	}
	return r
}

// want runs the command with --json, checks the exit code and returns the
// document.
func want(t *testing.T, code int, args ...string) document {
	t.Helper()
	r := bootmend(t, append(args, "--json")...)
	if r.code != code {
		t.Fatalf("exit %d; want %d: %v", r.code, code, r)
	}
	return decode(t, r)
}

// decode reads the one object that --json prints.
func decode(t *testing.T, r result) document {
	t.Helper()
	var d document
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	if err := dec.Decode(&d); err != nil {
		t.Fatalf("--json: %v: %v", err, r)
	}
	if dec.More() {
		t.Errorf("--json printed more than one object: %v", r)
	}
	if d.Version != 1 {
		t.Errorf("version %d; want 1", d.Version)
	}
	return d
}

// document is the JSON of the command line contract, as far as it is promised.
type document struct {
	Version int
	Machine *struct{ Profile string }
	Disks   []disk
	Windows []windows
	Chain   []struct {
		Windows string
		Stages  []struct {
			Stage string
			OK    *bool
			What  string
		}
	}
	Findings []finding
	Plan     *struct {
		Writes []write
	}
	Result *struct {
		Verified     bool
		Committed    bool
		BytesWritten int64  `json:"bytes_written"`
		UndoID       string `json:"undo_id"`
	}
}

type disk struct {
	Path       string
	Size       int64
	Table      string
	Signature  string
	GUID       string
	Controller *struct{ ID string }
	Partitions []struct {
		Number       int
		Offset, Size int64
		FS           string
		Active       bool
	}
}

type windows struct {
	ID          string
	Disk        string
	Partition   int
	SystemRoot  string
	Product     string
	Version     string
	Build       int
	Arch        string
	ControlSets []struct{ Name string } `json:"control_sets"`
}

type finding struct {
	ID, Windows, Disk, Result, Severity, Confidence, Symptom, Summary, Advice string
	Evidence                                                                  []json.RawMessage
	Fixable                                                                   bool
	Steps                                                                     []struct{ File, Key, Value, Old, New string }
}

// write is a range of bytes on a disk.
type write struct {
	Disk           string
	Offset, Length int64
}

// find returns the findings of that ID.
func (d document) find(id string) []finding {
	var all []finding
	for _, f := range d.Findings {
		if f.ID == id {
			all = append(all, f)
		}
	}
	return all
}

// ids names all findings, for messages.
func (d document) ids() string {
	var all []string
	for _, f := range d.Findings {
		all = append(all, f.ID+" "+f.Result+": "+f.Summary)
	}
	return strings.Join(all, "\n")
}

// hash is that of the disk.
func hash(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// untouched fails when the disk is not what it was, or when something lies
// beside it but the undo bundles of earlier repairs.
func untouched(t *testing.T, image, before, after string) {
	t.Helper()
	if hash(t, image) != before {
		t.Errorf("%s changed the disk", after)
	}
	beside, _ := filepath.Glob(image + "?*")
	beside = slices.DeleteFunc(beside, func(path string) bool { return path == image+".bootmend-undo" })
	if len(beside) > 0 {
		t.Errorf("%s left %v beside the image", after, beside)
	}
}
