package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/builder/drivers"
	"github.com/bootmend/bootmend/builder/scratch"
)

func newOptions(space *scratch.Space) builder.Options {
	p := newProgress()
	return builder.Options{Logf: p.Logf, Done: p.Done, Progress: p.Progress, Scratch: space}
}

// commonFlags are those of every medium with a kernel.
func commonFlags(c *cobra.Command, o *builder.Options, out string) {
	f := c.Flags()
	f.StringArrayVar(&o.Drivers, "drivers", nil, "add the driver packages of this folder, ISO image, cabinet or self-extracting EXE; may be repeated")
	f.StringVarP(&o.Out, "output", "o", out, "what to write")
	f.StringVar(&o.Cache, "cache", "", "directory for packages and temporary files (default .cache beside go.mod)")
	f.StringVar(&o.Source, "source", "", "directory of bootmend's sources (default: the module around the current directory)")
	f.StringVar(&o.Kernel, "kernel", "", "kernel image instead of the distribution's")
	f.StringVar(&o.Modules, "modules", "", "module tree of that kernel: .../lib/modules/RELEASE")
	f.StringVar(&o.Append, "append", "", "kernel arguments, for instance bootmend.mode=auto")
	f.StringArrayVar(&o.SSHKeys, "ssh-key", nil, "file with public keys of who may come in by SSH, once the network is up (--append bootmend.net=dhcp); may be repeated")
	f.StringArrayVar(&o.BitLockerKeys, "bitlocker-key", nil, "recovery key, or ID:KEY, that the rescue unlocks volumes with; whoever has the image has the key; may be repeated")
	f.StringVar(&o.Answers, "answers", "", "answer file for the image")
	f.StringVar((*string)(&o.Arch), "arch", "", "amd64 (default), i386 for processors since the Pentium Pro, or universal for both")
	f.BoolVar(&o.Offline, "offline", false, "download nothing: build from what the cache has of an earlier build")
	f.String("profile", "", "file that says what goes onto the medium (mkrescue profile --help); flags go before it")
	f.StringVar(&o.From, "from", "", "take kernel, programs and boot loaders from this ISO image: nothing is compiled, and nothing downloaded but the boot loaders for the network (pxe), which --offline takes from the cache")
}

func printSizes(out io.Writer, o builder.Options, sizes builder.Sizes) {
	if o.From == "" {
		fmt.Fprintf(out, "  kernel     %9d\n  initramfs  %9d\n  commands   %9d unpacked\n  modules    %9d unpacked, %d files\n",
			sizes.Kernel, sizes.Initramfs, sizes.Commands, sizes.ModuleBytes, sizes.Modules)
	}
	if sizes.Drivers != nil {
		printDrivers(out, sizes.Drivers)
	}
}

// printDrivers lists the packages that went onto the medium and those that did not.
func printDrivers(out io.Writer, set *drivers.Set) {
	for _, p := range set.Packages {
		if p.LeftOut != "" {
			fmt.Fprintf(out, "  left out   %s: %s\n", p.Where, p.LeftOut)
			continue
		}
		fmt.Fprintf(out, "  driver     %9d  %s (%d files)\n", p.Bytes, p.Where, p.Files)
	}
	for _, err := range set.Problems {
		fmt.Fprintf(out, "  not read   %v\n", err)
	}
	fmt.Fprintf(out, "  drivers    %9d, %d files\n", set.Bytes, len(set.Files))
}
