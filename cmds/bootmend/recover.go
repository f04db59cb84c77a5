package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/spf13/cobra"
)

// recoverCommand finishes what an interrupted repair left open.
func recoverCommand(out io.Writer, code *int) *cobra.Command {
	var stateDir string
	cmd := &cobra.Command{
		Use:   "recover [DISK...]",
		Short: "Finish a repair that was interrupted, or take it back",
		RunE: func(_ *cobra.Command, disks []string) error {
			m, sources, closeAll, err := openDisks("", disks)
			if err != nil {
				return err
			}
			defer closeAll()
			done, err := recoverOpen(m, sources, stateDir)
			for _, r := range done {
				fmt.Fprintln(out, r)
			}
			switch {
			case errors.Is(err, journal.ErrOvertaken):
				*code = report.ExitPerson
				fmt.Fprintln(out, err)
				return nil
			case errors.Is(err, journal.ErrOpen), errors.Is(err, journal.ErrMissing):
				*code = report.ExitInterrupted
				fmt.Fprintln(out, err)
				return nil
			case err == nil && len(done) == 0:
				fmt.Fprintln(out, "no repair was interrupted")
			}
			return err
		},
	}
	cmd.Flags().StringVar(&stateDir, "state-dir", repair.StateDir, "where journals of block devices are kept")
	return cmd
}
