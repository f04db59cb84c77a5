// Command mkrescue builds boot media of bootmend.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/builder/drivers"
)

func main() {
	root := &cobra.Command{Use: "mkrescue", Short: "Build boot media of bootmend", SilenceUsage: true}
	root.AddCommand(isoCommand())
	if root.Execute() != nil {
		os.Exit(1)
	}
}

func isoCommand() *cobra.Command {
	o := builder.Options{Logf: func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "mkrescue: "+format+"\n", args...)
	}}
	c := &cobra.Command{
		Use:   "iso",
		Short: "Build a hybrid ISO that boots from CD and USB stick, on BIOS and UEFI",
		Long: `Build a hybrid ISO that boots from CD and USB stick, on BIOS and UEFI.

Kernel and boot loaders come from the distribution's packages, downloaded with
apt into the cache; nothing is installed. SOURCE_DATE_EPOCH sets the time of all
files of the image; without it the time of the last commit is taken.

--drivers takes the packages that Windows may need to start (an INF file or a
txtsetup.oem with its files) out of what is named, for instance virtio-win.iso,
into the folder drivers of the image, where repairs look for them.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromEnvironment(&o); err != nil {
				return err
			}
			start := time.Now()
			sizes, err := builder.ISO(o)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes in %.1f s\n", o.Out, sizes.Image, time.Since(start).Seconds())
			if o.From == "" {
				fmt.Fprintf(c.OutOrStdout(), "  kernel     %9d\n  initramfs  %9d\n  commands   %9d unpacked\n  modules    %9d unpacked, %d files\n",
					sizes.Kernel, sizes.Initramfs, sizes.Commands, sizes.ModuleBytes, sizes.Modules)
			}
			if sizes.Drivers != nil {
				printDrivers(c.OutOrStdout(), sizes.Drivers)
			}
			return nil
		},
	}
	f := c.Flags()
	f.BoolVar(&o.DriversInMemory, "drivers-in-memory", false, "put them into the initramfs: for PXE and boot loaders that load ISO images; takes memory")
	f.StringArrayVar(&o.Drivers, "drivers", nil, "add the driver packages of this folder, ISO image, cabinet or self-extracting EXE; may be repeated")
	f.StringVarP(&o.Out, "output", "o", "out/bootmend.iso", "file to write")
	f.StringVar(&o.Cache, "cache", "", "directory for packages and temporary files (default .cache beside go.mod)")
	f.StringVar(&o.Source, "source", "", "directory of bootmend's sources (default: the module around the current directory)")
	f.StringVar(&o.Kernel, "kernel", "", "kernel image instead of the distribution's")
	f.StringVar(&o.Modules, "modules", "", "module tree of that kernel: .../lib/modules/RELEASE")
	f.StringVar(&o.Append, "append", "", "kernel arguments, for instance bootmend.mode=auto")
	f.StringArrayVar(&o.SSHKeys, "ssh-key", nil, "file with public keys of who may come in by SSH, once the network is up (--append bootmend.net=dhcp); may be repeated")
	f.StringVar(&o.From, "from", "", "take everything but --append, --drivers and --ssh-key from this image; nothing is compiled or downloaded")
	return c
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

// fromEnvironment fills in what flags left open.
func fromEnvironment(o *builder.Options) error {
	if o.Source == "" {
		out, err := exec.Command("go", "env", "GOMOD").Output()
		if err != nil {
			return fmt.Errorf("go env GOMOD: %w", err)
		}
		mod := strings.TrimSpace(string(out))
		if mod == "" || mod == os.DevNull {
			return fmt.Errorf("no go.mod here: run mkrescue in bootmend's sources or give --source")
		}
		o.Source = filepath.Dir(mod)
	}
	if o.Cache == "" {
		o.Cache = filepath.Join(o.Source, ".cache")
	}
	var err error
	o.Epoch, err = epoch(o.Source)
	return err
}

// fallbackEpoch is the time of files where there is neither SOURCE_DATE_EPOCH
// nor a git history: 2024-01-01.
const fallbackEpoch = 1704067200

func epoch(source string) (time.Time, error) {
	text, ok := os.LookupEnv("SOURCE_DATE_EPOCH")
	if !ok {
		git := exec.Command("git", "log", "-1", "--format=%ct")
		git.Dir = source
		out, err := git.Output()
		if err != nil {
			return time.Unix(fallbackEpoch, 0), nil
		}
		text = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0), nil
}
