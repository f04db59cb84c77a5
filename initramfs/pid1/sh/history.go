//go:build !lean

package sh

import (
	"os"
	"strings"
)

// maxHistory is what a shell remembers of the file.
const maxHistory = 500

// history implements term.History with a file that every console appends to.
type history struct {
	file  string
	lines []string
}

func openHistory(file string) *history {
	h := &history{file: file}
	if text, err := os.ReadFile(file); err == nil {
		h.lines = strings.Split(strings.TrimRight(string(text), "\n"), "\n")
		h.lines = h.lines[max(0, len(h.lines)-maxHistory):]
	}
	return h
}

// Add keeps a line, unless it is empty or the one before.
func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.lines = h.lines[max(0, len(h.lines)-maxHistory):]
	if h.file == "" {
		return
	}
	f, err := os.OpenFile(h.file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return // then it is remembered here only
	}
	defer f.Close()
	_, _ = f.WriteString(line + "\n")
}

// Len is the number of lines.
func (h *history) Len() int { return len(h.lines) }

// At counts from the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
