package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/builder/scratch"
)

// floppyOut is where the floppy goes when nobody says where: each kind has a name of its
// own, so that making one does not take away another.
func floppyOut(size string, arch builder.Arch) string {
	name := map[string]string{"2880": "floppy", "1440x2": "floppy-set", "1440": "starter"}[size]
	if arch == builder.AMD64 {
		name += "-amd64"
	}
	return "out/" + name + ".img"
}

func floppyCommand(space *scratch.Space) *cobra.Command {
	o := newOptions(space)
	size, explain := "2880", false
	c := &cobra.Command{
		Use:   "floppy",
		Short: "Build a floppy that repairs by itself Windows NT 4 to Server 2003",
		Long: `Build the image of a floppy that needs no other medium: for virtual floppy drives,
and for boot loaders that start images of floppies.

Kernel and program are made for it: the kernel is built from the distribution's
package linux-source (once; it takes minutes), the program is bootmend for Windows
NT 4 to Server 2003. --explain lists what was left out. It has no modules and no
network. Drivers are taken from a second floppy (mkrescue driver-floppy), a CD, or
the disk itself.

--size 1440 makes another one, for every drive, with a menu: it finds and starts the rescue on a
CD, disk or USB stick that the BIOS cannot start from (GRUB with drivers of its
own for ATA, AHCI and USB).

--size 1440x2 makes a set of two floppies, for drives that know no floppies of 2,880
KiB (Hyper-V, VMware): for -o x.img these are x-1.img and x-2.img. Start from the
first; its loader asks for the second, and looks into the second drive, too.

The default, i386, starts on every PC since the Pentium Pro. --arch amd64 has a kernel of
64 bits, which uses all of a large memory.

Without --output the floppy is out/floppy.img, the set out/floppy-set-1.img and
out/floppy-set-2.img, the one that starts a CD out/starter.img; with --arch amd64
out/floppy-amd64.img, out/floppy-set-amd64-1.img and out/floppy-set-amd64-2.img.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if size != "2880" && size != "1440" && size != "1440x2" {
				return fmt.Errorf("--size %s: want 2880 (starts by itself), 1440x2 (the same, two floppies) or 1440 (starts a CD, disk or stick)", size)
			}
			if explain {
				if size == "1440" {
					return errors.New("--explain lists what the program on a floppy has not; that of --size 1440 has none: it starts the whole rescue from a CD, disk or stick")
				}
				if err := fromProfile(c, &o); err != nil {
					return err
				}
				return explainFloppy(c.OutOrStdout(), o.Arch)
			}
			if err := fromFlags(c, &o); err != nil {
				return err
			}
			if !c.Flags().Changed("output") {
				o.Out = floppyOut(size, o.Arch)
			}
			start := time.Now()
			if size == "1440" {
				sizes, err := builder.StarterFloppy(o)
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes in %.1f s\n", o.Out, sizes.Image, time.Since(start).Seconds())
				}
				return err
			}
			build, names := builder.SelfContainedFloppy, o.Out
			if size == "1440x2" {
				set := builder.FloppySetNames(o.Out)
				build, names = builder.FloppySet, set[0]+", "+set[1]
			}
			made, err := build(o)
			if made != nil {
				printBudget(c.OutOrStdout(), made)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes in %.1f s\n", names, made.Image, time.Since(start).Seconds())
			return nil
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Out, "output", "o", "", "what to write (default out/floppy.img, for --size 1440x2 out/floppy-set.img, for 1440 out/starter.img)")
	f.StringVar(&o.Cache, "cache", "", "directory for packages and temporary files (default .cache beside go.mod)")
	f.StringVar(&o.Source, "source", "", "directory of bootmend's sources (default: the module around the current directory)")
	f.StringVar(&o.Append, "append", "", "kernel arguments, for instance bootmend.mode=auto")
	f.StringVar((*string)(&o.Arch), "arch", "", "i386 (default) or amd64")
	f.BoolVar(&o.Offline, "offline", false, "download nothing: build from what the cache has of an earlier build")
	f.String("profile", "", "file that says what goes onto the medium (mkrescue profile --help): of it the floppy takes arch and append")
	f.StringVar(&size, "size", size, "KiB of the floppy: 2880, 1440x2 for two floppies of 1440, or 1440 for one that starts the rescue from a CD, disk or stick")
	f.BoolVar(&explain, "explain", false, "list what the program on the floppy has not")
	return c
}

// printBudget says where the bytes are.
func printBudget(out io.Writer, made *builder.BootFloppy) {
	fmt.Fprintf(out, "  room       %9d\n  kernel     %9d\n  initramfs  %9d\n  free       %9d\n  program    %9d unpacked, of which\n",
		made.Room, made.Kernel, made.Initramfs, made.Room-(made.Kernel+2047)/2048*2048-(made.Initramfs+2047)/2048*2048, made.Commands)
	rest := int64(0)
	for i, p := range made.Packages {
		if i < 40 {
			fmt.Fprintf(out, "    %9d  %s\n", p.Bytes, p.Package)
			continue
		}
		rest += p.Bytes
	}
	fmt.Fprintf(out, "    %9d  %s\n", rest, strconv.Itoa(max(0, len(made.Packages)-40))+" others")
}

// explainFloppy lists what the floppy has not.
func explainFloppy(out io.Writer, arch builder.Arch) error {
	all, err := builder.FloppyLeavesOut(arch)
	if err != nil {
		return err
	}
	for _, l := range all {
		if _, err := fmt.Fprintf(out, "%-12s %s\n", l.What, l.Why); err != nil {
			return err
		}
	}
	return nil
}
