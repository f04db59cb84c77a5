package console

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/tool"
)

// Size of the terminal.
const (
	Columns = 80
	Lines   = 25
)

// Screen is a terminal in which a program runs.
type Screen struct {
	tb     testing.TB
	socket string
}

// patience is how long a page is waited for: the machine may be busy.
const patience = 60 * time.Second

// Start runs a command line of sh(1) on a terminal, in the directory that it
// returns. Its exit code is in file "code" there when it has ended.
func Start(tb testing.TB, command string, env ...string) (*Screen, string) {
	tb.Helper()
	return StartLines(tb, Lines, command, env...)
}

// StartLines is Start on a terminal of that many lines.
func StartLines(tb testing.TB, lines int, command string, env ...string) (*Screen, string) {
	tb.Helper()
	tool.Need(tb, "tmux")
	dir, err := os.MkdirTemp("", "bootmend-console") // the name of a socket has to be short
	if err != nil {
		tb.Fatal(err)
	}
	s := &Screen{tb, filepath.Join(dir, "tmux")}
	conf := filepath.Join(dir, "conf")
	// Nothing is drawn around the program, and Esc is passed on at once.
	if err := os.WriteFile(conf, []byte("set -g status off\nset -g escape-time 0\nset -g default-terminal screen-256color\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	args := []string{"-S", s.socket, "-f", conf, "-u", "new-session", "-d", "-c", dir, "-x", fmt.Sprint(Columns), "-y", fmt.Sprint(lines)}
	for _, e := range env {
		args = append(args, "-e", e)
	}
	tool.Must(tb, "tmux", append(args, "sh", "-c", command+"; echo $? > "+filepath.Join(dir, "code"))...)
	tb.Cleanup(func() {
		s.Close()
		os.RemoveAll(dir)
	})
	return s, dir
}

// Close takes the terminal away from the program.
func (s *Screen) Close() {
	_, _ = tool.Run("tmux", "-S", s.socket, "kill-server") // it is gone when the program has ended
}

// Keys presses keys by tmux's names: "Enter", "Escape", "Down", "y".
func (s *Screen) Keys(names ...string) {
	s.tb.Helper()
	for _, name := range names {
		tool.Must(s.tb, "tmux", "-S", s.socket, "send-keys", "-t", "0", name)
		time.Sleep(50 * time.Millisecond)
	}
}

// Choose moves to the entry with that text, and presses Enter. After each step it
// waits for the screen to follow.
func (s *Screen) Choose(text string) {
	s.tb.Helper()
	for range 3 * Lines {
		before := s.Text()
		for line := range strings.Lines(before) {
			if strings.HasPrefix(line, ">") && strings.Contains(line, text) {
				s.Keys("Enter")
				return
			}
		}
		if s.Keys("Down"); !s.changes(before) {
			s.Keys("Home") // that was the last one
			s.changes(before)
		}
	}
	s.tb.Fatalf("there is no entry %q:\n%s", text, s.Text())
}

// changes waits a while for the screen to show something else.
func (s *Screen) changes(before string) bool {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if s.Text() != before {
			return true
		}
	}
	return false
}

// Type types text.
func (s *Screen) Type(text string) {
	s.tb.Helper()
	tool.Must(s.tb, "tmux", "-S", s.socket, "send-keys", "-t", "0", "-l", text)
}

// Text is what the screen shows; "" when the program has ended.
func (s *Screen) Text() string {
	out, err := tool.Run("tmux", "-S", s.socket, "capture-pane", "-p", "-t", "0")
	if err != nil {
		return ""
	}
	return string(out)
}

// Wait waits until the screen shows all of the texts and returns it.
func (s *Screen) Wait(texts ...string) string {
	s.tb.Helper()
	screen, missing := s.Soon(patience, texts...)
	if missing != "" {
		s.tb.Fatalf("the screen does not show %q:\n%s", missing, screen)
	}
	return screen
}

// Soon is Wait with a limit of its own; missing is a text that did not appear, ""
// when all did.
func (s *Screen) Soon(limit time.Duration, texts ...string) (screen, missing string) {
	s.tb.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		screen, missing = s.Text(), ""
		for _, t := range texts {
			if !strings.Contains(screen, t) {
				missing = t
			}
		}
		if missing == "" || time.Now().After(deadline) {
			return screen, missing
		}
	}
}

// Ended waits until the program has ended, and returns its exit code.
func (s *Screen) Ended(dir string) string {
	s.tb.Helper()
	deadline := time.Now().Add(patience)
	for {
		code, err := os.ReadFile(filepath.Join(dir, "code"))
		if err == nil && len(code) > 0 {
			return strings.TrimSpace(string(code))
		}
		if time.Now().After(deadline) {
			s.tb.Fatalf("the program did not end:\n%s", s.Text())
		}
		time.Sleep(50 * time.Millisecond)
	}
}
