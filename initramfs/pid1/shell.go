package pid1

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/pid1/sh"
	"golang.org/x/sys/unix"
)

const shellPath = "/bbin/sh"

// shellWait is how long a shell has to end when its line is gone.
const shellWait = 5 * time.Second

// runShells gives a shell to every console and returns when the person leaves
// one of them; the others are ended then.
func (s *system) runShells() {
	fmt.Fprint(s.out, sh.Motd)
	if note, err := os.ReadFile(remoteNote); err == nil {
		fmt.Fprintf(s.out, "  %s\n", note)
	}
	s.prepareShell()
	s.mountMedia("mount")
	defer s.mountMedia("umount")
	ended := make(chan string)
	started := map[string]int{}
	for _, t := range s.out.terms {
		t.cook()
		pid, done, err := s.startShell(t.path)
		if err != nil {
			s.sayf("shell on %s: %v", t.path, err)
			continue
		}
		started[t.path] = pid
		go func() { <-done; ended <- t.path }()
	}
	if len(started) == 0 {
		return
	}
	first := <-ended
	for path, pid := range started {
		if path != first {
			// The shell leads its session: the whole process group is told that its
			// line is gone. A repair that is being written there is not killed; it
			// goes on, and nobody else gets the disk until it is done.
			_ = syscall.Kill(-pid, syscall.SIGHUP)
			select {
			case <-ended:
			case <-s.after(shellWait):
				_ = syscall.Kill(pid, syscall.SIGKILL)
				<-ended
			}
		}
	}
	s.out.reopen()
	s.protectAgain()
	// Somebody may have asked there to switch the machine off: then this waits for it.
	s.leaving.Lock()
	s.leaving.Unlock()
}

// reopen opens the terminals anew: the end of a shell that had one as its controlling
// terminal hangs it up for everybody who had it open before.
func (c *consoles) reopen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.terms {
		fd, err := unix.Open(t.path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			continue // the old one may still be good
		}
		_ = unix.Dup3(fd, t.fd, unix.O_CLOEXEC)
		unix.Close(fd)
		t.setup()
	}
}

// startShell runs a shell with the terminal as its controlling terminal.
func (s *system) startShell(path string) (pid int, done <-chan syscall.WaitStatus, err error) {
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	defer syscall.Close(fd)
	term := "linux"
	if path != "/dev/tty1" {
		term = "vt100"
	}
	// A serial line does not know how large the screen at its other end is.
	if size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil && size.Row == 0 {
		_ = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	}
	tty := uintptr(fd)
	return s.reaper.start([]string{shellPath}, &syscall.ProcAttr{
		Dir: "/root", Env: append(s.environ(), "TERM="+term), Files: []uintptr{tty, tty, tty},
		Sys: &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0},
	})
}

// prepareShell loads what no hardware asks for but commands need.
func (s *system) prepareShell() {
	for _, name := range []string{"loop", "fuse"} {
		for _, module := range s.loader.Index.Resolve(name) {
			_ = s.loader.Load(module)
		}
	}
}

// mediaSeconds is how long it may take to mount what is attached: a scratched CD must
// not keep anybody from the shell.
const mediaSeconds = 20

// mountMedia mounts floppies, CDs and sticks read-only, or unmounts these again. What
// does not work there is no matter: mount-media tells why.
func (s *system) mountMedia(command string) {
	if s.incomplete != nil || !edition.Mounts {
		return
	}
	_, _ = s.runFor([]string{enginePath, command, "--at-shell"}, s.after(mediaSeconds*time.Second))
}

// onLeaveCommands makes the commands reboot and poweroff end the machine in order:
// volumes that a person mounted are written out, a repair is waited for. They send
// the signals that init systems know for it.
func (s *system) onLeaveCommands() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, unix.SIGTERM, unix.SIGUSR2)
	go func() {
		for which := range asked {
			choice := ChooseReboot
			if which == unix.SIGUSR2 {
				choice = ChoosePoweroff
			}
			go s.leave(choice)
		}
	}()
}
