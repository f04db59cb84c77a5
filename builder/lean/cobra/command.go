package cobra

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Command is a command with its subcommands, as cobra's.
type Command struct {
	Use, Short, Long            string
	Args                        PositionalArgs
	RunE                        func(cmd *Command, args []string) error
	PersistentPreRun            func(cmd *Command, args []string) // before that of any command below
	SilenceUsage, SilenceErrors bool                              // always so here
	Hidden                      bool
	CompletionOptions           struct{ DisableDefaultCmd bool } // there is none

	parent            *Command
	commands          []*Command
	flags, persistent *FlagSet
	flagError         func(*Command, error) error
	exclusive         [][]string
	args              []string
	in                io.Reader
	out, err          io.Writer
}

// AddCommand adds subcommands.
func (c *Command) AddCommand(all ...*Command) {
	for _, sub := range all {
		sub.parent = c
		c.commands = append(c.commands, sub)
	}
}

// Name is the first word of Use.
func (c *Command) Name() string {
	name, _, _ := strings.Cut(c.Use, " ")
	return name
}

// Flags are those of this command; PersistentFlags those of its subcommands, too.
func (c *Command) Flags() *FlagSet {
	if c.flags == nil {
		c.flags = &FlagSet{}
	}
	return c.flags
}

// PersistentFlags are those of this command and all below.
func (c *Command) PersistentFlags() *FlagSet {
	if c.persistent == nil {
		c.persistent = &FlagSet{}
	}
	return c.persistent
}

// SetArgs sets what Execute takes instead of the process's arguments.
func (c *Command) SetArgs(args []string) { c.args = args }

// SetIn sets the input.
func (c *Command) SetIn(r io.Reader) { c.in = r }

// SetOut sets where help goes.
func (c *Command) SetOut(w io.Writer) { c.out = w }

// SetErr sets where complaints go.
func (c *Command) SetErr(w io.Writer) { c.err = w }

// SetFlagErrorFunc sets what errors of flags are wrapped by.
func (c *Command) SetFlagErrorFunc(f func(*Command, error) error) { c.flagError = f }

func (c *Command) root() *Command {
	for c.parent != nil {
		c = c.parent
	}
	return c
}

// OutOrStdout is where output goes.
func (c *Command) OutOrStdout() io.Writer {
	if w := c.root().out; w != nil {
		return w
	}
	return os.Stdout
}

// ErrOrStderr is where complaints go.
func (c *Command) ErrOrStderr() io.Writer {
	if w := c.root().err; w != nil {
		return w
	}
	return os.Stderr
}

// InOrStdin is the input.
func (c *Command) InOrStdin() io.Reader {
	if r := c.root().in; r != nil {
		return r
	}
	return os.Stdin
}

// Execute finds the command that the arguments name, parses its flags and runs it.
func (c *Command) Execute() error {
	args := c.args
	if args == nil {
		args = os.Args[1:]
	}
	cmd, args := c.find(args)
	positional, err := cmd.parse(args)
	if errors.Is(err, errHelp) {
		return cmd.Help()
	}
	if err == nil {
		err = cmd.checkExclusive()
	}
	if err != nil {
		if f := c.flagError; f != nil {
			err = f(cmd, err)
		}
		return err
	}
	if cmd.Args != nil {
		err = cmd.Args(cmd, positional)
	} else if cmd.parent == nil && len(positional) > 0 && len(cmd.commands) > 0 {
		err = fmt.Errorf("unknown command %q for %q", positional[0], cmd.path())
	}
	if err != nil {
		return err
	}
	if cmd.RunE == nil {
		return cmd.Help()
	}
	for p := cmd; p != nil; p = p.parent {
		if p.PersistentPreRun != nil {
			p.PersistentPreRun(cmd, positional)
			break
		}
	}
	return cmd.RunE(cmd, positional)
}

// MarkFlagsMutuallyExclusive lets at most one of the flags be given.
func (c *Command) MarkFlagsMutuallyExclusive(names ...string) {
	c.exclusive = append(c.exclusive, names)
}

// find goes down to the last command that is named, and returns the arguments without
// these names. "help" before or "-h" behind a name show its help.
func (c *Command) find(args []string) (*Command, []string) {
	help := false
	if len(args) > 0 && args[0] == "help" {
		help, args = true, args[1:]
	}
	cmd := c
	for {
		at := cmd.firstWord(args)
		sub := (*Command)(nil)
		if at < len(args) {
			for _, s := range cmd.commands {
				if s.Name() == args[at] {
					sub = s
				}
			}
		}
		if sub == nil {
			break
		}
		args = append(append([]string{}, args[:at]...), args[at+1:]...)
		cmd = sub
	}
	if help {
		args = []string{"--help"}
	}
	return cmd, args
}

// firstWord is the index of the first argument that is neither a flag nor the value
// of one.
func (c *Command) firstWord(args []string) int {
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return len(args)
		case len(a) < 2 || a[0] != '-':
			return i
		case !strings.Contains(a, "="):
			if f := c.lookup(strings.TrimLeft(a, "-")); f != nil && !f.isBool {
				i++
			}
		}
	}
	return len(args)
}

// path is the command with those above it.
func (c *Command) path() string {
	if c.parent == nil {
		return c.Name()
	}
	return c.parent.path() + " " + c.Name()
}

// Help prints what the command does.
func (c *Command) Help() error {
	w := c.OutOrStdout()
	text := c.Long
	if text == "" {
		text = c.Short
	}
	use := c.path() + strings.TrimPrefix(c.Use, c.Name())
	if len(c.commands) > 0 {
		use = c.path() + " COMMAND"
	}
	fmt.Fprintf(w, "%s\n\nUsage:\n  %s\n", text, use)
	if len(c.commands) > 0 {
		fmt.Fprint(w, "\nCommands:\n")
		for _, sub := range c.commands {
			if !sub.Hidden {
				fmt.Fprintf(w, "  %-10s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	first := true
	for _, set := range c.sets() {
		for _, f := range set.all {
			if f.hidden {
				continue
			}
			if first {
				fmt.Fprint(w, "\nFlags:\n")
				first = false
			}
			fmt.Fprintf(w, "  --%s  %s\n", f.name, f.usage)
		}
	}
	return nil
}
