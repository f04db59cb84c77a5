package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// devicesCommand lists the devices of this machine like lspci, and for storage
// controllers the driver of each Windows.
func devicesCommand(out io.Writer) *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "devices [pci:VVVV:DDDD...]",
		Short: "list this machine's devices, and which driver Windows needs for each disk controller (also: lspci)",
		RunE: func(_ *cobra.Command, ids []string) error {
			devices, err := namedDevices(ids)
			if err != nil {
				return err
			}
			known, err := catalog.Load()
			if err != nil {
				return err
			}
			for _, d := range devices {
				printDevice(out, d)
				if d.Storage() {
					printDrivers(out, known, bootchain.CatalogDevice(d.Controller), all)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every version of Windows, not only where the driver is another one")
	return cmd
}

// namedDevices are those of this machine, or those that are named.
func namedDevices(ids []string) ([]machine.Device, error) {
	if len(ids) == 0 {
		return machine.Devices("/sys")
	}
	var all []machine.Device
	for _, id := range ids {
		m, err := machine.Profile(id)
		if err != nil {
			return nil, usageError{err}
		}
		if len(m.Controllers) == 0 {
			return nil, usageError{errors.New(id + " has no disk controller")}
		}
		for _, c := range m.Controllers {
			if c.Class == 0 {
				c.Class = machine.ClassSCSI << 8 // asked for as a disk controller
			}
			all = append(all, machine.Device{Controller: c})
		}
	}
	return all, nil
}

func printDevice(out io.Writer, d machine.Device) {
	name := d.Kind()
	if d.Name != "" {
		name = d.Name
	}
	driver := d.Driver
	if driver == "" {
		driver = "-"
	}
	sub := ""
	if d.SubVendor != 0 || d.SubDevice != 0 {
		sub = fmt.Sprintf(" (%04x:%04x)", d.SubVendor, d.SubDevice)
	}
	fmt.Fprintf(out, "%-12s %04x %s%s rev %02x  %s [Linux: %s]\n", d.Address, d.Class>>8, d.ID(), sub, d.Revision, name, driver)
}

// printDrivers prints what each Windows has for the controller; versions with the
// same answer share a line.
func printDrivers(out io.Writer, known *catalog.Catalog, device catalog.Device, all bool) {
	var from, last, answer string
	flush := func() {
		if from == "" {
			return
		}
		versions := from
		if last != from {
			versions += " to " + last
		}
		fmt.Fprintf(out, "    %s: %s\n", versions, answer)
	}
	for _, w := range windowsVersions() {
		text := driverFor(known, device, w)
		if text != answer || all {
			flush()
			from, answer = w.Name(), text
		}
		last = w.Name()
	}
	flush()
}

// windowsVersions are those that people have, oldest first.
func windowsVersions() []catalog.Windows {
	var all []catalog.Windows
	for _, nt := range []catalog.NT{400, 500, 501, 502} {
		all = append(all, catalog.Windows{NT: nt, Arch: inf.X86})
	}
	for _, v := range []struct {
		nt    catalog.NT
		build uint32
	}{{600, 6002}, {601, 7601}, {602, 9200}, {603, 9600}, {1000, 19045}, {1000, 26100}} {
		all = append(all, catalog.Windows{NT: v.nt, Build: v.build, Arch: inf.AMD64})
	}
	return all
}

// driverFor says what a Windows has for a controller, or what it takes.
func driverFor(known *catalog.Catalog, device catalog.Device, w catalog.Windows) string {
	if e, ok := known.Find(device, w); ok {
		return "has " + strings.Join(e.Names(), ", ")
	}
	if a, ok := known.Needs(device, w); ok {
		if a.None {
			return "has none; " + a.Package
		}
		return "needs " + a.Package
	}
	return "nothing is known"
}
