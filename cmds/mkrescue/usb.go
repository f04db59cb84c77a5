package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/builder/scratch"
)

// qcow2Out is where an image in that format goes.
const qcow2Out = "out/bootmend-usb.qcow2"

func usbCommand(space *scratch.Space) *cobra.Command {
	o := newOptions(space)
	data, table, format := 64, string(builder.GPT), string(builder.Raw)
	c := &cobra.Command{
		Use:   "usb",
		Short: "Build the image of a USB stick: the hybrid image and a writable partition",
		Long: `Build the image of a USB stick: the hybrid image, which starts on BIOS and
UEFI, and a FAT32 partition BOOTMEND that holds what you put there: driver
packages, answers. Write it with dd or any program that writes images.

The partition table is a GPT. --table mbr is for a BIOS that does not start from
GPT, and where Windows XP shall read the stick.

The image is also one of a disk, for hypervisors and clouds that start a machine
from a rescue disk. --format qcow2 makes it QEMU's format (with qemu-img).`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromFlags(c, &o); err != nil {
				return err
			}
			if data < 34 || data > 2048 {
				return fmt.Errorf("--data-size %d: want 34 to 2048 (MiB)", data)
			}
			start := time.Now()
			if format == string(builder.QCOW2) && !c.Flags().Changed("output") {
				o.Out = qcow2Out
			}
			sizes, err := builder.USB(o, builder.Stick{DataSize: int64(data) << 20, Table: builder.Table(table), Format: builder.Format(format)})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes in %.1f s\n", o.Out, sizes.Image, time.Since(start).Seconds())
			printSizes(c.OutOrStdout(), o, sizes)
			return nil
		},
	}
	commonFlags(c, &o, "out/bootmend-usb.img")
	c.Flags().StringVar(&table, "table", table, "partition table: gpt or mbr")
	c.Flags().StringVar(&format, "format", format, "raw, or qcow2, which goes to "+qcow2Out+" unless --output is given")
	c.Flags().IntVar(&data, "data-size", data, "size of the writable partition in MiB, 34 to 2048")
	return c
}
