package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/spf13/cobra"
)

const partHelp = `Look at partition tables and boot code of disks, and change them, without Windows:
what people do with diskpart, fdisk, bootrec and bootsect.

DISK is a raw image or a block device, N the number of a partition as ls shows it.
A change is verified, written through a journal, and bootmend undo takes it back. One
after which Windows would not start any more is refused, unless --even-if it has
that consequence by name.

Exit codes: 0 done; 10, 11 (check) faults that can be repaired, that need a person; 11
refused; 12 nothing was written because a precondition failed; 1 error; 2 usage.`

// partTool is one run of a verb of bootmend part.
type partTool struct {
	changer
	json    bool
	foreign bool // code of others may be replaced
	from    string
	evenIf  []string // IDs of faults that the change may cause
	machine string
	patient *inspect.Patient
}

// partCommand is the group of verbs on partition tables and boot code.
func partCommand(ctx context.Context, in io.Reader, out io.Writer, code *int) *cobra.Command {
	p := &partTool{changer: changer{ctx: ctx, in: in, out: out, code: code}}
	group := &cobra.Command{Use: "part", Short: "Look at partition tables and boot code and change them", Long: partHelp,
		Args: noCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	look := func(use, short string, do func(*inspect.Patient) error) {
		cmd := &cobra.Command{Use: use, Short: short, RunE: func(_ *cobra.Command, disks []string) error { return p.look(disks, do) }}
		cmd.Flags().BoolVar(&p.json, "json", false, "print one JSON object")
		cmd.Flags().StringVar(&p.machine, "machine", "", "machine profile the disks will run in, e.g. qemu-pc")
		group.AddCommand(cmd)
	}
	look("ls [DISK...]", "list tables, partitions and whose boot code there is", p.list)
	look("check [DISK...]", "judge tables and boot code; writes nothing", p.check)

	p.add(group, "active DISK N|none", "make a partition the active one, or none", 2, (*partTool).active)
	p.add(group, "type DISK N TYPE", "give a partition another type: hexadecimal (MBR), a GUID or esp, basic, recovery (GPT)", 3, (*partTool).setType)
	p.add(group, "hide DISK N", "give a partition the hidden form of its type (MBR)", 2, (*partTool).hide)
	p.add(group, "unhide DISK N", "give a partition the plain form of its type (MBR)", 2, (*partTool).unhide)
	p.add(group, "signature DISK HEX", "set the disk signature (MBR, 8 hexadecimal digits) or the disk GUID (GPT)", 2, (*partTool).signature)
	mbr := p.add(group, "mbr DISK", "write boot code into the MBR that starts the active partition; table and signature stay", 1, (*partTool).writeMBR)
	vbr := p.add(group, "vbr DISK N", "restore the boot sector of a volume from its copy, or its boot code from another volume", 2, (*partTool).writeVBR)
	for _, cmd := range []*cobra.Command{mbr, vbr} {
		cmd.Flags().BoolVar(&p.foreign, "replace-foreign", false, "boot code of others may go, too")
	}
	vbr.Flags().StringVar(&p.from, "from", "", "take the boot code of partition M of the same disk (or DISK:M)")
	return group
}

// partAction are the patches of a disk or of a volume that a verb makes.
type partAction struct {
	title   string
	volume  *inspect.Volume // nil: the patches count from the start of the disk
	patches []part.Patch
}

// add puts a verb that writes into the group.
func (p *partTool) add(group *cobra.Command, use, short string, n int, action func(p *partTool, d *inspect.Disk, args []string) (partAction, error)) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: usageArgs(cobra.ExactArgs(n)),
		RunE: func(_ *cobra.Command, args []string) error { return p.change(args, action) }}
	cmd.Flags().BoolVar(&p.yes, "yes", false, "do not ask; required without a terminal")
	cmd.Flags().StringSliceVar(&p.evenIf, "even-if", nil, "faults (IDs of findings) that the change may cause")
	addWriting(cmd, &p.opt)
	group.AddCommand(cmd)
	return cmd
}

// look opens the disks for reading.
func (p *partTool) look(disks []string, do func(*inspect.Patient) error) error {
	m, sources, closeAll, err := openDisks(p.machine, disks)
	if err != nil {
		return err
	}
	defer closeAll()
	patient, err := inspect.Inspect(p.ctx, m, sources)
	if err != nil {
		return err
	}
	return do(patient)
}

// change makes the plan of a verb and carries it out.
func (p *partTool) change(args []string, action func(*partTool, *inspect.Disk, []string) (partAction, error)) error {
	if !p.yes && !isTerminal(p.in) {
		return usageError{errors.New("this asks before it writes; without a terminal, --yes is required")}
	}
	if err := (repair.Options{Only: p.evenIf}).Check(); err != nil {
		return usageError{err}
	}
	disks := []string{args[0]}
	if d, _, ok := cutPartition(p.from); ok {
		disks = append(disks, d)
	}
	m, sources, closeAll, err := openDisks("", disks)
	if err != nil {
		return err
	}
	defer closeAll()
	done, err := recoverOpen(m, sources, p.opt.Homes.StateDir)
	for _, r := range done {
		fmt.Fprintln(p.out, r)
	}
	if err != nil {
		return err
	}
	patient, err := inspect.Inspect(p.ctx, m, sources)
	if err != nil {
		return err
	}
	if d := patient.Disks[0]; d.Err != nil {
		return d.Err
	}
	p.patient = patient
	a, err := action(p, patient.Disks[0], args[1:])
	if err != nil {
		return p.judge(err)
	}
	return p.carryOut(patient, a)
}

func (p *partTool) carryOut(patient *inspect.Patient, a partAction) error {
	steps, err := condition.PatchDisk(patient.Disks[0], "", a.patches)
	if a.volume != nil {
		steps, err = condition.PatchVolume(a.volume, "", a.patches)
	}
	if err != nil {
		return p.judge(err)
	}
	findings, err := condition.Detect(p.ctx, patient)
	if err != nil {
		return err
	}
	p.opt.Progress = progressOn(p.out)
	what := repair.Action{Title: a.title, Steps: steps, Brings: p.evenIf}
	plan, err := repair.NewActionPlan(p.ctx, patient, findings, []repair.Action{what}, p.opt)
	if err != nil {
		return p.judge(err)
	}
	for _, m := range a.patches {
		fmt.Fprintln(p.out, "CHANGE", m)
	}
	return p.commit(what, plan)
}

// judge turns a refusal into the exit code of the contract.
func (p *partTool) judge(err error) error {
	if errors.As(err, new(usageError)) {
		return err
	}
	if errors.Is(err, part.ErrRefused) {
		fmt.Fprintln(p.out, "RESULT", err)
		*p.code = report.ExitPerson
		return nil
	}
	if errors.As(err, new(*repair.VerifyError)) {
		fmt.Fprintln(p.out, "The disk would get a fault that it has not now. If that is wanted, name its ID with --even-if.")
	}
	return p.refuse(err)
}

// partitionNumber reads N.
func partitionNumber(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, usageError{fmt.Errorf("%q is no number of a partition", s)}
	}
	return n, nil
}

func (p *partTool) printJSON(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
