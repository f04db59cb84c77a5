package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/spf13/cobra"
)

// changer carries out the fs verbs that write: all of them through the same
// transaction as a repair.
type changer struct {
	ctx   context.Context
	in    io.Reader
	out   io.Writer
	disks []string
	yes   bool
	homes repair.Homes
	code  *int
}

// addChanges adds the verbs that write to the group.
func addChanges(group *cobra.Command, c *changer) {
	verb := func(use, short string, n int, place int, action func(m *mounted, args []string) (repair.FileAction, error)) {
		cmd := &cobra.Command{Use: use, Short: short, Args: usageArgs(cobra.ExactArgs(n)),
			RunE: func(_ *cobra.Command, args []string) error { return c.run(args[place], args, action) }}
		cmd.Flags().BoolVar(&c.yes, "yes", false, "do not ask; required without a terminal")
		addHomes(cmd, &c.homes)
		group.AddCommand(cmd)
	}
	verb("put FILE PLACE", "copy a file of this host to the disk", 2, 1, putAction)
	verb("rm PLACE", "delete a file or an empty directory", 1, 0, func(m *mounted, _ []string) (repair.FileAction, error) {
		return repair.FileAction{Title: "delete " + m.path, Do: func(w fs.Writer) error { return w.Remove(m.path) }}, nil
	})
	verb("mkdir PLACE", "make a directory", 1, 0, func(m *mounted, _ []string) (repair.FileAction, error) {
		return repair.FileAction{Title: "make directory " + m.path, Do: func(w fs.Writer) error { return w.Mkdir(m.path) }}, nil
	})
	verb(`mv PLACE \NEW\PATH`, "rename or move on the same volume", 2, 0, func(m *mounted, args []string) (repair.FileAction, error) {
		return repair.FileAction{Title: "rename " + m.path + " to " + args[1], Do: func(w fs.Writer) error { return w.Rename(m.path, args[1]) }}, nil
	})
	verb("attrib PLACE SPEC", "set and clear attributes, e.g. +h-r (letters r, h, s, a)", 2, 0, attribAction)
}

// putAction copies a file. Content goes through memory, so its size is bounded
// by the overlay.
func putAction(m *mounted, args []string) (repair.FileAction, error) {
	content, err := os.ReadFile(args[0])
	if err != nil {
		return repair.FileAction{}, err
	}
	path := m.path
	if info, err := m.volume.FS.Stat(path); err == nil && info.IsDir() {
		parts := strings.Split(args[0], "/")
		path = fs.JoinPath(path, parts[len(parts)-1])
	}
	return repair.FileAction{
		Title: fmt.Sprintf("put %s, %d bytes", path, len(content)), Paths: []string{path},
		Do: func(w fs.Writer) error {
			return w.WriteFile(path, strings.NewReader(string(content)), int64(len(content)))
		},
	}, nil
}

func attribAction(m *mounted, args []string) (repair.FileAction, error) {
	set, clear, err := parseAttributes(args[1])
	if err != nil {
		return repair.FileAction{}, err
	}
	return repair.FileAction{Title: "attributes " + args[1] + " of " + m.path, Do: func(w fs.Writer) error {
		info, err := w.Stat(m.path)
		if err != nil {
			return err
		}
		const ours = fs.AttrReadOnly | fs.AttrHidden | fs.AttrSystem | fs.AttrArchive
		return w.SetAttributes(m.path, (info.Attributes&ours|set)&^clear)
	}}, nil
}

// parseAttributes reads "+h-r+s".
func parseAttributes(spec string) (set, clear fs.Attributes, err error) {
	letters := map[rune]fs.Attributes{'r': fs.AttrReadOnly, 'h': fs.AttrHidden, 's': fs.AttrSystem, 'a': fs.AttrArchive}
	into := (*fs.Attributes)(nil)
	for _, r := range strings.ToLower(spec) {
		bit, known := letters[r]
		switch {
		case r == '+':
			into = &set
		case r == '-':
			into = &clear
		case known && into != nil:
			*into |= bit
		default:
			return 0, 0, usageError{fmt.Errorf("attributes %q: want for instance +h-r, with the letters r, h, s, a", spec)}
		}
	}
	return set, clear, nil
}

func (c *changer) run(place string, args []string, action func(*mounted, []string) (repair.FileAction, error)) error {
	if !c.yes && !isTerminal(c.in) {
		return usageError{errors.New("this asks before it writes; without a terminal, --yes is required")}
	}
	if err := c.recoverFirst(place); err != nil {
		return err
	}
	m, err := mount(c.ctx, place, c.disks)
	if err != nil {
		return err
	}
	defer m.close()
	if m.volume.IsDisc() {
		return c.refuse(&discError{m.volume.ID()})
	}
	a, err := action(m, args)
	if err != nil {
		return err
	}
	a.Volume, a.Time = m.volume, time.Now()
	findings, err := condition.Detect(c.ctx, m.patient)
	if err != nil {
		return err
	}
	plan, err := repair.NewFilePlan(c.ctx, m.patient, findings, a)
	if err != nil {
		return c.refuse(err)
	}
	return c.commit(a, plan)
}

// recoverFirst finishes what an earlier change left half done.
func (c *changer) recoverFirst(place string) error {
	at, err := parsePlace(place)
	if err != nil {
		return err
	}
	disks := c.disks
	if at.disk != "" {
		disks = []string{at.disk}
	}
	m, sources, closeAll, err := openDisks("", disks)
	if err != nil {
		return err
	}
	defer closeAll()
	done, err := recoverOpen(m, sources, c.homes.StateDir)
	for _, r := range done {
		fmt.Fprintln(c.out, r)
	}
	return err
}

func (c *changer) commit(a repair.FileAction, plan *repair.Plan) error {
	fmt.Fprintf(c.out, "%s: %d bytes to write\n", a.Title, plan.Bytes())
	for _, p := range plan.Proof {
		fmt.Fprintln(c.out, "PROOF", p)
	}
	if plan.Empty() {
		fmt.Fprintln(c.out, "RESULT nothing to change")
		return nil
	}
	if !c.yes && !confirm(c.ctx, c.in, c.out, "Write this to the disk? Type yes: ") {
		return c.refuse(repair.ErrDeclined)
	}
	done, err := plan.Commit(c.ctx, repair.OpenDisk, c.homes)
	if err != nil {
		return c.refuse(err)
	}
	fmt.Fprintf(c.out, "RESULT done and verified, %d bytes written through a journal %s\n", done.Bytes, done.Journal)
	return nil
}

// discError refuses to change a CD. It wraps block.ErrReadOnly.
type discError struct{ volume string }

func (e *discError) Error() string {
	return e.volume + " is a CD or DVD, or an image of one, which cannot be changed; copy its files out with fs get"
}

func (e *discError) Unwrap() error { return block.ErrReadOnly }

// refuse turns an error of the engine into the exit code of the contract.
func (c *changer) refuse(err error) error {
	fmt.Fprintln(c.out, "RESULT", err)
	*c.code = (&report.Run{Command: "fs", Err: err}).ExitCode()
	if errors.As(err, new(*repair.RefusedError)) || errors.As(err, new(*discError)) {
		*c.code = report.ExitPerson
	}
	return nil
}
