package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/builder/scratch"
)

func isoCommand(space *scratch.Space) *cobra.Command {
	o := newOptions(space)
	lite := false
	c := &cobra.Command{
		Use:   "iso",
		Short: "Build a hybrid ISO that boots from CD and USB stick, on BIOS and UEFI",
		Long: `Build a hybrid ISO that boots from CD and USB stick, on BIOS and UEFI.

Kernel and boot loaders come from the distribution's packages, downloaded with
apt into the cache; nothing is installed. SOURCE_DATE_EPOCH sets the time of all
files of the image; without it the time of the last commit is taken.

--arch universal makes an image with two systems, of which the boot loader takes the one
that the processor runs; --arch i386 has only that for processors without 64 bits.

Beside the image lie its manifest (FILE.manifest.json: every file, where it is from, its
checksum; the manifest is on the image, too) and its SBOM (FILE.spdx.json).

--drivers takes the packages that Windows may need to start (an INF file or a
txtsetup.oem with its files) out of what is named, for instance virtio-win.iso,
into the folder drivers of the image, where repairs look for them.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromFlags(c, &o); err != nil {
				return err
			}
			start := time.Now()
			make := builder.ISO
			if lite {
				make = builder.LiteISO
			}
			sizes, err := make(o)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes in %.1f s\n", o.Out, sizes.Image, time.Since(start).Seconds())
			printSizes(c.OutOrStdout(), o, sizes)
			return nil
		},
	}
	commonFlags(c, &o, "out/bootmend.iso")
	c.Flags().BoolVar(&lite, "lite", false, "for old and tiny machines: a kernel of ours and the lean program, no network, no Secure Boot; builds a kernel the first time")
	c.Flags().BoolVar(&o.DriversInMemory, "drivers-in-memory", false, "put them into the initramfs: for boot loaders that load ISO images; takes memory")
	return c
}
