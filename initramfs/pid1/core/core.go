package core

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Call is one call of a command.
type Call struct {
	Args     []string // behind the name and the options
	Options  string   // the letters of the options
	In       io.Reader
	Out, Err io.Writer
}

func (c *Call) has(option byte) bool { return strings.IndexByte(c.Options, option) >= 0 }

// Command is a command; Run's error is shown and makes the exit code 1.
type Command struct {
	Name    string
	Usage   string
	options string // letters that it takes
	run     func(*Call) error
}

// errQuiet makes the exit code 1 without a message.
var errQuiet = errors.New("")

// errUsage: the call is not understood.
var errUsage = errors.New("wrong use")

// All are the commands by name.
func All() []Command {
	return []Command{
		{"cat", "[FILE...]", "", cat},
		{"cp", "[-r] FROM... TO", "ra", cp},
		{"dd", "if=FILE of=FILE [bs=BYTES] [count=N] [skip=N] [seek=N]", "", dd},
		{"df", "", "", df},
		{"dmesg", "", "", dmesg},
		{"echo", "[TEXT...]", "", echo},
		{"false", "", "", func(*Call) error { return errQuiet }},
		{"free", "", "", free},
		{"grep", "[-iv] TEXT [FILE...]", "iv", grep},
		{"head", "[-n LINES] [FILE...]", "", head},
		{"hexdump", "[FILE...]", "C", hexdump},
		{"ls", "[-la] [PATH...]", "la", ls},
		{"mkdir", "[-p] DIRECTORY...", "p", mkdir},
		{"mount", "[TYPE DEVICE DIRECTORY]", "", mount},
		{"mv", "FROM... TO", "f", mv},
		{"poweroff", "", "f", leave(powerOffSignal)},
		{"ps", "", "", ps},
		{"reboot", "", "f", leave(rebootSignal)},
		{"rm", "[-rf] PATH...", "rf", rm},
		{"sleep", "SECONDS", "", sleep},
		{"sync", "", "", syncAll},
		{"tail", "[-n LINES] [FILE...]", "", tail},
		{"true", "", "", func(*Call) error { return nil }},
		{"umount", "DIRECTORY...", "", umount},
		{"wc", "[-lc] [FILE...]", "lc", wc},
	}
}

// Main runs the command of that name. ok is false where there is none.
func Main(name string, args []string, in io.Reader, out, errOut io.Writer) (code int, ok bool) {
	all := All()
	if name == "busy" {
		for _, c := range all {
			fmt.Fprintf(out, "%s %s\n", c.Name, c.Usage)
		}
		return 0, true
	}
	i := slices.IndexFunc(all, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return 0, false
	}
	c := &Call{In: in, Out: out, Err: errOut, Args: args}
	err := c.takeOptions(all[i].options)
	if err == nil {
		err = all[i].run(c)
	}
	switch {
	case err == nil:
		return 0, true
	case errors.Is(err, errUsage):
		fmt.Fprintf(errOut, "usage: %s %s\n", name, all[i].Usage)
		return 2, true
	case err != errQuiet:
		fmt.Fprintf(errOut, "%s: %v\n", name, err)
	}
	return 1, true
}

// takeOptions takes leading words like -la off the arguments.
func (c *Call) takeOptions(letters string) error {
	for letters != "" && len(c.Args) > 0 && len(c.Args[0]) > 1 && c.Args[0][0] == '-' {
		if c.Args[0] == "--" {
			c.Args = c.Args[1:]
			return nil
		}
		if strings.Trim(c.Args[0][1:], letters) != "" {
			return errUsage
		}
		c.Options += c.Args[0][1:]
		c.Args = c.Args[1:]
	}
	return nil
}

// each calls do with every file that is named, or with the input.
func (c *Call) each(do func(r io.Reader) error) error {
	if len(c.Args) == 0 {
		return do(c.In)
	}
	for _, name := range c.Args {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = do(f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
