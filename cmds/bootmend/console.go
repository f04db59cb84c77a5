//go:build !lean

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/bootmend/bootmend/initramfs/console"
	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
	"github.com/spf13/cobra"
)

// consoleFlags are those of bootmend console.
type consoleFlags struct {
	machine   string
	drivers   []string
	efivars   string
	homes     repair.Homes
	terminals []string
	countdown int
	notes     []string
	keys      []string
	auto      unattended
}

// consoleCommand is the full-screen interface.
func consoleCommand(ctx context.Context, in io.Reader, code *int) *cobra.Command {
	f := &consoleFlags{}
	cmd := &cobra.Command{
		Use:   "console [DISK...]",
		Short: "Look, repair and undo on a screen of 80 by 25 characters",
		Long: `Shows disks, each Windows with its boot chain, findings, plans and results on the
whole screen, and repairs when told to. Keys are shown at the bottom. Nothing is
written before a page asks for it and Y is pressed.

DISK is a raw image or a block device; without one, all disks of this machine.
With several --terminal all show the same; the first key decides which drives.`,
		RunE: func(cmd *cobra.Command, disks []string) error {
			n, err := f.run(ctx, in, cmd.ErrOrStderr(), disks)
			*code = n
			return err
		},
	}
	cmd.Flags().StringVar(&f.machine, "machine", "", "machine profile the disks will run in, e.g. qemu-q35 or pci:8086:2922")
	cmd.Flags().StringArrayVar(&f.terminals, "terminal", nil, "show it on this terminal, e.g. /dev/tty1; may be repeated (default: where it is started)")
	cmd.Flags().IntVar(&f.countdown, "countdown", 0, "end after this many seconds without a key, for the automatic repair (of the rescue image)")
	cmd.Flags().StringArrayVar(&f.notes, "note", nil, "show this on the first page, too; may be repeated")
	cmd.Flags().StringVar(&f.auto.reportDir, "report-dir", "", "write the report of what was written to this folder as well")
	cmd.Flags().BoolVar(&f.auto.keep, "keep-report", false, `keep the report on the repaired volume, in `+repair.ReportRoot+`, as a part of the repair`)
	addDrivers(cmd, &f.drivers)
	addHomes(cmd, &f.homes)
	addVariables(cmd, &f.efivars)
	addKeys(cmd, &f.keys)
	return cmd
}

func (f *consoleFlags) run(ctx context.Context, in io.Reader, errOut io.Writer, disks []string) (int, error) {
	terms, err := f.open(in)
	if err != nil {
		return 0, err
	}
	place := session.Place{Profile: f.machine, Disks: disks, Drivers: f.drivers, StateDir: f.homes.StateDir, Variables: f.efivars, Keys: f.keys, SpareKeys: spareKeys()}
	if inImage() {
		place.Image = builtIn
	}
	e := &console.Sitting{Place: place, Homes: f.homes}
	defer e.Close()
	var reportErr error
	e.Written = func(r *report.Run) {
		r.Time = time.Now()
		reportErr = (&engine{flags: flags{auto: f.auto}}).keepReport(r)
	}
	if f.auto.keep {
		e.Report = report.Keep
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-hup:
			stop()
		case <-ctx.Done():
		}
	}()
	where := strings.Join(disks, " ")
	if where == "" {
		where = "this machine"
	}
	o, err := console.Run(ctx, e, console.Options{Countdown: f.countdown, Image: inImage(), Where: where, Notes: f.notes}, terms, resized(ctx))
	for _, t := range terms {
		t.Close()
	}
	if reportErr != nil { // no reason not to do what the person chose
		fmt.Fprintln(errOut, "bootmend: report:", reportErr)
	}
	return consoleCode(o), err
}

// open opens the terminals that are named, at least one of which must be there, or
// the one that the program was started on.
func (f *consoleFlags) open(in io.Reader) ([]*terminal.Terminal, error) {
	if len(f.terminals) == 0 {
		file, ok := in.(*os.File)
		if !ok || !isTerminal(in) {
			return nil, usageError{errors.New("console needs a terminal")}
		}
		t, err := terminal.Here(file, os.Getenv)
		if err != nil {
			return nil, usageError{err}
		}
		return []*terminal.Terminal{t}, nil
	}
	var all []*terminal.Terminal
	var errs []error
	for _, path := range f.terminals {
		t, err := terminal.Open(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no terminal can be used: %w", errors.Join(errs...))
	}
	return all, nil
}

// resized gets something whenever the terminal has another size.
func resized(ctx context.Context) <-chan struct{} {
	winch, redraw := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(winch, syscall.SIGWINCH)
	go func() {
		defer signal.Stop(winch)
		for {
			select {
			case <-winch:
				select {
				case redraw <- struct{}{}:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return redraw
}

// consoleCode is how process 1 is told what the person chose.
func consoleCode(o console.Outcome) int {
	switch o {
	case console.Automatic:
		return pid1.ConsoleAutomatic
	case console.Unattended:
		return pid1.ConsoleUnattended
	case console.Shell:
		return pid1.ConsoleShell
	case console.Reboot:
		return pid1.ConsoleReboot
	case console.PowerOff:
		return pid1.ConsolePowerOff
	}
	return 0
}
