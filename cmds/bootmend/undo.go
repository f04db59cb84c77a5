package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
	"github.com/spf13/cobra"
)

// undoer is one run of undo.
type undoer struct {
	engine
	list    bool
	partial bool
	id      string
}

// undoCommand takes repairs back.
func undoCommand(ctx context.Context, in io.Reader, out, errOut io.Writer, code *int) *cobra.Command {
	u := &undoer{engine: engine{ctx: ctx, in: in, out: out, errOut: errOut, command: "undo"}}
	cmd := &cobra.Command{
		Use:   "undo [--list] [ID] [DISK...]",
		Short: "Take the last repair back, or the one named",
		Long: `Takes the last repair back, or the one named by its ID, through a transaction
of its own. Keys and values of the registry that were changed since are listed and
left as they are. Where files or sectors were changed since, nothing is taken back
and the places are listed; --partial takes back the rest.
Without DISK, all disks of this machine.`,
		RunE: func(_ *cobra.Command, args []string) error {
			n, err := u.undo(args)
			*code = n
			return err
		},
	}
	cmd.Flags().BoolVar(&u.list, "list", false, "list what can be taken back")
	cmd.Flags().BoolVar(&u.flags.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&u.flags.yes, "yes", false, "do not ask; required without a terminal")
	cmd.Flags().BoolVar(&u.partial, "partial", false, "leave what was changed since, and take back the rest")
	addVariables(cmd, &u.flags.efivars)
	addKeys(cmd, &u.flags.keys)
	addWriting(cmd, &u.flags.opt)
	return cmd
}

// bundleID is how undo bundles are called.
func isBundleID(s string) bool {
	return bundleShape(s)
}

func (u *undoer) undo(args []string) (int, error) {
	if len(args) > 0 && isBundleID(args[0]) {
		u.id, args = args[0], args[1:]
	}
	if !u.list && !u.flags.yes && (u.flags.json || !isTerminal(u.in)) {
		return 0, usageError{errors.New("undo asks before it writes; without a terminal, or with --json, --yes is required")}
	}
	opt := u.flags.opt
	s, err := openSession(session.Place{Disks: args, StateDir: opt.Homes.StateDir, Variables: u.flags.efivars, Keys: u.flags.keys})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	var recovered []repair.Recovered
	if !u.list {
		recovered, _ = s.Recover()
	}
	undoing, err := s.Undoable(u.ctx)
	if err != nil {
		return 0, err
	}
	defer undoing.Close()
	if u.list {
		return report.ExitOK, u.printList(undoing.Bundles)
	}
	b, err := u.choose(undoing.Bundles)
	if err != nil {
		return 0, err
	}
	r, err := undoing.Plan(u.ctx, b, u.partial, opt)
	if err != nil {
		return 0, err
	}
	r.Recovered = recovered
	if r.Err == nil {
		u.takeBack(r, b)
	}
	r.Findings = nil // the faults that come back are what was asked for
	if err := u.print(r); err != nil {
		return 0, err
	}
	return r.ExitCode(), nil
}

// takeBack writes, asking where it has to.
func (u *undoer) takeBack(r *report.Run, b *repair.Bundle) {
	if r.Plan.Empty() {
		session.TakeBack(u.ctx, r, b)
		return
	}
	u.commit(r)
}

func (u *undoer) choose(bundles []*repair.Bundle) (*repair.Bundle, error) {
	for _, b := range bundles {
		if u.id != "" && b.Name != u.id {
			continue
		}
		if b.Err != nil {
			return nil, fmt.Errorf("%s cannot be used (another one can be named by its ID): %w", b.Where, b.Err)
		}
		for _, o := range bundles {
			if o != b && o.Name == b.Name {
				return nil, usageError{fmt.Errorf("the bundle %s is in two places, %s and %s; name the disk", b.Name, b.Where, o.Where)}
			}
		}
		return b, nil
	}
	if u.id != "" {
		return nil, usageError{fmt.Errorf("there is no undo bundle %s; bootmend undo --list shows them", u.id)}
	}
	return nil, errors.New("there is nothing to take back: no undo bundle was found")
}

func (u *undoer) printList(bundles []*repair.Bundle) error {
	if u.flags.json {
		return report.WriteBundles(u.out, bundles)
	}
	if len(bundles) == 0 {
		_, err := fmt.Fprintln(u.out, "there is nothing to take back")
		return err
	}
	for _, b := range bundles {
		if b.Err != nil {
			fmt.Fprintf(u.out, "%s  %s: %v\n", b.Name, b.Where, b.Err)
			continue
		}
		fmt.Fprintf(u.out, "%s  %s, %d changes, %s\n", b.Name, b.Manifest.Time.Format("2006-01-02 15:04:05 UTC"), len(b.Manifest.Items), b.Where)
		for _, why := range b.Manifest.Why {
			fmt.Fprintf(u.out, "    %s\n", why)
		}
	}
	return nil
}
