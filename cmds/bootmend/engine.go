package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
	"golang.org/x/sys/unix"
)

// engine is one run of scan, plan or repair.
type engine struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer
	errOut  io.Writer
	command string
	flags   flags
	started time.Time
	explain *condition.Condition // scan --explain
}

// run returns the exit code. An error means that there was nothing to report
// on; with --json it is put into a document all the same.
func (e *engine) run(disks []string) (int, error) {
	opt := e.flags.opt
	if err := opt.Check(); err != nil {
		return 0, usageError{err}
	}
	if e.command == "repair" && !e.flags.yes && (e.flags.json || !isTerminal(e.in)) {
		return 0, usageError{errors.New("repair asks before it writes; without a terminal, or with --json, --yes is required")}
	}
	if e.command == "repair" && e.flags.auto.rounds < 1 && e.flags.auto.hasRounds {
		return 0, usageError{fmt.Errorf("--rounds %d: it takes one round at least", e.flags.auto.rounds)}
	}
	requests, err := e.flags.asked.parse(opt)
	if err != nil {
		return 0, err
	}
	r, err := e.rounds(disks, opt, requests)
	if err == nil && errors.Is(r.Err, action.ErrUsage) {
		return 0, usageError{r.Err}
	}
	if err != nil {
		if errors.As(err, new(usageError)) {
			return 0, err
		}
		failed := &report.Run{Command: e.command, Err: err}
		err = errors.Join(err, e.keepReport(failed))
		if e.flags.json {
			return 0, errors.Join(err, e.print(failed))
		}
		return 0, err
	}
	if err := errors.Join(e.finish(r), e.keepReport(r)); err != nil {
		return 0, err
	}
	return r.ExitCode(), nil
}

// examine does all that the command asks for.
func (e *engine) examine(disks []string, opt repair.Options, requests []action.Request) (*report.Run, error) {
	s, err := openSession(session.Place{Profile: e.flags.machine, Disks: disks, Drivers: e.flags.drivers, StateDir: opt.Homes.StateDir, Variables: e.flags.efivars, Keys: e.flags.keys})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var recovered []repair.Recovered
	if e.command == "repair" {
		// Nothing is planned on a disk that is half written. What cannot be
		// finished shows up as a finding.
		recovered, _ = s.Recover()
	}
	r, err := s.Examine(e.ctx, session.Wish{Command: e.command, Options: opt, Requests: requests, Windows: e.flags.asked.windows, Explain: e.explain})
	if err != nil {
		return nil, err
	}
	r.Recovered, r.Time = recovered, e.started
	if err := e.narrate(r); err != nil {
		return nil, err
	}
	if e.command == "repair" && r.Err == nil && !r.Plan.Empty() {
		e.commit(r)
	}
	return r, nil
}

// commit asks, where it has to, and writes.
func (e *engine) commit(r *report.Run) {
	if !e.flags.yes {
		if err := e.print(&report.Run{Command: "plan", Asked: r.Asked, Patient: r.Patient, Chains: r.Chains, Findings: r.Findings, Plan: r.Plan}); err != nil {
			r.Err = err
			return
		}
		if !confirm(e.ctx, e.in, e.out, fmt.Sprintf("\nWrite these %d bytes to the disk? Type yes: ", r.Plan.Bytes())) {
			r.Err = repair.ErrDeclined
			return
		}
	}
	session.Commit(e.ctx, r)
}

func (e *engine) print(r *report.Run) error {
	if e.flags.json {
		return report.WriteJSON(e.out, r)
	}
	return report.WriteText(e.out, r)
}

func isTTY(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
