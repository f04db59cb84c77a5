package pid1

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
)

// enginePath is the repair engine: an applet of the same binary as init, always
// run as a process of its own.
const enginePath = "/bbin/bootmend"

// Exit codes of the engine that mean that it did not get its work done: an
// unreadable input, wrong usage, and everything above the contract's range
// (crash, not started).
func engineBroken(code int) bool { return code == 1 || code == 2 || engineCrashed(code) }

func engineCrashed(code int) bool { return code >= 100 }

// maxRounds bounds how often a repair is carried on: a volume whose boot sector
// was mended shows what is on it.
const maxRounds = 3

// endWait is how long a program has to end when it is told to.
const endWait = time.Minute

// notStarted is the exit code for a program that could not be run, as in sh(1).
const notStarted = 127

// runEngine runs the engine, its output on all consoles, and returns its exit
// code as exitCode makes it.
func (s *system) runEngine(args []string) (code int) {
	if s.incomplete != nil {
		s.sayf("engine not started: %v", s.incomplete)
		fmt.Fprintf(s.out, "bootmend: engine exit code %d\n", notStarted)
		return notStarted
	}
	s.sayf("engine starts: %s [t=%.2f]", strings.Join(args, " "), s.uptime())
	code, err := s.runOnConsoles(append([]string{enginePath}, args...))
	if err != nil {
		s.sayf("engine: %v", err)
	}
	s.sayf("engine done [t=%.2f]", s.uptime())
	fmt.Fprintf(s.out, "bootmend: engine exit code %d\n", code)
	return code
}

// runOnConsoles runs a program for as long as it takes, its output on all consoles.
func (s *system) runOnConsoles(argv []string) (code int, err error) { return s.runFor(argv, nil) }

// runFor is runOnConsoles with an end: when limit fires the program is told to end, and
// killed when it does not. What it has begun to write to a stick is finished.
func (s *system) runFor(argv []string, limit <-chan time.Time) (code int, err error) {
	defer s.protectAgain()
	r, w, err := os.Pipe()
	if err != nil {
		return notStarted, err
	}
	defer r.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		w.Close()
		return notStarted, err
	}
	defer null.Close()
	pid, done, err := s.reaper.start(argv, &syscall.ProcAttr{
		Dir: "/", Env: s.environ(),
		Files: []uintptr{null.Fd(), w.Fd(), w.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	w.Close()
	if err != nil {
		return notStarted, fmt.Errorf("%s: %w", argv[0], err)
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(s.out, r)
	}()
	select {
	case status := <-done:
		code = exitCode(status)
	case <-limit:
		err = fmt.Errorf("%s takes too long", argv[0])
		_ = syscall.Kill(-pid, syscall.SIGTERM) // it leads its session
		select {
		case status := <-done:
			code = exitCode(status)
		case <-s.after(endWait):
			_ = syscall.Kill(-pid, syscall.SIGKILL)
			code = exitCode(<-done)
		}
	}
	// Something that the engine left behind may hold the pipe open for ever.
	select {
	case <-copied:
	case <-s.after(writeWait):
	}
	return code, err
}

// environ is the environment of every process that init starts.
func (s *system) environ() []string {
	env := []string{
		"PATH=/bbin:/bin", "HOME=/root", "USER=root", "TMPDIR=/tmp",
		"LANG=C.UTF-8",
		// The engine and the shell share the machine's memory with the
		// unpacked image: collect early.
		"GOGC=50",
	}
	if len(s.config.Keys) > 0 {
		env = append(env, bitlocker.KeyVariable+"="+strings.Join(s.config.Keys, ","))
	}
	return env
}
