package pid1

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// writeWait is how long a terminal may not take a byte before it counts as
// stuck (a serial port with broken handshake lines). What goes to a stuck
// terminal is dropped until it takes bytes again: no terminal may stop a
// repair.
const writeWait = 3 * time.Second

// consoles are all terminals of the machine. Write shows on all of them.
type consoles struct {
	mu    sync.Mutex
	terms []*terminal
}

// terminal is one of them. Its descriptor is non-blocking.
type terminal struct {
	path  string
	fd    int
	stuck bool
}

// openConsoles opens terminals by their names below dev. Those that cannot be
// opened are left out; if none is left, /dev/console is tried.
func openConsoles(dev string, names []string) (*consoles, error) {
	c := &consoles{}
	var all error
	for _, name := range append(names, "console") {
		if name == "console" && len(c.terms) > 0 {
			break
		}
		path := filepath.Join(dev, name)
		fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			all = errors.Join(all, err)
			continue
		}
		t := &terminal{path: path, fd: fd}
		t.setup()
		c.terms = append(c.terms, t)
	}
	if len(c.terms) > 0 {
		return c, nil
	}
	return c, all
}

// setup makes a serial port 115200 8N1 without handshake, whatever it was
// before, and any terminal deliver keys at once and unechoed.
func (t *terminal) setup() {
	tio, err := unix.IoctlGetTermios(t.fd, unix.TCGETS)
	if err != nil {
		return // not a terminal: nothing to set
	}
	tio.Cflag &^= unix.CBAUD | unix.CSIZE | unix.PARENB | unix.CSTOPB | unix.CRTSCTS
	tio.Cflag |= unix.B115200 | unix.CS8 | unix.CREAD | unix.CLOCAL
	tio.Ispeed, tio.Ospeed = unix.B115200, unix.B115200
	tio.Iflag &^= unix.IXON | unix.IXOFF
	tio.Iflag |= unix.ICRNL
	tio.Oflag |= unix.OPOST | unix.ONLCR
	tio.Lflag &^= unix.ICANON | unix.ECHO | unix.ISIG
	tio.Cc[unix.VMIN], tio.Cc[unix.VTIME] = 1, 0
	_ = unix.IoctlSetTermios(t.fd, unix.TCSETS, tio)
}

// cook makes the terminal one for a shell: line editing, echo, signals.
func (t *terminal) cook() {
	tio, err := unix.IoctlGetTermios(t.fd, unix.TCGETS)
	if err != nil {
		return
	}
	tio.Lflag |= unix.ICANON | unix.ECHO | unix.ECHOE | unix.ECHOK | unix.ISIG | unix.IEXTEN
	_ = unix.IoctlSetTermios(t.fd, unix.TCSETS, tio)
}

// Write shows b on every terminal. It never fails: there would be nowhere to
// tell.
func (c *consoles) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.terms {
		t.write(b)
	}
	return len(b), nil
}

func (t *terminal) write(b []byte) {
	for len(b) > 0 {
		n, err := unix.Write(t.fd, b)
		if n > 0 {
			b = b[n:]
			t.stuck = false
			continue
		}
		if err == unix.EINTR {
			continue
		}
		if err != unix.EAGAIN {
			return
		}
		wait := writeWait
		if t.stuck {
			wait = 0
		}
		if !pollFD(t.fd, unix.POLLOUT, wait) {
			t.stuck = true
			return
		}
	}
}

// pollFD waits until fd is ready for the events and reports whether it is.
func pollFD(fd int, events int16, wait time.Duration) bool {
	deadline := time.Now().Add(wait)
	for {
		fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
		left := max(0, time.Until(deadline))
		n, err := unix.Poll(fds, int(left.Milliseconds()))
		if err == unix.EINTR && left > 0 {
			continue
		}
		return err == nil && n > 0 && fds[0].Revents&events != 0
	}
}

// keys returns the bytes that are typed on any terminal until stop is called.
// stop returns when nobody reads the terminals any more.
func (c *consoles) keys() (keys <-chan byte, stop func()) {
	ch, quit := make(chan byte), make(chan struct{})
	var readers sync.WaitGroup
	for _, t := range c.terms {
		readers.Add(1)
		go func() {
			defer readers.Done()
			t.read(ch, quit)
		}()
	}
	return ch, func() {
		close(quit)
		readers.Wait()
	}
}

func (t *terminal) read(ch chan<- byte, quit <-chan struct{}) {
	var buf [64]byte
	for {
		select {
		case <-quit:
			return
		default:
		}
		if !pollFD(t.fd, unix.POLLIN, 100*time.Millisecond) {
			continue
		}
		n, err := unix.Read(t.fd, buf[:])
		if n <= 0 {
			// Hung up, or an error that will not go away by itself.
			if err != unix.EAGAIN && err != unix.EINTR {
				time.Sleep(100 * time.Millisecond)
			}
			continue
		}
		for _, b := range buf[:n] {
			select {
			case ch <- b:
			case <-quit:
				return
			}
		}
	}
}

// paths are those of the terminals.
func (c *consoles) paths() []string {
	var all []string
	for _, t := range c.terms {
		all = append(all, t.path)
	}
	return all
}

// quietKernel keeps messages of the kernel from the terminals, emergencies
// excepted, until the function that it returns is called. dmesg has them all.
func quietKernel() func() {
	const consoleLevel, emergencies, errors = 8, 1, 4 // syslog(2); "quiet" on the command line is 4
	// The level goes where other commands have the length of a buffer.
	_, _ = unix.Klogctl(consoleLevel, make([]byte, emergencies))
	return func() { _, _ = unix.Klogctl(consoleLevel, make([]byte, errors)) }
}

// drain waits until what was written has left the machine, at most a while.
func (c *consoles) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	deadline := time.Now().Add(writeWait)
	for _, t := range c.terms {
		for time.Now().Before(deadline) {
			left, err := unix.IoctlGetInt(t.fd, unix.TIOCOUTQ)
			if err != nil || left == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	time.Sleep(50 * time.Millisecond) // the UART's own FIFO
}
