package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Emulator is the program that runs machines.
const Emulator = "qemu-system-x86_64"

// ErrTimeout is wrapped by the error of a machine that did not end in time.
var ErrTimeout = errors.New("machine did not end in time")

// Handle is a running machine.
type Handle struct {
	// Reproduce is the command line, for a person to run by hand.
	Reproduce string

	cmd     *exec.Cmd
	dir     string
	stderr  bytes.Buffer
	cancel  context.CancelFunc
	ctx     context.Context
	done    chan struct{}
	err     error
	started time.Time
	waited  bool
}

// Start starts the machine. dir takes its log and sockets; it must exist, and
// its path must be short (a socket's name has about 100 bytes).
func Start(c Config, dir string) (*Handle, error) {
	args, err := c.args(dir)
	if err != nil {
		return nil, err
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = 5 * time.Minute
	}
	h := &Handle{dir: dir, done: make(chan struct{}), started: time.Now()}
	h.ctx, h.cancel = context.WithTimeout(context.Background(), timeout)
	h.cmd = exec.CommandContext(h.ctx, Emulator, args...)
	h.cmd.Stderr = &h.stderr
	h.Reproduce = Emulator + " " + quote(args)
	if err := h.cmd.Start(); err != nil {
		h.cancel()
		return nil, err
	}
	go h.reap(timeout)
	return h, nil
}

func (h *Handle) reap(timeout time.Duration) {
	defer close(h.done)
	defer h.cancel()
	err := h.cmd.Wait()
	switch {
	case h.ctx.Err() == context.DeadlineExceeded:
		h.err = fmt.Errorf("%w (%v)", ErrTimeout, timeout)
	case h.ctx.Err() == nil && err != nil:
		h.err = fmt.Errorf("%s: %w: %s", Emulator, err, h.stderr.String())
	}
}

// Wait returns when the machine has ended: nil when it powered off, or was
// stopped by Kill.
func (h *Handle) Wait() error {
	h.waited = true
	<-h.done
	return h.err
}

// Kill pulls the plug. Wait must still be called.
func (h *Handle) Kill() { h.cancel() }

// Elapsed is how long ago the machine was started.
func (h *Handle) Elapsed() time.Duration { return time.Since(h.started) }

// Serial is what came over the serial port so far, without carriage returns
// and escape sequences.
func (h *Handle) Serial() string {
	log, err := os.ReadFile(filepath.Join(h.dir, "serial.log"))
	if err != nil {
		return ""
	}
	return plain(string(log))
}

// WaitFor waits until the serial port has said text.
func (h *Handle) WaitFor(text string) error {
	for {
		if strings.Contains(h.Serial(), text) {
			return nil
		}
		select {
		case <-h.done:
			if strings.Contains(h.Serial(), text) {
				return nil
			}
			return fmt.Errorf("the machine ended without saying %q", text)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// plain drops what moves the cursor: CSI sequences and carriage returns.
func plain(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\r':
		case s[i] == 0x1B && i+1 < len(s) && s[i+1] == '[':
			for i += 2; i < len(s) && (s[i] < 0x40 || s[i] > 0x7E); i++ {
			}
		case s[i] == 0x1B:
			i++
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// quote makes a command line that a shell takes.
func quote(args []string) string {
	var all []string
	for _, a := range args {
		if strings.ContainsAny(a, " '\"$\\;&|<>()*?") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		all = append(all, a)
	}
	return strings.Join(all, " ")
}
