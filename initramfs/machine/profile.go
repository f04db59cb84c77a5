package machine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ProfileNames lists the names that Profile accepts, without the pci: form.
func ProfileNames() []string {
	var names []string
	for _, m := range profiles() {
		names = append(names, m.Profile)
	}
	return names
}

// Virtual lists every virtual machine that Windows can be made to start on: all
// profiles but the one whose disk hangs on USB.
func Virtual() []Machine {
	return slices.DeleteFunc(profiles(), func(m Machine) bool { return m.Controllers[0].Bus == USB })
}

// Profile returns the machine of that name, or for "pci:VVVV:DDDD" (hex
// vendor and device, optionally ":CCSSPP" class) one with that controller.
func Profile(name string) (*Machine, error) {
	if rest, ok := strings.CutPrefix(name, "pci:"); ok {
		return pciProfile(name, rest)
	}
	all := profiles()
	i := slices.IndexFunc(all, func(m Machine) bool { return m.Profile == name })
	if i < 0 {
		return nil, fmt.Errorf("no machine profile %q; there are: %s, or pci:VVVV:DDDD", name, strings.Join(ProfileNames(), " "))
	}
	all[i].Virtual = true
	return &all[i], nil
}

func pciProfile(name, rest string) (*Machine, error) {
	fields := strings.Split(rest, ":")
	if len(fields) < 2 || len(fields) > 3 {
		return nil, fmt.Errorf("machine profile %q: want pci:VVVV:DDDD or pci:VVVV:DDDD:CCSSPP in hexadecimal", name)
	}
	var v [3]uint64
	for i, bits := range []int{16, 16, 24}[:len(fields)] {
		n, err := strconv.ParseUint(fields[i], 16, bits)
		if err != nil {
			return nil, fmt.Errorf("machine profile %q: %q is not a hexadecimal number of %d bits", name, fields[i], bits)
		}
		v[i] = n
	}
	c := Controller{Bus: PCI, Vendor: uint16(v[0]), Device: uint16(v[1]), Class: uint32(v[2])}
	if known := knownPCI(c.Vendor, c.Device); known != nil && len(fields) == 2 {
		c = *known
	}
	return &Machine{Profile: name, Controllers: []Controller{c}}, nil
}

// knownPCI is the first controller of the profiles that has these ids, nil when
// none does.
func knownPCI(vendor, device uint16) *Controller {
	for _, m := range profiles() {
		for _, c := range m.Controllers {
			if c.Bus == PCI && c.Vendor == vendor && c.Device == device {
				return &c
			}
		}
	}
	return nil
}
