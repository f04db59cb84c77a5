package isotest

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

	"github.com/bootmend/bootmend/tests/oracle"
)

// Exit codes of the contract.
const (
	exitOK     = 0
	exitError  = 1
	exitPerson = 11
)

// command is the path of the bootmend binary under test.
var command string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bootmend-isotest")
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

// bootmend runs the command and checks its exit code.
func bootmend(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(command, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code || strings.Contains(errOut.String(), "goroutine ") {
		t.Errorf("bootmend %v: exit %d; want %d\n%s%s", args, got, code, &out, &errOut)
	}
	return out.String(), errOut.String()
}

// findings are the identifiers of what scan finds, and on what.
func findings(t *testing.T, code int, disks ...string) []string {
	t.Helper()
	out, _ := bootmend(t, code, append([]string{"scan", "--json"}, disks...)...)
	var doc struct {
		Windows  []struct{ SystemRoot string }
		Findings []struct{ ID, Result, Disk, Summary string }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, w := range doc.Windows {
		all = append(all, "Windows in "+w.SystemRoot)
	}
	for _, f := range doc.Findings {
		all = append(all, f.ID+" "+f.Result+" "+f.Disk)
	}
	return all
}

func hash(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// readable lists the disc, copies a file, and compares with what is in it.
func readable(t *testing.T, at, dir, file string, want []byte) {
	t.Helper()
	out, _ := bootmend(t, exitOK, "fs", "ls", at+dir)
	if name := file[strings.LastIndex(file, `\`)+1:]; !strings.Contains(out, " "+name+"\n") {
		t.Errorf("ls %s: no %s:\n%.1000s", at+dir, name, out)
	}
	if out, _ := bootmend(t, exitOK, "fs", "stat", at+file); len(want) > 0 && !strings.Contains(out, "disk 0x") {
		t.Errorf("stat: %s", out)
	}
	if out, _ := bootmend(t, exitOK, "fs", "cat", at+file); out != string(want) {
		t.Errorf("cat: %d bytes; want %d", len(out), len(want))
	}
	copied := filepath.Join(t.TempDir(), "copy")
	bootmend(t, exitOK, "fs", "get", at+file, copied)
	if got, err := os.ReadFile(copied); err != nil || !bytes.Equal(got, want) {
		t.Errorf("get: %d bytes, %v; want %d", len(got), err, len(want))
	}
}

// refused tries every verb that writes.
func refused(t *testing.T, image, dir, file string) {
	t.Helper()
	before, at := hash(t, image), image+":0:"
	put := filepath.Join(t.TempDir(), "new.sys")
	if err := os.WriteFile(put, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"put", put, at + dir}, {"rm", at + file}, {"mkdir", at + `\new`}, {"mv", at + file, `\other`}, {"attrib", at + file, "+h"},
	} {
		out, _ := bootmend(t, exitPerson, append([]string{"fs", args[0], "--yes"}, args[1:]...)...)
		if !strings.Contains(out, "is a CD or DVD, or an image of one, which cannot be changed") {
			t.Errorf("%v: %s", args, out)
		}
	}
	if hash(t, image) != before {
		t.Error("the image changed")
	}
	if left, _ := filepath.Glob(image + "?*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
