package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/explain"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
)

// explainCommand is "what did you see?".
func explainCommand(ctx context.Context, out io.Writer, code *int) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "explain TEXT [DISK...]",
		Short: "Say what makes a stop code or message, and which of it is really there",
		Long: `Say what makes a stop code or message, and which of it is really there.

TEXT is what stood on the screen: a stop code in any spelling (0x7B, 7b,
0x0000007B, INACCESSIBLE_BOOT_DEVICE, c000021a), a message, or a part of one.
With DISKs, and in the rescue image always, the disks are looked at, and what is
really there comes first. Words that name no file or device belong to TEXT.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, disks := textAndDisks(args)
			ranked := explain.Rank(text)
			var run *report.Run
			if len(disks) > 0 || inImage() {
				e := engine{ctx: ctx, out: out, command: "scan", flags: f}
				var err error
				if run, err = e.examine(disks, repair.Options{Homes: f.opt.Homes}, nil); err != nil {
					return err
				}
				*code = run.ExitCode()
			} else if len(ranked) == 0 {
				*code = report.ExitError
			}
			if f.json {
				return report.WriteSeenJSON(out, text, ranked, run)
			}
			if err := report.WriteSeen(out, text, ranked, run); err != nil || run != nil || len(ranked) == 0 {
				return err
			}
			return noDiskHint(out)
		},
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object")
	cmd.Flags().StringVar(&f.machine, "machine", "", "machine profile the disks will run in, e.g. qemu-q35 or pci:8086:2922")
	addHomes(cmd, &f.opt.Homes)
	return cmd
}

// textAndDisks tells what was seen from the disks to look at: these exist.
func textAndDisks(args []string) (text string, disks []string) {
	words := args[:1]
	for _, a := range args[1:] {
		if info, err := os.Stat(a); err == nil && !info.IsDir() {
			disks = append(disks, a)
			continue
		}
		words = append(words, a)
	}
	return strings.Join(words, " "), disks
}

// explainCondition is scan --explain: a plan for that condition alone, and all that
// was decided about it.
func (e *engine) explainCondition(id string, disks []string) (int, error) {
	c, ok := condition.ByName(id)
	if !ok {
		return 0, usageError{repair.Options{Only: []string{id}}.Check()}
	}
	opt := e.flags.opt
	opt.Only = []string{c.ID}
	e.command, e.explain = "plan", &c
	r, err := e.examine(disks, opt, nil)
	if err != nil {
		return 0, err
	}
	code := decidedCode(c, r)
	if e.flags.json {
		return code, report.WriteDecidedJSON(e.out, c, r, code)
	}
	return code, report.WriteDecided(e.out, c, r)
}

// decidedCode is the exit code for one condition.
func decidedCode(c condition.Condition, r *report.Run) int {
	only := *r
	only.Findings = nil
	for _, f := range r.Findings {
		if f.ID == c.ID {
			only.Findings = append(only.Findings, f)
		}
	}
	return only.ExitCode()
}

// noDiskHint is said where a text was explained without disks.
func noDiskHint(out io.Writer) error {
	_, err := fmt.Fprintln(out, "\nName a disk or image after the text to have these looked for.")
	return err
}
