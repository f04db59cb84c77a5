package terminal

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Terminal is one of those that show the frame.
type Terminal struct {
	Name string // for people: "screen", "serial line"

	fd      int
	own     bool // opened here
	before  *unix.Termios
	painter *painter

	mu      sync.Mutex
	next    *Frame
	changed chan struct{} // of capacity 1
	done    chan struct{} // the writer has ended
}

// ErrNone: what was named is no terminal.
var ErrNone = errors.New("not a terminal")

// Open opens a terminal by its path: "/dev/tty1".
func Open(path string) (*Terminal, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t := &Terminal{fd: fd, own: true}
	charset := ASCII
	switch base := strings.TrimPrefix(path, "/dev/"); {
	case strings.HasPrefix(base, "ttyS"), strings.HasPrefix(base, "ttyAMA"), strings.HasPrefix(base, "hvc"):
		t.Name = "serial line"
	case strings.HasPrefix(base, "tty"):
		t.Name, charset = "screen", VGA
	default:
		t.Name = path
	}
	if err := t.prepare(charset); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Here is the terminal that the program was started on. env gives environment
// variables (os.Getenv).
func Here(f *os.File, env func(string) string) (*Terminal, error) {
	t := &Terminal{Name: "terminal", fd: int(f.Fd())}
	charset := ASCII
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // in the order of setlocale(3)
		value := env(name)
		if value == "" {
			continue
		}
		if u := strings.ToUpper(value); strings.Contains(u, "UTF-8") || strings.Contains(u, "UTF8") {
			charset = Unicode
		}
		break
	}
	switch env("TERM") {
	case "linux":
		charset = VGA
	case "vt100", "vt102", "vt220", "dumb", "":
		charset = ASCII
	}
	return t, t.prepare(charset)
}

// prepare makes the terminal deliver every key at once, Ctrl-C too.
func (t *Terminal) prepare(charset Charset) error {
	tio, err := unix.IoctlGetTermios(t.fd, unix.TCGETS)
	if err != nil {
		return ErrNone
	}
	before := *tio
	t.before = &before
	rows, cols := t.size()
	if rows > 0 && (rows < Height-1 || cols < Width) {
		return fmt.Errorf("the terminal has %d lines of %d columns; %d of %d are needed", rows, cols, Height-1, Width)
	}
	tio.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.IXOFF | unix.ISTRIP
	tio.Oflag &^= unix.OPOST
	tio.Lflag &^= unix.ICANON | unix.ECHO | unix.ISIG | unix.IEXTEN
	tio.Cc[unix.VMIN], tio.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(t.fd, unix.TCSETS, tio); err != nil {
		return err
	}
	t.painter = newPainter(charset, rows, cols)
	t.changed, t.done = make(chan struct{}, 1), make(chan struct{})
	go t.write()
	return nil
}

// size is 0, 0 where it is not known.
func (t *Terminal) size() (rows, cols int) {
	w, err := unix.IoctlGetWinsize(t.fd, unix.TIOCGWINSZ)
	if err != nil || w.Row == 0 || w.Col == 0 {
		return 0, 0
	}
	return int(w.Row), int(w.Col)
}

// Show lets the terminal show a frame. It does not wait for it.
func (t *Terminal) Show(f *Frame) {
	t.mu.Lock()
	t.next = f
	t.mu.Unlock()
	select {
	case t.changed <- struct{}{}:
	default: // the writer will see the latest one anyway
	}
}

// Repaint sends everything once more: the terminal may have been switched on
// only now, or somebody else wrote to it.
func (t *Terminal) Repaint(f *Frame) {
	t.mu.Lock()
	t.painter.valid = false
	if rows, cols := t.size(); rows >= Height-1 && cols >= Width {
		t.painter = newPainter(t.painter.charset, rows, cols)
	}
	t.mu.Unlock()
	t.Show(f)
}

// write sends what differs until the channel is closed. It alone waits for the
// terminal.
func (t *Terminal) write() {
	defer close(t.done)
	for range t.changed {
		t.mu.Lock()
		var b []byte
		if t.next != nil {
			b = t.painter.paint(t.next)
		}
		t.mu.Unlock()
		if send(t.fd, b) != nil {
			return // closed; whoever reads it notices
		}
	}
	_ = send(t.fd, []byte(leave))
}

func send(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			time.Sleep(5 * time.Millisecond)
		case err != nil:
			return err
		default:
			b = b[n:]
		}
	}
	return nil
}

// patience is how long a terminal that takes nothing is waited for at the end.
const patience = 2 * time.Second

// Close makes the terminal as it was before.
func (t *Terminal) Close() {
	close(t.changed)
	select {
	case <-t.done:
	case <-time.After(patience):
	}
	// TCSETS does not wait for output that a stuck terminal does not take.
	_ = unix.IoctlSetTermios(t.fd, unix.TCSETS, t.before)
	if t.own {
		unix.Close(t.fd)
	}
}

// escapeWait is how long the rest of a sequence may take: a serial line over a
// network delivers in lumps.
const escapeWait = 150 * time.Millisecond

// Read sends the keys of the terminal until quit is closed, at last Gone when the
// terminal was closed.
func (t *Terminal) Read(quit <-chan struct{}, key func(Key)) {
	var d Decoder
	var buf [256]byte
	for {
		select {
		case <-quit:
			return
		default:
		}
		ready, hungUp := poll(t.fd, escapeWait)
		if !ready {
			for _, k := range d.Flush() {
				key(k)
			}
			if hungUp {
				key(Gone)
				return
			}
			continue
		}
		n, err := unix.Read(t.fd, buf[:])
		switch {
		case err == unix.EINTR, err == unix.EAGAIN:
			continue
		case n <= 0:
			key(Gone)
			return
		}
		for _, k := range d.Feed(buf[:n]) {
			key(k)
		}
	}
}

func poll(fd int, wait time.Duration) (ready, hungUp bool) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, int(wait.Milliseconds()))
	if err != nil || n == 0 {
		return false, false
	}
	return fds[0].Revents&unix.POLLIN != 0, fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}
