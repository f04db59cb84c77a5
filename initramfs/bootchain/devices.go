package bootchain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Flag is a value that keeps Windows from starting a device.
type Flag struct {
	KeyPath string
	Value   string // ConfigFlags or CSConfigFlags
	N       uint32
	Off     uint32 // the bits of N that do it
}

// DisabledDevice is a device on the way to the boot volume that is off.
type DisabledDevice struct {
	Set   *registry.ControlSet
	Path  string // below Enum: `PCI\VEN_8086&DEV_7111\3&1`
	What  string // for people: "disk controller"
	Flags []Flag // of the device itself and of every hardware profile
}

// Bits of ConfigFlags (of a device) and CSConfigFlags (of a device in a hardware
// profile): disabled; do not create; do not start. Source: regstr.h by way of
// CM_Get_HW_Prof_Flags and ReactOS.
const (
	configDisabled  = 0x1
	profileDisabled = 0x1 | 0x2 | 0x4
)

// bootKinds are the devices that count: all that are the same for people must be
// off to be a fault, on whatever bus, because a second controller, channel or
// disk may be off on purpose.
func bootKinds(w *inspect.Installation) []deviceKind {
	kinds := []deviceKind{
		{`ACPI\PNP0A03`, "", "PCI bus"}, {`ACPI\PNP0A08`, "", "PCI bus"}, {`ACPI_HAL\PNP0C08`, "", "ACPI"}, {`Root\ACPI_HAL`, "", "ACPI"},
		{`Root\FTDISK`, "", "volume manager"}, {`Root\volmgr`, "", "volume manager"},
		{`IDE\Disk`, "disk", "disk"}, {`SCSI\Disk`, "disk", "disk"},
	}
	if c := w.Volume.Disk.Controller; c != nil && c.Bus == machine.PCI {
		kinds = append(kinds, deviceKind{fmt.Sprintf(`PCI\VEN_%04X&DEV_%04X`, c.Vendor, c.Device), "", "disk controller"})
		if c.SubClass() == machine.ClassIDE {
			kinds = append(kinds, deviceKind{`PCIIDE\IDEChannel`, "atapi", "IDE channel"})
		}
	}
	return kinds
}

// deviceKind is devices whose path below Enum begins so, and whose service is
// that, where one is given.
type deviceKind struct{ prefix, service, what string }

// DisabledDevices lists the devices on the way to the boot volume that Windows
// does not start, by kinds of which none is left, in every control set.
func DisabledDevices(w *inspect.Installation) ([]DisabledDevice, error) {
	r := deviceReader{hive: w.System.Hive}
	var all []DisabledDevice
	for _, set := range w.ControlSets {
		profiles := r.names(set.Path + `\Hardware Profiles`)
		count := map[string]int{}
		off := map[string][]DisabledDevice{}
		var order []string
		for _, kind := range bootKinds(w) {
			if !slices.Contains(order, kind.what) {
				order = append(order, kind.what)
			}
			for _, path := range r.instances(set, kind) {
				count[kind.what]++
				if d := r.device(set, path, profiles); d.offNow(r.current(set)) {
					d.What = kind.what
					off[kind.what] = append(off[kind.what], d)
				}
			}
		}
		for _, what := range order {
			if len(off[what]) == count[what] {
				all = append(all, off[what]...)
			}
		}
	}
	return all, errors.Join(r.errs...)
}

type deviceReader struct {
	hive *regf.Hive
	errs []error
}

func (r *deviceReader) problem(err error) {
	if err != nil && !errors.Is(err, regf.ErrNotExist) && len(r.errs) < 10 {
		r.errs = append(r.errs, err)
	}
}

// names lists the keys below a key; none where there is no such key.
func (r *deviceReader) names(path string) []string {
	k, err := r.hive.Key(path)
	if err != nil {
		r.problem(err)
		return nil
	}
	keys, err := k.Subkeys()
	r.problem(err)
	var all []string
	for _, sub := range keys {
		all = append(all, sub.Name())
	}
	return all
}

// instances are the paths below Enum of the devices of a kind.
func (r *deviceReader) instances(set *registry.ControlSet, kind deviceKind) []string {
	bus, device, _ := strings.Cut(kind.prefix, `\`)
	var all []string
	for _, name := range r.names(set.Path + `\Enum\` + bus) {
		if len(name) < len(device) || !strings.EqualFold(name[:len(device)], device) {
			continue
		}
		for _, instance := range r.names(set.Path + `\Enum\` + bus + `\` + name) {
			path := bus + `\` + name + `\` + instance
			if kind.service == "" || strings.EqualFold(r.text(set.Path+`\Enum\`+path, "Service"), kind.service) {
				all = append(all, path)
			}
		}
	}
	return all
}

func (r *deviceReader) text(path, value string) string {
	k, err := r.hive.Key(path)
	if err == nil {
		var v *regf.Value
		if v, err = k.Value(value); err == nil {
			var s string
			if s, err = v.Text(); err == nil {
				return s
			}
		}
	}
	r.problem(err)
	return ""
}

// number reads a DWORD that may be absent.
func (r *deviceReader) number(path, value string) (uint32, bool) {
	k, err := r.hive.Key(path)
	if err == nil {
		var v *regf.Value
		if v, err = k.Value(value); err == nil {
			var n uint32
			if n, err = v.DWORD(); err == nil {
				return n, true
			}
		}
	}
	r.problem(err)
	return 0, false
}

// current is the hardware profile in use, "0001" on most machines.
func (r *deviceReader) current(set *registry.ControlSet) string {
	n, ok := r.number(set.Path+`\Control\IDConfigDB`, "CurrentConfig")
	if !ok {
		n = 1
	}
	return fmt.Sprintf("%04d", n)
}

// device collects the flags that switch it off, in all profiles.
func (r *deviceReader) device(set *registry.ControlSet, path string, profiles []string) DisabledDevice {
	d := DisabledDevice{Set: set, Path: path}
	add := func(key, value string, bits uint32) {
		if n, ok := r.number(key, value); ok && n&bits != 0 {
			d.Flags = append(d.Flags, Flag{key, value, n, n & bits})
		}
	}
	add(set.Path+`\Enum\`+path, "ConfigFlags", configDisabled)
	for _, p := range profiles {
		if len(p) == 4 { // Current is a link to one of the others
			add(set.Path+`\Hardware Profiles\`+p+`\System\CurrentControlSet\Enum\`+path, "CSConfigFlags", profileDisabled)
		}
	}
	return d
}

// offNow: the flag of the device counts always, those of profiles in theirs.
func (d DisabledDevice) offNow(profile string) bool {
	for _, f := range d.Flags {
		if f.Value == "ConfigFlags" || strings.Contains(f.KeyPath, `\Hardware Profiles\`+profile+`\`) {
			return true
		}
	}
	return false
}
