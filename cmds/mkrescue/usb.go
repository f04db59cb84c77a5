package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
)

func usbCommand() *cobra.Command {
	o := newOptions()
	data := 64
	c := &cobra.Command{
		Use:   "usb",
		Short: "Build the image of a USB stick: the hybrid image and a writable partition",
		Long: `Build the image of a USB stick: the hybrid image, which starts on BIOS and
UEFI, and a FAT32 partition BOOTMEND that holds what you put there: driver
packages, answers. Write it with dd or any program that writes images.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromFlags(c, &o); err != nil {
				return err
			}
			start := time.Now()
			sizes, err := builder.USB(o, int64(data)<<20)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes in %.1f s\n", o.Out, sizes.Image, time.Since(start).Seconds())
			printSizes(c.OutOrStdout(), o, sizes)
			return nil
		},
	}
	commonFlags(c, &o, "out/bootmend-usb.img")
	c.Flags().IntVar(&data, "data-size", data, "size of the writable partition in MiB, 34 to 2048")
	return c
}
