package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/builder/scratch"
)

func driverFloppyCommand(space *scratch.Space) *cobra.Command {
	o := builder.FloppyOptions{Scratch: space}
	size := 1440
	c := &cobra.Command{
		Use:   "driver-floppy [PATH...]",
		Short: "Put drivers onto a floppy image that the rescue picks up when attached",
		Long: `Put drivers onto a floppy image that the rescue picks up when attached.

Of a PATH that holds driver packages (a folder, ISO image, cabinet or
self-extracting EXE) those are taken that Windows may need to start. Any other
PATH is put there as it is: a scsiport.sys, the EXE of an update. The drivers of a
profile (mkrescue profile --help) are PATHs, too.`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if size != 1440 && size != 2880 {
				return fmt.Errorf("--size %d: want 1440 or 2880", size)
			}
			var profile builder.Options
			if err := fromProfile(c, &profile); err != nil {
				return err
			}
			o.Size, o.Paths = int64(size)<<10, append(profile.Drivers, args...)
			if len(o.Paths) == 0 {
				return errors.New("there is nothing to put onto the floppy: name a PATH, or a --profile with drivers")
			}
			if o.Epoch, err = epoch("."); err != nil {
				return err
			}
			content, err := builder.DriverFloppy(o)
			if err != nil {
				return err
			}
			for _, name := range content.Files {
				fmt.Fprintf(c.OutOrStdout(), "  file       %s\n", name)
			}
			if content.Packages != nil {
				printDrivers(c.OutOrStdout(), content.Packages)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes of files on a floppy of %d KiB\n", o.Out, content.Bytes, size)
			return nil
		},
	}
	c.Flags().StringVarP(&o.Out, "output", "o", "out/drivers.img", "file to write")
	c.Flags().String("profile", "", "file that says what goes onto a medium: of it the floppy takes the drivers")
	c.Flags().IntVar(&size, "size", size, "1440 (every drive knows it) or 2880 KiB")
	return c
}
