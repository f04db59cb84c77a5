package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/scratch"
)

// TestMain is the test, or, when asked, a build that does not end by itself.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MKRESCUE_TEST_DIR"); dir != "" {
		os.Exit(unlessInterrupted(func(space *scratch.Space) int { return endless(space, dir) }))
	}
	os.Exit(m.Run())
}

// endless begins something in dir, says so, and waits.
func endless(space *scratch.Space, dir string) int {
	work, err := space.Dir(dir, "work-")
	if err == nil {
		err = os.WriteFile(filepath.Join(work, "half an image"), make([]byte, 1<<20), 0o644)
	}
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return 1
	}
	os.Stdout.WriteString("begun\n")
	if strings.HasSuffix(dir, "fails") {
		return 3
	}
	time.Sleep(time.Hour)
	return 0
}

// TestInterrupted: a build that is broken off (Ctrl-C, told to end, terminal gone) says so,
// ends with the signal's exit code, and leaves nothing of what it began.
func TestInterrupted(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Whoever runs the tests may ignore signals, and programs would inherit that; those
	// that are listened to have their default in a program that is started.
	listen := make(chan os.Signal, 8)
	signal.Notify(listen, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(listen)
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "an older image"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "MKRESCUE_TEST_DIR="+dir)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 6)); err != nil {
			t.Fatalf("%v: %v %s", sig, err, said.Bytes())
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != want {
			t.Errorf("%v: %v; want exit code %d", sig, err, want)
		}
		if !strings.Contains(said.String(), "is not whole is removed") || strings.Contains(said.String(), "left behind") {
			t.Errorf("%v: said %q", sig, said.Bytes())
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%v: left lying about: %v", sig, left)
		}
	}
}

// TestIgnored: a signal that whoever started the build has it ignore (nohup) does not end it.
func TestIgnored(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", `trap "" HUP; exec "$0"`, exe)
	cmd.Env = append(os.Environ(), "MKRESCUE_TEST_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // it would have ended by now
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("after SIGHUP: %v", left)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 143 {
		t.Errorf("%v; want exit code 143", err)
	}
}

// TestExitCode: a command that ends by itself keeps its code.
func TestExitCode(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "fails")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "MKRESCUE_TEST_DIR="+dir)
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("%v; want exit code 3", err)
	}
}
