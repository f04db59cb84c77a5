package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block/protection"
	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/spf13/cobra"
)

// flags are those of the three commands.
type flags struct {
	json    bool
	machine string
	efivars string
	keys    []string
	yes     bool
	asked   asked
	drivers []string
	explain string
	opt     repair.Options
	auto    unattended
}

// usageError is a mistake in the call.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }

// run is the program without the process around it. It returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	code := report.ExitOK
	root := rootCommand(ctx, in, out, errOut, &code)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.Execute()
	if err == nil {
		return code
	}
	if !errors.Is(err, syscall.EPIPE) { // as with head: there is nobody to tell
		fmt.Fprintln(errOut, "bootmend:", err)
	}
	if errors.As(err, new(usageError)) {
		fmt.Fprintln(errOut, "bootmend: see bootmend --help")
		return report.ExitUsage
	}
	return report.ExitError
}

func rootCommand(ctx context.Context, in io.Reader, out, errOut io.Writer, code *int) *cobra.Command {
	root := &cobra.Command{
		Use:   "bootmend",
		Short: "Finds out why Windows does not start, and repairs it",
		Long: `Finds out why Windows does not start, and repairs it.

DISK is a raw image or a block device; without one, all disks of this machine.

--machine says which machine the disks will run in: ` + strings.Join(machine.ProfileNames(), " ") + `,
or pci:VVVV:DDDD[:CCSSPP] for a controller by vendor, device and class in
hexadecimal. Without it, an image's controller is not known.

Exit codes: 0 nothing wrong, or all repaired and verified; 10 findings that can
be repaired; 11 findings that need a person or another tool; 12 nothing was
written because verification or a precondition failed; 13 a commit was
interrupted; 14 the disk is in use; 1 error; 2 usage.`,
		SilenceUsage: true, SilenceErrors: true,
		Args: noCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	for _, c := range []struct {
		name, short string
		repairs     bool
	}{
		{"scan", "Look at the disks, walk the boot chain, list findings; never writes", false},
		{"plan", "Scan, and print every step that repair would take, to the byte range; never writes", true},
		{"repair", "Plan, carry out on an overlay, verify, and write", true},
	} {
		f := &flags{}
		cmd := &cobra.Command{
			Use: c.name + " [DISK...]", Short: c.short,
			RunE: func(_ *cobra.Command, disks []string) error {
				if f.asked.list {
					return listActions(out)
				}
				e := engine{ctx: ctx, in: in, out: out, errOut: errOut, command: c.name, flags: *f, started: time.Now()}
				if f.explain != "" {
					n, err := e.explainCondition(f.explain, disks)
					*code = n
					return err
				}
				n, err := e.run(disks)
				*code = n
				return err
			},
		}
		cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object")
		cmd.Flags().StringVar(&f.machine, "machine", "", "machine profile the disks will run in, e.g. qemu-q35 or pci:8086:2922")
		addVariables(cmd, &f.efivars)
		addKeys(cmd, &f.keys)
		addDrivers(cmd, &f.drivers)
		f.auto.addFlags(cmd)
		if c.repairs {
			cmd.Flags().StringSliceVar(&f.opt.Only, "only", nil, "take up these conditions only (IDs; where there are several findings of one, ID:NAME takes one of them)")
			cmd.Flags().StringSliceVar(&f.opt.Except, "except", nil, "leave these conditions alone (IDs, ID:NAME)")
			f.asked.addFlags(cmd)
			addWriting(cmd, &f.opt)
		} else {
			addHomes(cmd, &f.opt.Homes)
			cmd.Flags().StringVar(&f.explain, "explain", "", "tell all that is decided about this condition (ID), and what its repair would do")
		}
		if c.name == "repair" {
			cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask; required without a terminal")
		}
		root.AddCommand(cmd)
	}
	root.AddCommand(undoCommand(ctx, in, out, errOut, code), recoverCommand(out, code), consoleCommand(ctx, in, code),
		fsCommand(ctx, in, out, code), hiveCommand(ctx, in, out, errOut, code), partCommand(ctx, in, out, code))
	if edition.NT6 {
		root.AddCommand(bcdCommand(ctx, in, out, errOut, code), explainCommand(ctx, out, code), drvCommand(ctx, in, out, errOut, code))
	}
	if edition.Mounts {
		root.AddCommand(mountCommand(ctx, out, code), umountCommand(out, code))
	}
	root.AddCommand(reportCommand(ctx, out, errOut, code), answersCommand(ctx, out, errOut, code), protectCommand(out, protection.Here()))
	return root
}

// addWriting adds the flags of everything that writes to a disk.
func addWriting(cmd *cobra.Command, opt *repair.Options) {
	addHomes(cmd, &opt.Homes)
	cmd.Flags().BoolVar(&opt.NoUndo, "no-undo", false, "go on where there is no place to keep what was there before")
	cmd.Flags().BoolVar(&opt.Uncovered, "allow-uncovered", false, "go on without a journal where there is no place for one: a power cut may leave the disk half repaired")
	cmd.Flags().BoolVar(&opt.DiscardLog, "discard-log", false, "empty an NTFS log that cannot be replayed: the last changes before the volume was cut off are lost")
	cmd.Flags().BoolVar(&opt.DiscardHibernation, "discard-hibernation", false, "throw away the memory image of a hibernated Windows: what was open and not saved is lost")
}

// addDrivers adds the flag that names where driver packages may come from.
func addDrivers(cmd *cobra.Command, paths *[]string) {
	// An array: file names may have commas.
	cmd.Flags().StringArrayVar(paths, "drivers", nil, "take drivers from this folder, ISO or disk image, cabinet or self-extracting EXE as well; may be repeated")
}

// openMedia opens what --drivers names.
func openMedia(paths []string) ([]source.Tree, error) {
	var all []source.Tree
	for _, path := range paths {
		t, err := media.Open(path)
		if err != nil {
			return nil, fmt.Errorf("--drivers %s: %w", path, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// addKeys adds the flag that unlocks volumes of BitLocker.
func addKeys(cmd *cobra.Command, keys *[]string) {
	cmd.Flags().StringArrayVar(keys, "bitlocker-key", nil, "unlock volumes of BitLocker with this recovery key (48 digits in groups; ID:KEY for the one of that ID) or key file (.bek); may be repeated; "+keyVariable+" in the environment names keys for all commands")
}

// addVariables adds the flag that says where the firmware's boot entries are. A host's
// own say nothing about the machine that a disk is from.
func addVariables(cmd *cobra.Command, dir *string) {
	at := ""
	if _, err := os.Stat(imageMark); err == nil {
		at = efivarfs.Dir
	}
	cmd.Flags().StringVar(dir, "efivars", at, "folder with the variables of the machine's UEFI firmware as Linux shows them; they are repaired there, too (default in the rescue image: "+efivarfs.Dir+")")
}

// imageMark is a file that only the rescue image has.
const imageMark = "/" + pid1.ManifestPath

// inImage reports whether this runs in the rescue image.
func inImage() bool {
	_, err := os.Stat(imageMark)
	return err == nil
}

// addHomes adds the flags that say where journals are kept. In the rescue image
// the disk is the only place that survives a power cut, so it is the default
// there, also for what a person types in the shell.
func addHomes(cmd *cobra.Command, homes *repair.Homes) {
	cmd.Flags().BoolVar(&homes.OnDisk, "journal-on-disk", inImage(), "keep the journal in free space of the disk itself, and the undo bundle on it (default in the rescue image)")
	cmd.Flags().StringVar(&homes.StateDir, "state-dir", repair.StateDir, "where journals and undo bundles of block devices are kept")
}

func noCommand(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("there is no command %q", args[0])}
	}
	return nil
}

// isTerminal reports whether in is a terminal that a person could answer at.
func isTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0 && isTTY(f)
}
