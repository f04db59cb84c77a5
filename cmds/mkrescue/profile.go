package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func profileCommand() *cobra.Command {
	o := newOptions(nil)
	c := &cobra.Command{
		Use:   "profile [FLAGS]",
		Short: "Check what a profile and flags say, and print it as a profile",
		Long: `Check what a profile and flags say, and print it as a profile, for all media that
take --profile. Nothing is built; where modules are named the kernel's package is looked
at, and downloaded into the cache unless it is there. A profile is a YAML file; every
field may be absent, paths are from where it lies:

  arch: amd64                    # or i386, universal
  append: bootmend.mode=ask      # kernel arguments
  drivers: [virtio-win.iso]      # as --drivers
  drivers-in-memory: false
  answers: answers.yaml          # answer file (bootmend answers FILE checks one)
  ssh-keys: [id.pub]
  bitlocker-keys: [111111-222222-333333-444444-555555-666666-777777-888888]
  files:                         # files of your own in the initramfs
    - {from: fix.reg, to: /root/fix.reg, mode: "0644"}
  modules: [ext4, -floppy]       # more kernel modules, or none of these
  leave-out: [nano, ntfs-3g]     # commands and programs`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromFlags(c, &o); err != nil {
				return err
			}
			if err := o.Check(); err != nil {
				return err
			}
			text, err := o.Dump()
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(c.OutOrStdout(), string(text))
			return err
		},
	}
	commonFlags(c, &o, "")
	return c
}
