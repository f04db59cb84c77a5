//go:build !lean

package sh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// Main is the command: "sh", "sh FILE [ARG...]", "sh -c TEXT [NAME [ARG...]]". It
// returns the exit code.
func Main(args []string, in *os.File, out, errOut io.Writer) int {
	s := &shell{in: in, out: out, errOut: errOut, env: os.Environ()}
	for len(args) > 0 && (args[0] == "-l" || args[0] == "-i" || args[0] == "-") {
		args = args[1:] // how login shells are called; it makes no difference
	}
	var err error
	switch {
	case len(args) > 1 && args[0] == "-c":
		err = s.script(strings.NewReader(args[1]), "", args[min(3, len(args)):])
	case len(args) > 0 && strings.HasPrefix(args[0], "-"):
		err = fmt.Errorf("unknown option %s; usage: sh [-c TEXT] [FILE] [ARGUMENT...]", args[0])
	case len(args) > 0:
		err = s.file(args[0], args[1:])
	case term.IsTerminal(int(in.Fd())):
		err = s.interactive()
	default:
		err = s.script(in, "", nil)
	}
	var status interp.ExitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	if err != nil {
		fmt.Fprintln(errOut, "sh:", err)
		return 2
	}
	return 0
}

// shell is one shell.
type shell struct {
	in          *os.File
	out, errOut io.Writer
	env         []string
	runner      *interp.Runner
}

func (s *shell) file(path string, args []string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return s.script(f, path, args)
}

// script runs a program to its end.
func (s *shell) script(text io.Reader, name string, args []string) error {
	program, err := syntax.NewParser().Parse(text, name)
	if err != nil {
		return err
	}
	runner, err := s.newRunner(interp.Params(append([]string{"--"}, args...)...))
	if err != nil {
		return err
	}
	return runner.Run(context.Background(), program)
}

func (s *shell) newRunner(more ...interp.RunnerOption) (*interp.Runner, error) {
	options := append([]interp.RunnerOption{interp.StdIO(s.in, s.out, s.errOut), interp.Env(expand.ListEnviron(s.env...)), interp.CallHandler(s.call)}, more...)
	return interp.New(options...)
}

// call puts commands in the place of builtins that the interpreter has the names of
// and cannot do, or does otherwise than people here expect.
func (s *shell) call(_ context.Context, args []string) ([]string, error) {
	switch {
	case args[0] == "help" && len(args) == 1:
		return []string{"echo", strings.TrimRight(Motd, "\n")}, nil
	case args[0] == "history" && len(args) == 1:
		return []string{"cat", historyFile(s.env)}, nil
	case args[0] == "kill":
		if path, err := interp.LookPathDir("/", expand.ListEnviron(s.env...), args[0]); err == nil {
			return append([]string{path}, args[1:]...), nil
		}
	}
	return args, nil
}

// interactive reads lines from the terminal until exit or Ctrl-D.
func (s *shell) interactive() error {
	// Ctrl-C is for the command that runs; commands get the signal themselves.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	var err error
	if s.runner, err = s.newRunner(interp.Interactive(true)); err != nil {
		return err
	}
	lines := newEditor(s.in, s.out, historyFile(s.env), s.complete)
	parser := syntax.NewParser()
	var last error
	for {
		text, err := s.statement(lines, parser)
		if errors.Is(err, io.EOF) {
			fmt.Fprintln(s.out, "exit")
			return last
		}
		if err != nil {
			fmt.Fprintln(s.errOut, "sh:", err)
			if errors.As(err, new(*os.PathError)) {
				return err // the terminal is gone
			}
			continue
		}
		last = s.run(text)
		if s.runner.Exited() {
			return last
		}
	}
}

// statement reads lines until they are whole.
func (s *shell) statement(lines *editor, parser *syntax.Parser) (*syntax.File, error) {
	text := ""
	for prompt := s.prompt(); ; prompt = "> " {
		line, err := lines.read(prompt)
		if err != nil {
			return nil, err
		}
		text += line + "\n"
		program, err := parser.Parse(strings.NewReader(text), "")
		if err == nil || !syntax.IsIncomplete(err) || line == "" {
			return program, err
		}
	}
}

// run runs what was typed, one statement at a time, so that what comes first
// happens although a later one fails.
func (s *shell) run(program *syntax.File) error {
	var last error
	for _, statement := range program.Stmts {
		last = s.runner.Run(context.Background(), statement)
		var status interp.ExitStatus
		if last != nil && !errors.As(last, &status) {
			fmt.Fprintln(s.errOut, "sh:", last)
		}
		if s.runner.Exited() {
			break
		}
	}
	return last
}

func (s *shell) prompt() string {
	host, err := os.Hostname()
	if err != nil {
		host = "sh"
	}
	return fmt.Sprintf("%s:%s# ", host, s.runner.Dir)
}

// historyFile is in the home directory; "" where there is none.
func historyFile(env []string) string {
	if home := expand.ListEnviron(env...).Get("HOME").String(); home != "" {
		return filepath.Join(home, ".sh_history")
	}
	return ""
}
