//go:build !lean

package sh

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

// completer lists what the last word of a line can become, whole words.
type completer func(line string) (candidates []string)

// completion is the Tab key: what all candidates have in common is put in; where
// that is nothing new they are listed.
type completion struct {
	complete completer
	term     *term.Terminal
}

func (c *completion) key(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	before, after := line[:pos], line[pos:]
	word := lastWord(before)
	all := c.complete(before)
	if len(all) == 0 {
		return line, pos, true
	}
	more := common(all)
	if len(all) == 1 && !strings.HasSuffix(more, "/") {
		more += " "
	}
	if len(more) <= len(word) {
		c.list(all)
		return line, pos, true
	}
	done := strings.TrimSuffix(before, word) + more
	return done + after, len(done), true
}

// list shows the candidates in columns.
func (c *completion) list(all []string) {
	width := 0
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = filepath.Base(s)
		if strings.HasSuffix(s, "/") {
			names[i] += "/"
		}
		width = max(width, len(names[i])+2)
	}
	columns := max(1, 78/width)
	var text strings.Builder
	for i, s := range names {
		fmt.Fprintf(&text, "%-*s", width, s)
		if i%columns == columns-1 || i == len(names)-1 {
			text.WriteString("\n")
		}
	}
	_, _ = c.term.Write([]byte(text.String()))
}

// lastWord is what is being typed: from the last blank that has no backslash.
func lastWord(line string) string {
	for i := len(line) - 1; i >= 0; i-- {
		if strings.ContainsRune(" \t;|&<>(=", rune(line[i])) && (i == 0 || line[i-1] != '\\') {
			return line[i+1:]
		}
	}
	return line
}

// common is the longest beginning of all.
func common(all []string) string {
	first := all[0]
	for _, s := range all[1:] {
		n := 0
		for n < len(first) && n < len(s) && first[n] == s[n] {
			n++
		}
		first = first[:n]
	}
	return first
}

// complete implements completer.
func (s *shell) complete(line string) []string {
	word := lastWord(line)
	command := line[:len(line)-len(word)]
	if cut := strings.LastIndexAny(command, ";|&("); cut >= 0 {
		command = command[cut+1:]
	}
	words := strings.Fields(command)
	var all []string
	switch {
	case len(words) == 0 && !strings.Contains(word, "/"):
		all = s.commands(word)
	case len(words) > 0 && words[0] == "bootmend":
		all = append(askBootmend(append(words, word)), s.files(word)...)
	default:
		all = s.files(word)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// builtins are commands of the language that have no file.
var builtins = []string{"alias", "cd", "echo", "eval", "exit", "export", "fg", "jobs", "printf", "pwd", "read", "set", "shift", "source", "test", "trap", "type", "unset", "wait"}

// commands lists those in the path.
func (s *shell) commands(begin string) []string {
	var all []string
	for _, name := range builtins {
		if strings.HasPrefix(name, begin) {
			all = append(all, name)
		}
	}
	for _, dir := range filepath.SplitList(s.value("PATH")) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), begin) {
				all = append(all, e.Name())
			}
		}
	}
	return all
}

// value is that of a variable of the environment.
func (s *shell) value(name string) string {
	for _, v := range s.env {
		if key, value, ok := strings.Cut(v, "="); ok && key == name {
			return value
		}
	}
	return ""
}

// files lists those whose path begins with the word. Blanks in names get a
// backslash.
func (s *shell) files(word string) []string {
	plain := strings.ReplaceAll(word, `\ `, " ")
	dir, begin := "", plain
	if cut := strings.LastIndex(plain, "/"); cut >= 0 {
		dir, begin = plain[:cut+1], plain[cut+1:]
	}
	at := dir
	switch {
	case strings.HasPrefix(dir, "~/"):
		at = filepath.Join(s.value("HOME"), dir[2:])
	case !filepath.IsAbs(dir):
		at = filepath.Join(s.runner.Dir, dir)
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, begin) || strings.HasPrefix(name, ".") && begin == "" {
			continue
		}
		path := strings.ReplaceAll(dir+name, " ", `\ `)
		if info, err := os.Stat(filepath.Join(at, name)); err == nil && info.IsDir() {
			path += "/"
		}
		all = append(all, path)
	}
	return all
}

// patience is how long a key may take.
const patience = 3 * time.Second

// askBootmend asks the command what its next word can be, as the completion
// scripts of cobra do. The last of the words is the one that is being typed.
func askBootmend(words []string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, words[0], append([]string{"__completeNoDesc"}, words[1:]...)...).Output()
	if err != nil {
		return nil
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ":") && strings.HasPrefix(line, words[len(words)-1]) {
			all = append(all, line)
		}
	}
	return all
}
