package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
	"github.com/spf13/cobra"
)

// recoverCommand finishes what an interrupted repair left open.
func recoverCommand(out io.Writer, code *int) *cobra.Command {
	var stateDir string
	var keys []string
	cmd := &cobra.Command{
		Use:   "recover [DISK...]",
		Short: "Finish a repair that was interrupted, or take it back",
		RunE: func(_ *cobra.Command, disks []string) error {
			s, err := openSession(session.Place{Disks: disks, StateDir: stateDir, Keys: keys})
			if err != nil {
				return err
			}
			defer s.Close()
			done, err := s.Recover()
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
	addKeys(cmd, &keys)
	cmd.Flags().StringVar(&stateDir, "state-dir", repair.StateDir, "where journals of block devices are kept")
	return cmd
}
