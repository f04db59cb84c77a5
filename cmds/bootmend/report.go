package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/spf13/cobra"
)

// reporter is one run of the command report.
type reporter struct {
	ctx        context.Context
	out        io.Writer
	errOut     io.Writer
	json       bool
	schema     bool
	dir        string
	send       []string
	cut        string
	engineExit int
}

// reportCommand shows and sends the report of the last run.
func reportCommand(ctx context.Context, out, errOut io.Writer, code *int) *cobra.Command {
	r := &reporter{ctx: ctx, out: out, errOut: errOut}
	cmd := &cobra.Command{
		Use:   "report [DISK...]",
		Short: "Show the report of the last run, or send it",
		Long: `Shows the report of the last run: of this start of the rescue image, or, with
DISK or outside of the image, the newest that a repair has kept on the volumes of
the disks.

--send takes places as bootmend.report= does: serial, usb (a stick with the label
BOOTMEND), http://... or https://....`,
		RunE: func(_ *cobra.Command, disks []string) error {
			n, err := r.run(disks)
			*code = n
			return err
		},
	}
	cmd.Flags().BoolVar(&r.json, "json", false, "print the JSON form")
	cmd.Flags().BoolVar(&r.schema, "schema", false, "print the JSON schema of what scan, plan, repair and undo print with --json")
	cmd.Flags().StringVar(&r.dir, "dir", pid1.ReportDir, "where the last run has left its report (--report-dir)")
	cmd.Flags().StringSliceVar(&r.send, "send", nil, "send it to these places instead")
	cmd.Flags().StringVar(&r.cut, "cut", "", "print the last report out of this log of a serial console, and prove that it is whole")
	cmd.Flags().IntVar(&r.engineExit, "engine-exit", -1, "exit code of the run, for when it left no report")
	_ = cmd.Flags().MarkHidden("engine-exit")
	return cmd
}

func (r *reporter) run(disks []string) (int, error) {
	switch {
	case r.schema:
		_, err := r.out.Write(report.Schema())
		return report.ExitOK, err
	case r.cut != "":
		return r.cutOut()
	}
	json, text, err := r.find(disks)
	if err != nil {
		return 0, err
	}
	if len(r.send) > 0 {
		return r.sendAll(json, text)
	}
	if r.json {
		text = json
	}
	_, err = r.out.Write(text)
	return report.ExitOK, err
}

func (r *reporter) cutOut() (int, error) {
	log, err := os.ReadFile(r.cut)
	if err != nil {
		return 0, err
	}
	json, err := deliver.Cut(log)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", r.cut, err)
	}
	_, err = r.out.Write(json)
	return report.ExitOK, err
}

// find is the report of this start, or the newest on the disks.
func (r *reporter) find(disks []string) (json, text []byte, err error) {
	if len(disks) == 0 {
		json, err = os.ReadFile(filepath.Join(r.dir, pid1.ReportJSON))
		if err == nil {
			text, err = os.ReadFile(filepath.Join(r.dir, pid1.ReportText))
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return json, text, err
		}
	}
	if r.engineExit >= 0 {
		return noReport(r.engineExit)
	}
	return keptOn(r.ctx, disks)
}

// noReport stands for the report of a run that ended before it wrote one.
func noReport(code int) (json, text []byte, err error) {
	run := &report.Run{Command: "repair", Err: fmt.Errorf("bootmend ended with exit code %d and left no report; what it said is on the console", code)}
	var j, t bytes.Buffer
	err = errors.Join(report.WriteJSON(&j, run), report.WriteText(&t, run))
	return j.Bytes(), t.Bytes(), err
}

// sendAll sends the report everywhere. A place that does not take it keeps it from
// no other.
func (r *reporter) sendAll(json, text []byte) (int, error) {
	failed := 0
	for _, place := range r.send {
		if err := deliver.CheckPlace(place); err != nil {
			return 0, usageError{err}
		}
		if err := r.sendTo(place, json, text); err != nil {
			failed++
			fmt.Fprintf(r.errOut, "bootmend: the report was not sent to %s: %s\n", deliver.Name(place), strings.ReplaceAll(err.Error(), place, deliver.Name(place)))
			continue
		}
		fmt.Fprintf(r.out, "bootmend: the report was sent to %s\n", deliver.Name(place))
	}
	if failed > 0 {
		return report.ExitError, nil
	}
	return report.ExitOK, nil
}

func (r *reporter) sendTo(place string, json, text []byte) error {
	switch {
	case place == deliver.Serial:
		return sendSerial(json)
	case place == deliver.USB:
		return putOnStick(r.ctx, r.out, json, text)
	case deliver.IsURL(place):
		return deliver.Poster{}.Post(r.ctx, place, json)
	}
	return errors.New("the report on the disk is written by the repair itself (--keep-report)")
}
