package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/spf13/cobra"
)

// unattended is what scan, plan and repair do more where nobody watches them.
type unattended struct {
	summary   bool
	rounds    int
	hasRounds bool // the command has that flag; others repair once
	reportDir string
	keep      bool
	after     string
	trail     string
}

func (u *unattended) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&u.summary, "summary", false, "tell what is being done, and end with a summary of 20 lines at most")
	cmd.Flags().StringVar(&u.reportDir, "report-dir", "", "write the report to this folder as well: report.json and report.txt")
	if cmd.Name() != "repair" {
		return
	}
	u.hasRounds = true
	cmd.Flags().IntVar(&u.rounds, "rounds", 1, "repair again, up to so many times in all, while what was mended brings more to light")
	cmd.Flags().BoolVar(&u.keep, "keep-report", false, `keep the report on the repaired volume, in `+repair.ReportRoot+`, as a part of the repair`)
	cmd.Flags().StringVar(&u.after, "after", "", "for the summary: what process 1 of the rescue image does next")
	_ = cmd.Flags().MarkHidden("after")
	cmd.Flags().StringVar(&u.trail, "trail", "", "for the summary: what process 1 knows of earlier restarts")
	_ = cmd.Flags().MarkHidden("trail")
}

// rounds repairs until nothing more comes to light; the other commands run once.
func (e *engine) rounds(disks []string, opt repair.Options, requests []action.Request) (*report.Run, error) {
	if e.flags.auto.keep {
		opt.Report = report.Keep
	}
	if e.narrates() {
		opt.Doing = e.tell
	}
	var earlier []*report.Run
	for {
		r, err := e.examine(disks, opt, requests)
		if err != nil && len(earlier) > 0 {
			r, err = &report.Run{Command: e.command, Err: err}, nil
		}
		if err != nil {
			return nil, err
		}
		if !r.Committed || r.ExitCode() != report.ExitRepairable || len(earlier)+1 >= e.flags.auto.rounds {
			r.Earlier = earlier
			return r, nil
		}
		if e.narrates() {
			if err := report.WriteResult(e.out, r); err != nil {
				return nil, err
			}
		}
		earlier = append(earlier, r)
	}
}

// narrates: what is being done is told while it is being done.
func (e *engine) narrates() bool { return e.flags.auto.summary && !e.flags.json }

// tell says what is begun.
func (e *engine) tell(what string) { fmt.Fprintf(e.out, "... %s\n", what) }

// narrate tells what was found and is planned, before it is written.
func (e *engine) narrate(r *report.Run) error {
	if !e.narrates() {
		return nil
	}
	fmt.Fprintln(e.out)
	if err := report.WriteNarration(e.out, r); err != nil {
		return err
	}
	if e.command == "repair" && r.Err == nil && !r.Plan.Empty() {
		fmt.Fprint(e.out, "\nThe repair begins. Do not switch the machine off.\n")
	}
	return nil
}

// finish tells how it ended.
func (e *engine) finish(r *report.Run) error {
	if !e.narrates() {
		return e.print(r)
	}
	if err := report.WriteResult(e.out, r); err != nil {
		return err
	}
	fmt.Fprintln(e.out)
	return report.WriteSummary(e.out, r, e.next(r))
}

// next says what comes after the engine: process 1 decides by the same rule.
func (e *engine) next(r *report.Run) string {
	if e.flags.auto.after != "" {
		o := outcome(r, time.Now())
		o.Trail = pid1.Trail(e.flags.auto.trail)
		return pid1.Decide(pid1.After(e.flags.auto.after), o).Sentence
	}
	switch code := r.ExitCode(); {
	case code == report.ExitOK && (r.Committed || len(r.Earlier) > 0):
		return "Start Windows from this disk."
	case code == report.ExitRepairable:
		return "bootmend repair mends it."
	case code == report.ExitOK:
		return "If Windows does not start all the same, note what it shows: bootmend does not know this fault."
	}
	return "See above what is left to do."
}

func outcome(r *report.Run, now time.Time) pid1.Outcome {
	o := pid1.Outcome{ExitCode: r.ExitCode(), Healthy: r.Healthy(), Repaired: r.Committed || len(r.Earlier) > 0, SinceRepair: -1}
	if r.LastRepair != nil {
		o.SinceRepair = now.Sub(r.LastRepair.Time)
	}
	return o
}

// keepReport writes the report where --report-dir says. It replaces an older one
// in one piece.
func (e *engine) keepReport(r *report.Run) error {
	dir := e.flags.auto.reportDir
	if dir == "" {
		return nil
	}
	var json, text bytes.Buffer
	err := errors.Join(report.WriteJSON(&json, r), report.WriteText(&text, r), os.MkdirAll(dir, 0o755))
	if err != nil {
		return err
	}
	return errors.Join(keepFile(filepath.Join(dir, pid1.ReportJSON), json.Bytes()), keepFile(filepath.Join(dir, pid1.ReportText), text.Bytes()))
}

func keepFile(path string, content []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, content, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
