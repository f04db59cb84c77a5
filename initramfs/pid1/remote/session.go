package remote

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/bootmend/bootmend/initramfs/pid1/pty"
)

// session is one channel: a terminal, a command, or SFTP.
type session struct {
	server  *Server
	channel ssh.Channel
	env     []string

	master, terminal *os.File // with a terminal
	process          *os.Process
	running          sync.WaitGroup
	started          bool
}

// Messages of RFC 4254, section 6.
type (
	ptyRequest struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}
	windowChange struct{ Columns, Rows, Width, Height uint32 }
	nameValue    struct{ Name, Value string }
	text         struct{ Text string }
	exitStatus   struct{ Code uint32 }
)

// serve answers requests until the client closes the channel, and ends what runs
// then.
func (s *session) serve(requests <-chan *ssh.Request) {
	for r := range requests {
		ok := s.request(r)
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
	}
	s.hangUp()
	s.running.Wait()
	s.channel.Close()
}

func (s *session) request(r *ssh.Request) (ok bool) {
	switch r.Type {
	case "pty-req":
		var p ptyRequest
		return s.master == nil && !s.started && ssh.Unmarshal(r.Payload, &p) == nil && s.openTerminal(p) == nil
	case "window-change":
		var w windowChange
		return s.master != nil && ssh.Unmarshal(r.Payload, &w) == nil && pty.SetSize(s.master, int(w.Columns), int(w.Rows)) == nil
	case "env":
		var v nameValue
		if ssh.Unmarshal(r.Payload, &v) != nil || v.Name != "LANG" && !strings.HasPrefix(v.Name, "LC_") {
			return false
		}
		s.env = append(s.env, v.Name+"="+v.Value)
		return true
	case "shell":
		return s.begin(s.server.Login)
	case "exec":
		var command text
		return ssh.Unmarshal(r.Payload, &command) == nil && s.begin([]string{s.server.Shell, "-c", command.Text})
	case "subsystem":
		var name text
		return ssh.Unmarshal(r.Payload, &name) == nil && name.Text == "sftp" && s.beginFiles()
	}
	return false
}

func (s *session) openTerminal(p ptyRequest) (err error) {
	if s.master, s.terminal, err = pty.Open(); err != nil {
		return err
	}
	s.env = append(s.env, "TERM="+p.Term)
	return pty.SetSize(s.master, int(p.Columns), int(p.Rows))
}

// begin starts a program; the channel gets its exit code and is closed when it ends.
func (s *session) begin(argv []string) bool {
	if s.started || len(argv) == 0 {
		return false
	}
	s.started = true
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = s.server.Dir, append(append([]string{}, s.server.Env...), s.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	done, err := s.connect(cmd)
	if err != nil {
		s.server.logf("SSH: %s: %v", argv[0], err)
		return false
	}
	s.process = cmd.Process
	s.running.Go(func() {
		err := cmd.Wait()
		done()
		s.exit(exitCode(err))
	})
	return true
}

// connect starts the program with the terminal or the channel as its input and
// output. done waits until all that it wrote was sent.
func (s *session) connect(cmd *exec.Cmd) (done func(), err error) {
	if s.terminal == nil {
		// A pipe of our own: Wait must not wait for a client that never closes
		// its side.
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		cmd.Stdout, cmd.Stderr = s.channel, s.channel.Stderr()
		cmd.WaitDelay = time.Second // something in the background may hold the pipes
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		go func() {
			_, _ = io.Copy(in, s.channel)
			in.Close()
		}()
		return func() {}, nil
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.terminal, s.terminal, s.terminal
	cmd.SysProcAttr.Setctty = true
	err = cmd.Start()
	s.terminal.Close()
	if err != nil {
		return nil, err
	}
	go func() { _, _ = io.Copy(s.master, s.channel) }()
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		_, _ = io.Copy(s.channel, s.master) // EIO when the last has closed the terminal
	}()
	return func() {
		select {
		case <-shown:
		case <-time.After(time.Second): // something in the background holds it
		}
	}, nil
}

// beginFiles serves SFTP: whoever is here is root in any case.
func (s *session) beginFiles() bool {
	if s.started {
		return false
	}
	s.started = true
	server, err := sftp.NewServer(s.channel, sftp.WithServerWorkingDirectory(s.server.Dir))
	if err != nil {
		return false
	}
	s.running.Go(func() {
		err := server.Serve()
		if err != nil && !errors.Is(err, io.EOF) {
			s.server.logf("SSH: SFTP: %v", err)
			s.exit(1)
			return
		}
		s.exit(0)
	})
	return true
}

// exit tells the client how it ended.
func (s *session) exit(code int) {
	_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(exitStatus{uint32(code)}))
	s.channel.Close()
}

// hangUp tells what the session started that its line is gone, as a modem does. What
// does not end by that has a reason: a repair that is being written must not be
// killed, and whatever else stays is shown by ps.
func (s *session) hangUp() {
	if s.process != nil {
		_ = syscall.Kill(-s.process.Pid, syscall.SIGHUP) // it leads its session
	}
	if s.master != nil {
		s.master.Close() // nobody reads it: a write must fail, not wait
	}
}

// exitCode is the shell's number for how a program ended.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		return 1
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
