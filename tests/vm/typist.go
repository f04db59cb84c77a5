package vm

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Typist is a person at the serial line of a machine.
type Typist struct {
	h    *Handle
	line net.Conn

	mu    sync.Mutex
	shown []byte
	read  int // how much of it is done with, plain
	n     int // commands so far
}

// ForTypist gives the machine a serial line that is a socket in dir, whose path must
// be short.
func (c Config) ForTypist(dir string) Config {
	c.Serial = "chardev:person"
	c.More = append(append([]string{}, c.More...), "-chardev", "socket,id=person,server=on,wait=off,path="+serialSocket(dir))
	return c
}

func serialSocket(dir string) string { return filepath.Join(dir, "person") }

// Typist takes the line of a machine that was made ForTypist with that dir.
func (h *Handle) Typist(dir string) (*Typist, error) {
	for {
		line, err := net.Dial("unix", serialSocket(dir))
		if err == nil {
			t := &Typist{h: h, line: line}
			go t.look()
			return t, nil
		}
		select {
		case <-h.done:
			return nil, fmt.Errorf("the machine has ended: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (t *Typist) look() {
	buf := make([]byte, 4096)
	for {
		n, err := t.line.Read(buf)
		t.mu.Lock()
		t.shown = append(t.shown, buf[:n]...)
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Shown is all that the machine said, without what moves the cursor.
func (t *Typist) Shown() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return plain(string(t.shown))
}

// Close leaves the line.
func (t *Typist) Close() { t.line.Close() }

// Wait returns what was said up to the first match after what was read before, and
// the parts of the match that are in parentheses.
func (t *Typist) Wait(want string, patience time.Duration) ([]string, error) {
	match := regexp.MustCompile(want)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		log := t.Shown()
		fresh := log[min(t.read, len(log)):]
		if at := match.FindStringSubmatchIndex(fresh); at != nil {
			found := []string{fresh[:at[0]]}
			for i := 2; i < len(at); i += 2 {
				found = append(found, fresh[at[i]:at[i+1]])
			}
			t.read += at[1]
			return found, nil
		}
		select {
		case <-t.h.done:
			return nil, fmt.Errorf("the machine ended; it last said %q", tail(fresh))
		default:
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("no %q after %v; it last said %q", want, patience, tail(fresh))
		}
	}
}

func tail(s string) string { return s[max(0, len(s)-2000):] }

// Type sends keys.
func (t *Typist) Type(keys string) error {
	_, err := t.line.Write([]byte(keys))
	return err
}

// Do runs a command and returns what it showed and its exit code. The mark of its
// end is counted by the shell, so that the echo of what was typed is not taken for it.
func (t *Typist) Do(command string) (out string, code int, err error) {
	t.n++
	if err := t.Type(fmt.Sprintf("%s; echo end$((%d))of$?\r", command, t.n)); err != nil {
		return "", 0, err
	}
	found, err := t.Wait(fmt.Sprintf(`end%dof(\d+)\n`, t.n), 5*time.Minute)
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w", command, err)
	}
	code, err = strconv.Atoi(found[1])
	out = found[0]
	if _, after, ok := strings.Cut(out, "of$?"); ok { // a long line is broken by the editor
		out = after
	}
	return strings.TrimLeft(out, "\n"), code, err
}
