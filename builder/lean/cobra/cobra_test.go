package cobra

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// tree is a program with a group, as bootmend's.
func tree(said *string) *Command {
	root := &Command{Use: "prog", Long: "about", Args: func(_ *Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("there is no command %q", args[0])
		}
		return nil
	}}
	var yes bool
	var name string
	var all, parts []string
	do := &Command{Use: "do [X...]", Short: "does", Args: MaximumNArgs(2), RunE: func(c *Command, args []string) error {
		*said = fmt.Sprint(yes, name, all, parts, args, c.Flags().Changed("name"))
		return nil
	}}
	do.Flags().BoolVar(&yes, "yes", false, "y")
	do.Flags().StringVarP(&name, "name", "n", "d", "n")
	do.Flags().StringArrayVar(&all, "all", nil, "a")
	do.Flags().StringSliceVar(&parts, "parts", nil, "p")
	do.MarkFlagsMutuallyExclusive("yes", "all")
	json := false
	group := &Command{Use: "group"}
	group.PersistentFlags().BoolVar(&json, "json", false, "j")
	group.AddCommand(&Command{Use: "sub A", Args: ExactArgs(1), RunE: func(_ *Command, args []string) error { *said = fmt.Sprint("sub", json, args); return nil }})
	root.AddCommand(do, group)
	root.SetFlagErrorFunc(func(_ *Command, err error) error { return fmt.Errorf("flag: %w", err) })
	return root
}

func TestCommands(t *testing.T) {
	for _, tt := range []struct{ line, said, err string }{
		{"do", "false d [] [] [] false", ""}, {"do --yes a --name=x b", "true x [] [] [a b] true", ""}, {"do -n x -- --yes", "false x [] [] [--yes] true", ""},
		{"do --all a,b --all c --parts d,e --parts f", "false d [a,b c] [d e f] [] false", ""}, {"do --yes=false", "false d [] [] [] false", ""},
		{"group sub a --json", "sub true [a]", ""}, {"group --json sub a", "sub true [a]", ""}, {"--json group sub a", "sub true [a]", ""},
		{"do a b c", "", "accepts at most"}, {"group sub", "", "accepts 1 arg"}, {"do --nope", "", "flag: unknown flag: --nope"}, {"do --name", "", "flag needs an argument"},
		{"do --yes=x", "", "invalid argument"}, {"do --yes --all a", "", "none of the others can be"}, {"nope", "", `there is no command "nope"`}, {"do -x", "", "unknown shorthand"},
	} {
		said := ""
		root := tree(&said)
		root.SetArgs(strings.Fields(tt.line))
		err := root.Execute()
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") } // fmt.Sprint puts some and not others
		if bare(said) != bare(tt.said) || tt.err == "" && err != nil || !strings.Contains(fmt.Sprint(err), tt.err) {
			t.Errorf("%s: %q, %v; want %q, %q", tt.line, said, err, tt.said, tt.err)
		}
	}
}

func TestHelp(t *testing.T) {
	said := ""
	for _, line := range []string{"", "help", "--help", "-h", "do --help", "help do", "group"} {
		var out bytes.Buffer
		root := tree(&said)
		root.SetOut(&out)
		root.SetArgs(strings.Fields(line))
		if line == "" {
			root.SetArgs([]string{})
		}
		if err := root.Execute(); err != nil || !strings.Contains(out.String(), "Usage:") || errors.Is(err, errHelp) {
			t.Errorf("%q: %v: %s", line, err, out.String())
		}
	}
}
