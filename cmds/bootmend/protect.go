package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block/protection"
	"github.com/spf13/cobra"
)

// protectCommand is for a person who writes to a disk with a command of the shell, to
// put a saved image back for instance.
func protectCommand(out io.Writer, keeper protection.Keeper) *cobra.Command {
	off := false
	cmd := &cobra.Command{
		Use:   "protect [--off DISK...]",
		Short: "Lift the write protection of disks in the rescue image, or put it back",
		Long: `The rescue image write-protects every disk in the kernel; repairs lift that for
as long as they write. --off lifts it for commands of the shell: dd to /dev/sda,
for instance. What these write is not proved, no journal covers it, and
bootmend undo does not take it back.

Without --off all disks that are not in use are protected again, as they are
when the shell is left.`,
		RunE: func(_ *cobra.Command, disks []string) error {
			switch {
			case !off && len(disks) > 0:
				return usageError{errors.New("protect goes without names: all disks are protected")}
			case !off:
				return keeper.Again()
			case len(disks) == 0:
				return usageError{errors.New("say which disk")}
			}
			for _, path := range disks {
				lifted, err := keeper.Lift(path)
				switch {
				case err != nil:
					return err
				case len(lifted) == 0:
					fmt.Fprintf(out, "%s is not write-protected by bootmend\n", path)
					continue
				}
				fmt.Fprintf(out, "%s can be written to now. WARNING: nothing proves what you write there, and\nbootmend undo does not take it back. bootmend protect protects it again.\n", path)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&off, "off", false, "lift the protection of these disks or partitions")
	return cmd
}
