package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/builder/scratch"
)

func pxeCommand(space *scratch.Space) *cobra.Command {
	o := newOptions(space)
	c := &cobra.Command{
		Use:   "pxe",
		Short: "Fill a directory for a TFTP or HTTP server: PXE, UEFI network boot, iPXE",
		Long: `Fill a directory for a TFTP or HTTP server.

  BIOS, PXE        pxelinux.0
  UEFI             bootx64.efi (shim and signed GRUB: Secure Boot works);
                   bootia32.efi for 32 bits
  iPXE             bootmend.ipxe
  direct boot      vmlinuz with initrd.img

Name the first column's file as the boot file in your DHCP server. Driver
packages (--drivers) go into the initramfs, since the machine has no medium.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromFlags(c, &o); err != nil {
				return err
			}
			start := time.Now()
			sizes, err := builder.PXE(o)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes in %.1f s\n", o.Out, sizes.Image, time.Since(start).Seconds())
			printSizes(c.OutOrStdout(), o, sizes)
			return nil
		},
	}
	commonFlags(c, &o, "out/netboot")
	return c
}
