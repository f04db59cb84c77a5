package console

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// idle starts a terminal on which nothing runs, and returns its device.
func idle(t *testing.T) (*Screen, string) {
	t.Helper()
	// The shell must not take the keys: it waits, with its echo off.
	s, dir := Start(t, "stty -echo; tty > tty; exec sleep 600")
	return s, strings.TrimSpace(fileSoon(t, filepath.Join(dir, "tty")))
}

// fileSoon waits for a file with something in it.
func fileSoon(t *testing.T, path string) string {
	t.Helper()
	for range 400 {
		if b, err := os.ReadFile(path); err == nil && strings.HasSuffix(string(b), "\n") {
			return string(b)
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s did not appear", path)
	return ""
}

// TestTwoTerminals: both show the same, the first key decides who drives, and T
// takes over.
func TestTwoTerminals(t *testing.T) {
	image := guests.MustLoad(t, "winxp-x86").Build(t)
	one, oneTTY := idle(t)
	two, twoTTY := idle(t)
	cmd := exec.Command(string(built), "console", "--terminal", oneTTY, "--terminal", twoTTY, "--machine", "virtualbox-ide", image)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer cmd.Process.Kill() // it has ended unless the test failed
	for _, s := range []*Screen{one, two} {
		s.Wait("can repair", ">  Repair")
	}
	two.Keys("Down", "Enter")
	for _, s := range []*Screen{one, two} {
		s.Wait("Windows on these disks")
	}
	one.Keys("Enter")
	looked(t, two.Wait("T at the "+oneTTY+" takes over", "Windows on these disks"))
	one.Keys("t")
	one.Wait("The " + oneTTY + " drives now.")
	one.Keys("Enter")
	for _, s := range []*Screen{one, two} {
		s.Wait("the person sees")
	}
	two.Keys("Escape")
	looked(t, one.Wait("T at the "+twoTTY+" takes over", "the person sees"))
	one.Keys("Escape", "Escape", "q")
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("it did not end")
	}
}

// TestSerialLine: a VT100 of 24 lines gets ASCII, and every row that says
// something.
func TestSerialLine(t *testing.T) {
	image := guests.MustLoad(t, "winxp-x86").Build(t)
	s, dir := StartLines(t, 24, fmt.Sprintf("'%s' console --machine virtualbox-ide '%s'", built, image), "TERM=vt100", "LANG=C")
	s.Wait("can repair", "Enter Go on")
	s.Keys("Down", "Enter", "Enter")
	screen := s.Wait("[+] partition table", "[x] boot drivers", "the person sees", "Esc Back")
	looked(t, screen)
	for _, r := range screen {
		if r > 0x7E {
			t.Fatalf("%q on a serial line", r)
		}
	}
	s.Keys("C-c", "C-c")
	if code := s.Ended(dir); code != "0" {
		t.Errorf("exit code %s", code)
	}
}

// TestTooSmall: what cannot be shown is said.
func TestTooSmall(t *testing.T) {
	s, dir := StartLines(t, 20, fmt.Sprintf("'%s' console /dev/null 2>msg", built))
	if code := s.Ended(dir); code != fmt.Sprint(command.ExitUsage) {
		t.Errorf("exit code %s", code)
	}
	if msg := fileSoon(t, filepath.Join(dir, "msg")); !strings.Contains(msg, "20 lines of 80 columns; 24 of 80 are needed") {
		t.Errorf("it says %q", msg)
	}
}

// TestEndedInTheMiddle: signals and a terminal that goes away, at any moment after
// the yes, leave the disk as it was or fully repaired, with no journal open.
func TestEndedInTheMiddle(t *testing.T) {
	g := guests.MustLoad(t, "winxp-x86")
	outcomes := map[int]int{}
	for i, delay := range []time.Duration{0, 20, 60, 150, 300, 500} {
		image := g.Build(t)
		s, dir := Start(t, fmt.Sprintf("sh -c 'echo $$ > pid; exec \"$0\" console --machine virtualbox-ide \"$1\"' '%s' '%s'", built, image))
		s.Wait("can repair")
		s.Keys("Enter", "Enter")
		s.Wait("The plan", "Proof")
		pid, err := strconv.Atoi(strings.TrimSpace(fileSoon(t, filepath.Join(dir, "pid"))))
		if err != nil {
			t.Fatal(err)
		}
		s.Keys("Enter", "y")
		time.Sleep(delay * time.Millisecond)
		switch i % 3 {
		case 0:
			s.Close()
		case 1:
			_ = syscall.Kill(pid, syscall.SIGTERM) // it may be done already
		case 2:
			_ = syscall.Kill(pid, syscall.SIGHUP)
		}
		for n := 0; syscall.Kill(pid, 0) == nil; n++ {
			if n > 1000 {
				t.Fatalf("process %d does not end:\n%s", pid, s.Text())
			}
			time.Sleep(20 * time.Millisecond)
		}
		r := built.Run(t, "scan", "--machine", "virtualbox-ide", image)
		if r.Code != command.ExitOK && r.Code != command.ExitRepairable || strings.Contains(r.Stdout, "journal-open") {
			t.Errorf("ended after %d ms: %v", delay, r)
		}
		outcomes[r.Code]++
	}
	t.Logf("outcomes by exit code of a scan: %v", outcomes)
}

// TestHibernated: what only a person can decide is asked, and is done then.
func TestHibernated(t *testing.T) {
	d, ok := damage.Find("hibernated/upper-case")
	if !ok {
		t.Fatal("no such damage")
	}
	image, _ := d.Build(t)
	before := hash(t, image)
	s, _ := onDisk(t, "virtualbox-ide", image, "LANG=C.UTF-8")
	s.Wait("can repair")
	s.Keys("Enter")
	s.Wait("Only you can decide", "[ ]")
	s.Keys("Enter")
	looked(t, s.Wait("Nothing can be written now", "Refused"))
	s.Keys("Escape", "Down", "Space")
	looked(t, s.Wait("not saved are lost"))
	s.Keys("y")
	s.Wait("[x] " + filepath.Base(image) + " partition 1: Throw")
	if hash(t, image) != before {
		t.Fatal("written without a yes")
	}
	s.Keys("Enter")
	s.Wait("The plan")
	s.Keys("Enter")
	s.Wait("Y: Write")
	s.Keys("y")
	looked(t, s.Wait("Result", "epaired and verified"))
}
