package main

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/spf13/cobra"
)

// addChecks adds the verbs for damaged hives.
func (h *hiveTool) addChecks(group *cobra.Command) {
	all := false
	check := h.add(group, "check", "HIVE", "judge the consistency of a whole hive; writes nothing", cobra.ExactArgs(1), func(args []string) error { return h.check(args[0], all) })
	check.Flags().BoolVar(&all, "all", false, "list what is harmless, too")
	rep := h.add(group, "repair", "HIVE", "write what the logs hold into the hive, and mend what can be mended without guessing", cobra.ExactArgs(1), func(args []string) error { return h.repair(args[0]) })
	h.addWriting(rep)
}

func (h *hiveTool) check(hive string, all bool) error {
	at, err := openHivePlace(h.ctx, hive, h)
	if err != nil {
		return err
	}
	defer at.close()
	c, err := hivefile.Check(at.source())
	if err != nil {
		return err
	}
	switch {
	case c.Sound():
	case c.Mendable:
		*h.code = report.ExitRepairable
	default:
		*h.code = report.ExitPerson
	}
	if h.json {
		return h.print(hiveDocument{Hive: hive, ExitCode: *h.code, Check: c})
	}
	fmt.Fprintf(h.out, "%s: %s; %d keys, %d values, %d cells looked at\n", hive, c.State, c.Keys, c.Values, c.Cells)
	for _, r := range c.Reasons {
		fmt.Fprintln(h.out, "  "+r)
	}
	harmless := 0
	for _, f := range c.Findings {
		if f.Harmless {
			if harmless++; !all {
				continue
			}
		}
		h.writeFinding(f)
	}
	switch {
	case c.Sound():
		fmt.Fprintf(h.out, "RESULT no contradiction found; %d harmless remains\n", harmless)
	case c.Mendable:
		fmt.Fprintf(h.out, "RESULT %d problems; bootmend hive repair can mend the hive\n", c.Damaged)
	case c.DropsLogs:
		fmt.Fprintf(h.out, "RESULT %d problems; a repair would lose what the logs hold and cannot be used; bootmend hive repair --drop-logs goes on all the same\n", c.Damaged)
	default:
		fmt.Fprintf(h.out, "RESULT %d problems that cannot be mended without guessing; take the hive from a backup\n", c.Damaged)
	}
	return nil
}

func (h *hiveTool) writeFinding(f hivefile.Finding) {
	word := "PROBLEM"
	if f.Harmless {
		word = "HARMLESS"
	}
	at := fmt.Sprintf("%#x", f.Offset)
	if f.Log != "" {
		at = f.Log
	}
	fmt.Fprintf(h.out, "%s %s %s: %s", word, at, f.Kind, f.Text)
	if f.Expected != "" {
		fmt.Fprintf(h.out, ", want %s", f.Expected)
	}
	if f.Actual != "" {
		fmt.Fprintf(h.out, ", got %s", f.Actual)
	}
	if f.Path != "" {
		fmt.Fprintf(h.out, " [%s]", f.Path)
	}
	fmt.Fprintln(h.out)
	switch {
	case f.Kind == hivefile.UnusedEntries && f.Did != "":
		fmt.Fprintln(h.out, "  DROPPED", f.Did)
	case f.Did != "":
		fmt.Fprintln(h.out, "  MENDED", f.Did)
	}
}

func (h *hiveTool) repair(hive string) error {
	if err := h.mayWrite(); err != nil {
		return err
	}
	at, err := openHivePlace(h.ctx, hive, h)
	if err != nil {
		return err
	}
	defer at.close()
	c, did, err := hivefile.Repair(at.source(), hivefile.RepairOptions{DropLogs: h.dropLogs})
	if !h.json {
		for _, f := range did {
			h.writeFinding(f)
		}
	}
	if err != nil {
		return err
	}
	d := hiveDocument{Hive: hive, Mended: did, Change: &hiveChanged{Changed: !c.Empty()}}
	err = c.EachPatch(func(p regf.Patch) error {
		d.Change.Bytes += int64(len(p.New))
		return nil
	})
	if err != nil {
		return err
	}
	return h.finish(at, nil, c, d)
}

// mayWrite wants somebody to agree, or to have agreed.
func (h *hiveTool) mayWrite() error {
	if h.yes || h.dryRun || !h.json && isTerminal(h.in) {
		return nil
	}
	return usageError{errors.New("this asks before it writes; without a terminal, or with --json, --yes or --dry-run is required")}
}

// finish asks, writes and says what was done.
func (h *hiveTool) finish(at hivePlace, f *hivefile.File, c *hivefile.Change, d hiveDocument) error {
	if err := h.write(at, f, c, d.Hive, d.Change); err != nil {
		return err
	}
	if h.json {
		return h.print(d)
	}
	return h.writeChange(d)
}

// write asks and writes, and notes what was done.
func (h *hiveTool) write(at hivePlace, f *hivefile.File, c *hivefile.Change, name string, done *hiveChanged) error {
	if c.Empty() || h.dryRun {
		return nil
	}
	if c.Replays() && !h.json {
		fmt.Fprintln(h.out, "what the logs hold is written into the hive as well")
	}
	if !h.yes && !confirm(h.ctx, h.in, h.out, fmt.Sprintf("Write this to %s? Type yes: ", name)) {
		return repair.ErrDeclined
	}
	var err error
	done.Backup, err = at.write(f, c)
	done.Written = err == nil
	return err
}
