package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/step"
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
	opt   repair.Options
	code  *int
}

// addChanges adds the verbs that write to the group.
func addChanges(group *cobra.Command, c *changer) {
	verb := func(use, short string, n int, place int, action func(m *mounted, args []string) (step.Step, error)) {
		cmd := &cobra.Command{Use: use, Short: short, Args: usageArgs(cobra.ExactArgs(n)),
			RunE: func(_ *cobra.Command, args []string) error { return c.run(args[place], args, action) }}
		cmd.Flags().BoolVar(&c.yes, "yes", false, "do not ask; required without a terminal")
		addWriting(cmd, &c.opt)
		group.AddCommand(cmd)
	}
	verb("put FILE PLACE", "copy a file of this host to the disk", 2, 1, put)
	verb("rm PLACE", "delete a file or an empty directory", 1, 0, remove)
	verb("mkdir PLACE", "make a directory", 1, 0, func(m *mounted, _ []string) (step.Step, error) {
		return step.Mkdir{Volume: m.volume, Path: m.path}, nil
	})
	verb(`mv PLACE \NEW\PATH`, "rename or move on the same volume", 2, 0, func(m *mounted, args []string) (step.Step, error) {
		return step.Rename{Volume: m.volume, From: m.path, To: args[1]}, nil
	})
	verb("attrib PLACE SPEC", "set and clear attributes, e.g. +h-r (letters r, h, s, a)", 2, 0, attrib)
}

// put copies a file, of any size.
func put(m *mounted, args []string) (step.Step, error) {
	f, err := os.Open(args[0])
	if err != nil {
		return nil, err
	}
	// It stays open for as long as the step may read it: until the end.
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, usageError{fmt.Errorf("%s is no regular file", args[0])}
	}
	s := step.WriteFile{Volume: m.volume, Path: m.path}
	if info, err := m.volume.FS.Stat(s.Path); err == nil && info.IsDir() {
		s.Path = fs.JoinPath(s.Path, filepath.Base(args[0]))
	}
	if s.Old, err = fileAt(m, s.Path); err != nil {
		return nil, err
	}
	s.New, err = step.NewContent(f, st.Size())
	return s, err
}

// fileAt is the state of the file at path; nil where there is none, or none
// that could be read as a file: the writer says why it cannot be one.
func fileAt(m *mounted, path string) (*step.FileState, error) {
	info, err := m.volume.FS.Stat(path)
	if err != nil || info.IsDir() {
		return nil, nil
	}
	state, err := step.StateOf(m.volume.FS, path)
	return &state, err
}

func remove(m *mounted, _ []string) (step.Step, error) {
	if _, err := m.volume.FS.Stat(m.path); err != nil {
		return nil, err
	}
	old, err := fileAt(m, m.path)
	return step.Remove{Volume: m.volume, Path: m.path, Old: old}, err
}

func attrib(m *mounted, args []string) (step.Step, error) {
	set, clear, err := parseAttributes(args[1])
	if err != nil {
		return nil, err
	}
	info, err := m.volume.FS.Stat(m.path)
	if err != nil {
		return nil, err
	}
	old := info.Attributes & step.Settable
	return step.SetAttributes{Volume: m.volume, Path: m.path, Old: old, New: (old | set) &^ clear}, nil
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

func (c *changer) run(place string, args []string, action func(*mounted, []string) (step.Step, error)) error {
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
	s, err := action(m, args)
	if err != nil {
		return err
	}
	findings, err := condition.Detect(c.ctx, m.patient)
	if err != nil {
		return err
	}
	c.opt.Progress = progressOn(c.out)
	a := repair.Action{Title: s.Describe().Text, Steps: []step.Step{s}}
	plan, err := repair.NewActionPlan(c.ctx, m.patient, findings, []repair.Action{a}, c.opt)
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
	done, err := recoverOpen(m, sources, c.opt.Homes.StateDir)
	for _, r := range done {
		fmt.Fprintln(c.out, r)
	}
	return err
}

func (c *changer) commit(a repair.Action, plan *repair.Plan) error {
	fmt.Fprintf(c.out, "%s: %d bytes to write\n", a.Title, plan.Bytes())
	for _, n := range plan.Notes {
		fmt.Fprintln(c.out, "NOTE", n)
	}
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
	done, err := plan.Commit(c.ctx, repair.OpenDisk)
	if err != nil {
		return c.refuse(err)
	}
	fmt.Fprintf(c.out, "RESULT done and verified, %d bytes written", done.Bytes)
	if done.Journal != "" {
		fmt.Fprintf(c.out, " through a journal %s", done.Journal)
	}
	if plan.Undo.ID != "" {
		fmt.Fprintf(c.out, "; bootmend undo %s takes it back", plan.Undo.ID)
	}
	fmt.Fprintln(c.out)
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
	if errors.As(err, new(*discError)) {
		*c.code = report.ExitPerson
	}
	return nil
}
