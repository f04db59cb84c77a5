package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/mounts"
	"github.com/bootmend/bootmend/initramfs/report"
)

// mounting is one call of bootmend mount.
type mounting struct {
	ctx    context.Context
	out    io.Writer
	flags  flags
	write  bool
	media  bool
	system mounts.System
}

func mountCommand(ctx context.Context, out io.Writer, code *int) *cobra.Command {
	m := mounting{ctx: ctx, out: out, system: mounts.Here()}
	list, atShell := false, false
	cmd := &cobra.Command{
		Use:   "mount [ID]",
		Short: "Mount the volumes of a Windows, or attached media, below /mnt (also: mount-windows, mount-media)",
		Long: `Mount the volumes of a Windows below /mnt, read-only, by the letters that this
Windows gives them: /mnt/c, /mnt/d, ... ID is w1, w2, ... of bootmend scan; where
there is one Windows it may be left out. With --media floppies, CDs and USB
sticks are mounted instead: /mnt/a and further free letters. At the shell of the
rescue image they are mounted already, read-only, except for sticks with the label
BOOTMEND and disks with a Windows, which repairs need for themselves.

--rw mounts for writing, unless that could destroy something. What is written so
goes to the disk at once: it is not proved, no journal covers it, and bootmend
undo does not take it back.

While anything of a disk is mounted, bootmend repair does not write to it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case list:
				return m.list()
			case atShell:
				return m.atShell()
			}
			places, err := m.plan(args)
			if err != nil {
				return err
			}
			*code = m.mount(places)
			return nil
		},
	}
	cmd.Flags().BoolVar(&m.write, "rw", false, "for writing: bypasses proof and undo")
	cmd.Flags().BoolVar(&m.media, "media", false, "floppies, CDs and USB sticks instead of a Windows")
	cmd.Flags().BoolVar(&list, "list", false, "list what is mounted")
	cmd.Flags().BoolVar(&atShell, "at-shell", false, "for process 1: media, where that disturbs no repair")
	_ = cmd.Flags().MarkHidden("at-shell")
	addHomes(cmd, &m.flags.opt.Homes)
	return cmd
}

func umountCommand(out io.Writer, code *int) *cobra.Command {
	system := mounts.Here()
	atShell := false
	cmd := &cobra.Command{
		Use:   "umount [LETTER...]",
		Short: "Unmount what bootmend mount mounted, all of it without LETTER (also: umount-windows)",
		RunE: func(_ *cobra.Command, names []string) error {
			if atShell {
				return leftShell(system)
			}
			if len(names) == 0 && !inImage() {
				return usageError{errors.New("outside of the rescue image other things are mounted below /mnt, too; say which LETTER")}
			}
			mounted, err := system.Mounted()
			if err != nil {
				return err
			}
			slices.Reverse(mounted)
			for _, e := range mounted {
				name := filepath.Base(e.Dir)
				if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return meansDir(n, name) }) {
					continue
				}
				if err := system.Unmount(e); err != nil {
					*code = report.ExitInUse
					fmt.Fprintf(out, "%v\n", err)
					continue
				}
				fmt.Fprintf(out, "%s is unmounted\n", e.Dir)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&atShell, "at-shell", false, "for process 1: what mount --at-shell mounted")
	_ = cmd.Flags().MarkHidden("at-shell")
	return cmd
}

// meansDir: "c", "C:", "/mnt/c" mean the directory c.
func meansDir(typed, name string) bool {
	return strings.EqualFold(strings.TrimSuffix(strings.TrimPrefix(typed, mounts.Root+"/"), ":"), name)
}

func (m *mounting) list() error {
	mounted, err := m.system.Mounted()
	if err != nil {
		return err
	}
	for _, e := range mounted {
		fmt.Fprintln(m.out, e)
	}
	return nil
}

// plan looks at the disks and says what goes where.
func (m *mounting) plan(args []string) ([]mounts.Place, error) {
	here, sources, closeAll, err := openDisks("", nil)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	r, err := report.Order{Command: "scan", Machine: here, Sources: sources, Options: m.flags.opt}.Examine(m.ctx)
	if err != nil {
		return nil, err
	}
	if m.media {
		if len(args) > 0 {
			return nil, usageError{errors.New("--media goes without a Windows")}
		}
		return m.planMedia(here, r)
	}
	w, err := whichWindows(r.Patient, args)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(m.out, "%s: %s\n", w.ID, w.Label())
	return mounts.Plan(r.Patient, r.Findings, w, m.write), nil
}

// planMedia looks at what is attached; empty drives are passed over.
func (m *mounting) planMedia(here *machine.Machine, r *report.Run) ([]mounts.Place, error) {
	var sources []inspect.Source
	for _, path := range media.Devices("/sys", "/dev") {
		dev, err := block.OpenReadOnly(path)
		if err != nil {
			continue // empty, or no drive behind it
		}
		defer dev.Close()
		sources = append(sources, inspect.Source{Path: path, Dev: dev})
	}
	attached, err := inspect.Inspect(m.ctx, here, sources)
	if err != nil {
		return nil, err
	}
	return mounts.MediaPlan(m.ctx, r.Patient, attached, r.Findings, m.write)
}

// whichWindows is the one that is named, or the only one.
func whichWindows(p *inspect.Patient, args []string) (*inspect.Installation, error) {
	if len(args) == 1 {
		if w := p.FindWindows(args[0]); w != nil {
			return w, nil
		}
	}
	if len(args) == 0 && len(p.Windows) == 1 {
		return p.Windows[0], nil
	}
	if len(p.Windows) == 0 {
		return nil, errors.New("no Windows was found; bootmend scan says why")
	}
	text := "say which Windows:"
	for _, w := range p.Windows {
		text += fmt.Sprintf("\n  %s  %s", w.ID, w.Label())
	}
	return nil, usageError{errors.New(text)}
}

// mount mounts the places and returns the exit code.
func (m *mounting) mount(places []mounts.Place) int {
	code := report.ExitOK
	if len(places) == 0 {
		fmt.Fprintln(m.out, "There is nothing to mount.")
	}
	for _, p := range places {
		if e, there := m.system.At(p); there && m.media && !e.Write {
			if !m.write { // since the shell was started
				fmt.Fprintln(m.out, e)
				continue
			}
			if err := m.system.Unmount(e); err != nil {
				fmt.Fprintln(m.out, err)
				code = report.ExitInUse
				continue
			}
		}
		e, err := m.system.Mount(p, m.write)
		if err != nil {
			fmt.Fprintln(m.out, err)
			if code = report.ExitError; errors.Is(err, mounts.ErrRefused) {
				code = report.ExitPerson
			}
			continue
		}
		fmt.Fprintln(m.out, e)
		for _, w := range p.Warnings {
			fmt.Fprintf(m.out, "  NOTE %s\n", w)
		}
		switch {
		case e.Write:
			fmt.Fprintf(m.out, "  WARNING What you write below %s goes to the disk at once: it is not proved, no\n          journal covers it, and bootmend undo does not take it back.\n", e.Dir)
		case m.write:
			fmt.Fprintf(m.out, "  NOTE The driver took it read-only.\n")
		}
	}
	return code
}
