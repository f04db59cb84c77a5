package cobra

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// FlagSet are flags, as pflag's.
type FlagSet struct{ all []*flag }

type flag struct {
	name, short, usage      string
	isBool, hidden, changed bool
	set                     func(value string) error
}

func (s *FlagSet) add(f *flag) { s.all = append(s.all, f) }

// BoolVar adds a flag that takes no value, or =true and =false.
func (s *FlagSet) BoolVar(p *bool, name string, value bool, usage string) {
	*p = value
	s.add(&flag{name: name, usage: usage, isBool: true, set: func(v string) (err error) {
		*p, err = strconv.ParseBool(v)
		return err
	}})
}

// StringVar adds a flag that takes a text.
func (s *FlagSet) StringVar(p *string, name, value, usage string) {
	s.StringVarP(p, name, "", value, usage)
}

// StringVarP is StringVar with a letter for it.
func (s *FlagSet) StringVarP(p *string, name, short, value, usage string) {
	*p = value
	s.add(&flag{name: name, short: short, usage: usage, set: func(v string) error { *p = v; return nil }})
}

// IntVar adds a flag that takes a number.
func (s *FlagSet) IntVar(p *int, name string, value int, usage string) {
	*p = value
	s.add(&flag{name: name, usage: usage, set: func(v string) error {
		n, err := strconv.ParseInt(v, 0, strconv.IntSize)
		*p = int(n)
		return err
	}})
}

// Uint64Var adds a flag that takes a number that is not negative.
func (s *FlagSet) Uint64Var(p *uint64, name string, value uint64, usage string) {
	*p = value
	s.add(&flag{name: name, usage: usage, set: func(v string) (err error) {
		*p, err = strconv.ParseUint(v, 0, 64)
		return err
	}})
}

// StringArrayVar adds a flag that may be repeated; each value is taken as it is.
func (s *FlagSet) StringArrayVar(p *[]string, name string, value []string, usage string) {
	*p = value
	f := &flag{name: name, usage: usage}
	f.set = func(v string) error {
		if !f.changed {
			*p = nil
		}
		*p = append(*p, v)
		return nil
	}
	s.add(f)
}

// StringSliceVar adds a flag that may be repeated; commas separate values.
func (s *FlagSet) StringSliceVar(p *[]string, name string, value []string, usage string) {
	*p = value
	f := &flag{name: name, usage: usage}
	f.set = func(v string) error {
		if strings.Contains(v, `"`) {
			return errors.New("quotes are not understood here")
		}
		if !f.changed {
			*p = nil
		}
		if v != "" {
			*p = append(*p, strings.Split(v, ",")...)
		}
		return nil
	}
	s.add(f)
}

// Changed reports whether the flag was given.
func (s *FlagSet) Changed(name string) bool {
	for _, f := range s.all {
		if f.name == name {
			return f.changed
		}
	}
	return false
}

// MarkHidden keeps the flag out of the help.
func (s *FlagSet) MarkHidden(name string) error {
	for _, f := range s.all {
		if f.name == name {
			f.hidden = true
			return nil
		}
	}
	return fmt.Errorf("flag %q does not exist", name)
}

// sets are the flags that the command takes.
func (c *Command) sets() []*FlagSet {
	all := []*FlagSet{c.Flags()}
	for p := c; p != nil; p = p.parent {
		if p.persistent != nil {
			all = append(all, p.persistent)
		}
	}
	return all
}

// lookup finds a flag by its name or letter.
func (c *Command) lookup(name string) *flag {
	for _, set := range c.sets() {
		for _, f := range set.all {
			if f.name == name || f.short != "" && f.short == name {
				return f
			}
		}
	}
	return nil
}

// checkExclusive refuses flags that do not go together.
func (c *Command) checkExclusive() error {
	for _, names := range c.exclusive {
		var given []string
		for _, name := range names {
			if f := c.lookup(name); f != nil && f.changed {
				given = append(given, name)
			}
		}
		if len(given) > 1 {
			return fmt.Errorf("if any flags in the group %v are set none of the others can be; %v were all set", names, given)
		}
	}
	return nil
}

// errHelp: help is asked for.
var errHelp = errors.New("help requested")

// parse sets the flags and returns the other arguments. Flags may stand behind them;
// "--" ends the flags.
func (c *Command) parse(args []string) (positional []string, err error) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return append(positional, args[i+1:]...), nil
		}
		if len(a) < 2 || a[0] != '-' {
			positional = append(positional, a)
			continue
		}
		dashes := 1
		if strings.HasPrefix(a, "--") {
			dashes = 2
		}
		name, value, given := strings.Cut(a[dashes:], "=")
		f := c.lookup(name)
		if dashes == 1 && (f == nil || f.short != name) {
			f = nil
		}
		switch {
		case f == nil && (a == "--help" || a == "-h"):
			return nil, errHelp
		case f == nil && dashes == 1:
			return nil, fmt.Errorf("unknown shorthand flag: %q in %s", a[1], a)
		case f == nil:
			return nil, fmt.Errorf("unknown flag: --%s", name)
		case !given && f.isBool:
			value = "true"
		case !given:
			if i++; i == len(args) {
				return nil, fmt.Errorf("flag needs an argument: --%s", f.name)
			}
			value = args[i]
		}
		if err := f.set(value); err != nil {
			return nil, fmt.Errorf("invalid argument %q for \"--%s\" flag: %w", value, f.name, err)
		}
		f.changed = true
	}
	return positional, nil
}

// PositionalArgs says whether the arguments are right.
type PositionalArgs func(cmd *Command, args []string) error

// ArbitraryArgs takes any.
func ArbitraryArgs(*Command, []string) error { return nil }

// ExactArgs wants so many.
func ExactArgs(n int) PositionalArgs { return RangeArgs(n, n) }

// MaximumNArgs wants at most so many.
func MaximumNArgs(n int) PositionalArgs { return RangeArgs(0, n) }

// MinimumNArgs wants at least so many.
func MinimumNArgs(n int) PositionalArgs { return RangeArgs(n, 1<<30) }

// RangeArgs wants so many.
func RangeArgs(from, to int) PositionalArgs {
	return func(_ *Command, args []string) error {
		switch {
		case len(args) >= from && len(args) <= to:
			return nil
		case from == to:
			return fmt.Errorf("accepts %d arg(s), received %d", from, len(args))
		case len(args) < from:
			return fmt.Errorf("requires at least %d arg(s), only received %d", from, len(args))
		}
		return fmt.Errorf("accepts at most %d arg(s), received %d", to, len(args))
	}
}
