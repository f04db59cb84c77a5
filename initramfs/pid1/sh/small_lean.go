//go:build lean

// The shell of the lean program: commands with arguments, quotes, variables, wildcards,
// pipes, redirections, ";", "&&" and "||". No loops, functions or substitution.

package sh

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
)

// Motd is what a person sees who comes to the shell.
const Motd = `
  The small shell of bootmend. What people need:

    bootmend scan          look at the disks and say what is wrong; writes nothing
    bootmend repair        repair what was found, after showing it and asking
    bootmend undo          take the last repair back
    bootmend fs, hive ...  look at single things and change them, with proof and undo
    busy                   the commands that are there: ls, cat, cp, dmesg, ...

  help shows this again; exit goes back.

`

// errSyntax is wrapped by what is wrong with a line.
var errSyntax = errors.New("this small shell does not understand")

// Main is the command: "sh", "sh FILE", "sh -c TEXT". It returns the exit code.
func Main(args []string, in *os.File, out, errOut io.Writer) int {
	s := &shell{in: in, out: out, errOut: errOut}
	for len(args) > 0 && (args[0] == "-l" || args[0] == "-i" || args[0] == "-") {
		args = args[1:] // how login shells are called; it makes no difference
	}
	switch {
	case len(args) > 1 && args[0] == "-c":
		return s.lines(strings.NewReader(args[1]), false)
	case len(args) > 0:
		f, err := os.Open(args[0])
		if err != nil {
			fmt.Fprintln(errOut, "sh:", err)
			return 127
		}
		defer f.Close()
		return s.lines(f, false)
	}
	info, err := in.Stat()
	return s.lines(in, err == nil && info.Mode()&os.ModeCharDevice != 0)
}

type shell struct {
	in          *os.File
	out, errOut io.Writer
	last        int // exit code of the last command
	exited      bool
}

// lines runs line after line. A person's line editor is the kernel's.
func (s *shell) lines(r io.Reader, person bool) int {
	if person {
		// Ctrl-C is for the command that runs; that gets the signal itself.
		interrupts := make(chan os.Signal, 1)
		signal.Notify(interrupts, os.Interrupt)
	}
	for in := bufio.NewReader(r); !s.exited; {
		if person {
			dir, _ := os.Getwd()
			fmt.Fprintf(s.out, "bootmend:%s# ", dir)
		}
		line, err := in.ReadString('\n')
		if line != "" {
			if err := s.run(line); err != nil {
				fmt.Fprintln(s.errOut, "sh:", err)
				s.last = 2
			}
		}
		if err != nil {
			break
		}
	}
	return s.last
}

// run runs the pipelines of a line.
func (s *shell) run(line string) error {
	tokens, err := split(line)
	if err != nil {
		return err
	}
	for do := true; len(tokens) > 0; {
		n := 0
		for n < len(tokens) && !tokens[n].separates() {
			n++
		}
		if do && n > 0 {
			if err := s.pipeline(tokens[:n]); err != nil {
				return err
			}
		}
		if n == len(tokens) || s.exited {
			return nil
		}
		switch tokens[n].text {
		case "&&":
			do = s.last == 0
		case "||":
			do = s.last != 0
		default:
			do = true
		}
		tokens = tokens[n+1:]
	}
	return nil
}

// command is a command with its files.
type command struct {
	args  []string
	files [3]*os.File // nil: inherited
}

func (c *command) close() {
	for _, f := range c.files {
		if f != nil {
			f.Close()
		}
	}
}

// pipeline runs commands that are connected by "|", all at once.
func (s *shell) pipeline(tokens []token) error {
	all := []*command{{}}
	defer func() {
		for _, c := range all {
			c.close()
		}
	}()
	for i := 0; i < len(tokens); i++ {
		c := all[len(all)-1]
		t := tokens[i]
		switch {
		case !t.operator:
			c.args = append(c.args, t.expand(s.last)...)
		case t.text == "|":
			r, w, err := os.Pipe()
			if err != nil {
				return err
			}
			c.files[1] = w
			all = append(all, &command{files: [3]*os.File{r, nil, nil}})
		default:
			if i++; i == len(tokens) || tokens[i].operator {
				return fmt.Errorf("%w: %s without a file", errSyntax, t.text)
			}
			if err := c.redirect(t.text, tokens[i].text); err != nil {
				return err
			}
		}
	}
	for _, c := range all {
		if len(c.args) == 0 {
			return fmt.Errorf("%w: a command is missing", errSyntax)
		}
	}
	if len(all) == 1 && s.builtin(all[0].args) {
		return nil
	}
	return s.start(all)
}

func (c *command) redirect(operator, path string) error {
	n, flags := 1, os.O_WRONLY|os.O_CREATE|os.O_TRUNC
	switch operator {
	case "<":
		n, flags = 0, os.O_RDONLY
	case ">>":
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	case "2>":
		n = 2
	}
	f, err := os.OpenFile(path, flags, 0o644)
	if err == nil {
		if c.files[n] != nil {
			c.files[n].Close()
		}
		c.files[n] = f
	}
	return err
}

// start starts the commands and waits for all; the last one's exit code counts.
func (s *shell) start(all []*command) error {
	var running []*exec.Cmd
	for _, c := range all {
		cmd := exec.Command(c.args[0], c.args[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = s.in, s.out, s.errOut
		if c.files[0] != nil {
			cmd.Stdin = c.files[0]
		}
		if c.files[1] != nil {
			cmd.Stdout = c.files[1]
		}
		if c.files[2] != nil {
			cmd.Stderr = c.files[2]
		}
		err := cmd.Start()
		c.close() // else a reader would never see the end
		c.files = [3]*os.File{}
		if err != nil {
			fmt.Fprintf(s.errOut, "sh: %s: %v; busy lists what there is\n", c.args[0], err)
			s.last = 127
			continue
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		err := cmd.Wait()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit):
			s.last = exit.ExitCode()
		case err != nil:
			return err
		case cmd == running[len(running)-1] && len(running) == len(all):
			s.last = 0
		}
	}
	return nil
}

// builtin does what a command of its own could not.
func (s *shell) builtin(args []string) bool {
	var err error
	switch args[0] {
	case "exit":
		s.exited = true
		if len(args) > 1 {
			s.last, err = strconv.Atoi(args[1])
		}
	case "cd":
		to := os.Getenv("HOME")
		if len(args) > 1 {
			to = args[1]
		}
		err = os.Chdir(to)
	case "export":
		for _, a := range args[1:] {
			if name, value, ok := strings.Cut(a, "="); ok {
				err = errors.Join(err, os.Setenv(name, value))
			}
		}
	case "help":
		fmt.Fprint(s.out, Motd)
	default:
		return false
	}
	if args[0] != "exit" || err != nil {
		s.last = 0
	}
	if err != nil {
		fmt.Fprintln(s.errOut, "sh:", err)
		s.last = 1
	}
	return true
}
