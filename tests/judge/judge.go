package judge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// Windows is an installation to judge.
type Windows struct {
	NT   int    // major*100 + minor
	Arch string // x86, x64, arm64

	vol  volume
	root string
	hive hive
}

// Open takes the Windows of an edition out of an image.
func Open(tb testing.TB, image string, g *guests.Guest, e guests.Edition) *Windows {
	tb.Helper()
	number, entry := g.SystemHive()
	w := &Windows{Arch: e.Arch, vol: volume(oracle.Volume(tb, image, g.Partition(number)))}
	w.NT, _ = e.NT()
	w.root, _, _ = strings.Cut(strings.TrimPrefix(entry.Path, `\`), `\`)
	data, err := w.vol.read(entry.Path)
	if err != nil {
		tb.Fatal(err)
	}
	w.hive = hive(oracle.HiveFile(tb, data))
	return w
}

// Controller is what a driver is chosen by.
type Controller struct {
	Vendor, Device, SubVendor, SubDevice uint16
	Revision                             uint8
	Class                                uint32 // 24 bits
	VMBus                                string // interface GUID instead
}

// ids are the hardware ids that Windows makes up for the controller, the most
// specific first. Source: Microsoft, "Identifiers for PCI devices".
func (c Controller) ids() []string {
	if c.VMBus != "" {
		return []string{`VMBUS\{` + c.VMBus + `}`}
	}
	ven := fmt.Sprintf("VEN_%04X", c.Vendor)
	dev := fmt.Sprintf("%s&DEV_%04X", ven, c.Device)
	sub := fmt.Sprintf("%s&SUBSYS_%04X%04X", dev, c.SubDevice, c.SubVendor)
	rev := fmt.Sprintf("&REV_%02X", c.Revision)
	cc6, cc4 := fmt.Sprintf("CC_%06X", c.Class), fmt.Sprintf("CC_%04X", c.Class>>8)
	var ids []string
	for _, id := range []string{sub + rev, sub, dev + "&" + cc6, dev + "&" + cc4, dev + rev, dev, ven + "&" + cc6, ven + "&" + cc4, ven, cc6, cc4} {
		ids = append(ids, `PCI\`+id)
	}
	return ids
}

// Boots returns the service that drives the controller; an error says at which
// link the chain is broken.
func (w *Windows) Boots(c Controller) (service string, err error) {
	sel, ok := w.hive.values("Select")
	if !ok {
		return "", fmt.Errorf("no key Select")
	}
	n, err := dword(sel["default"])
	if err != nil {
		return "", fmt.Errorf("Select Default: %w", err)
	}
	set := fmt.Sprintf("ControlSet%03d", n)
	if w.NT < 500 {
		return w.probing(set, c)
	}
	if service, err = w.bound(set, c); err != nil {
		return service, err
	}
	if known := c.drivenBy(); known != nil && !slices.Contains(known, strings.ToLower(service)) {
		return service, fmt.Errorf("the registry binds the controller to %s, which cannot drive it: %v can", service, known)
	}
	for _, s := range append([]string{service}, companions[strings.ToLower(service)]...) {
		if err := w.starts(set, s); err != nil {
			return service, fmt.Errorf("service %s: %w", s, err)
		}
	}
	return service, nil
}

// drivenBy lists the services that can drive the controller; nil: all, for one
// that is not known here.
func (c Controller) drivenBy() []string {
	switch c.Class >> 8 {
	case 0x0101:
		return []string{"intelide", "pciide"}
	case 0x0106:
		return []string{"msahci", "storahci", "iastor", "iastorv", "iastora", "iastorac", "genahci"}
	case 0x0108:
		return []string{"stornvme", "awsnvme", "nvme", "ocznvme", "secnvme", "ianvme"}
	}
	switch uint32(c.Vendor)<<16 | uint32(c.Device) {
	case 0x1AF41001, 0x1AF41042:
		return []string{"viostor"}
	case 0x1AF41004, 0x1AF41048:
		return []string{"vioscsi"}
	case 0x104B1040:
		return []string{"buslogic", "vmscsi"}
	case 0x10000030:
		return []string{"symmpi", "lsi_scsi"}
	case 0x10000054:
		return []string{"symmpi", "lsi_sas"}
	case 0x10000060:
		return []string{"megasas", "megasas2", "percsas"}
	case 0x10000012:
		return []string{"sym_hi", "symc8xx"}
	case 0x15AD07C0:
		return []string{"pvscsi"}
	}
	if c.VMBus != "" {
		return []string{"storvsc"}
	}
	return nil
}

// companions have to start with a driver: IDE channels are devices of their own,
// and so is the bus of Hyper-V.
var companions = map[string][]string{
	"intelide": {"atapi"}, "pciide": {"atapi"}, "storvsc": {"vmbus"},
}

// probing judges NT 4, whose miniports find their hardware by themselves.
func (w *Windows) probing(set string, c Controller) (string, error) {
	knows := map[uint32]string{0x0101: "atapi"}[c.Class>>8]
	if c.Vendor == 0x104B {
		knows = "buslogic"
	}
	if knows == "" {
		return "", fmt.Errorf("no miniport of NT 4 knows this controller")
	}
	return knows, w.starts(set, knows)
}

// bound asks the registry which service drives the controller.
func (w *Windows) bound(set string, c Controller) (string, error) {
	for _, id := range c.ids() {
		if w.NT >= 602 {
			if s, err := w.database(id); s != "" || err != nil {
				return s, err
			}
			continue
		}
		key := set + `\Control\CriticalDeviceDatabase\` + strings.ReplaceAll(id, `\`, "#")
		if v, ok := w.hive.values(key); ok && v["service"] != "" {
			return str(v["service"]), nil
		}
	}
	if w.NT < 602 {
		prefix := strings.TrimPrefix(c.ids()[0], `PCI\`)
		for _, instance := range w.hive.subkeys(set + `\Enum\PCI\` + prefix) {
			if v, ok := w.hive.values(set + `\Enum\PCI\` + prefix + `\` + instance); ok && v["service"] != "" {
				return str(v["service"]), nil
			}
		}
	}
	return "", fmt.Errorf("nothing in the registry binds the controller to a service")
}

// database follows an id through the driver database: "" when it is not there,
// an error when the way ends in between.
func (w *Windows) database(id string) (string, error) {
	infs, ok := w.hive.values(`DriverDatabase\DeviceIds\` + id)
	if !ok {
		return "", nil
	}
	for inf := range infs {
		if inf == "" || inf == "@" {
			continue
		}
		pkg := w.hive.text(`DriverDatabase\DriverInfFiles\`+inf, "Active")
		if pkg == "" {
			return "", fmt.Errorf("DeviceIds\\%s names %s, which has no active package", id, inf)
		}
		base := `DriverDatabase\DriverPackages\` + pkg
		config := w.hive.text(base+`\Descriptors\`+id, "Configuration")
		if config == "" {
			return "", fmt.Errorf("package %s has no descriptor of %s", pkg, id)
		}
		if s := w.hive.text(base+`\Configurations\`+config, "Service"); s != "" {
			return s, nil
		}
		return "", fmt.Errorf("configuration %s of package %s has no service", config, pkg)
	}
	return "", nil
}

// starts judges one service: its values and its file.
func (w *Windows) starts(set, service string) error {
	key := set + `\Services\` + service
	v, ok := w.hive.values(key)
	if !ok {
		return fmt.Errorf("there is no key %s", key)
	}
	for name, want := range map[string]uint32{"type": 1, "start": 0} {
		if n, err := dword(v[name]); err != nil || n != want {
			return fmt.Errorf("%s is %s, not %d", name, v[name], want)
		}
	}
	if w.NT >= 602 {
		over, _ := w.hive.values(key + `\StartOverride`)
		for name, data := range over {
			if n, err := dword(data); err != nil || n != 0 {
				return fmt.Errorf("StartOverride %s is %s", name, data)
			}
		}
	}
	groups := strings.Split(strings.ToLower(w.hive.text(set+`\Control\ServiceGroupOrder`, "List")), "\n")
	if group := strings.ToLower(str(v["group"])); !slices.Contains(groups, group) {
		return fmt.Errorf("group %q is none that the loader orders", group)
	}
	return w.file(service, str(v["imagepath"]))
}

// file judges the driver file of a service and the port drivers beside it.
func (w *Windows) file(service, image string) error {
	path := `system32\drivers\` + service + ".sys"
	if image != "" {
		path = image
		for _, prefix := range []string{`\systemroot\`, `%systemroot%\`} {
			if len(path) > len(prefix) && strings.EqualFold(path[:len(prefix)], prefix) {
				path = path[len(prefix):]
			}
		}
	}
	d, err := w.driver(path)
	if err != nil {
		return err
	}
	for _, name := range d.imports {
		if !strings.HasSuffix(name, ".sys") {
			continue // the kernel and the HAL
		}
		if _, err := w.driver(`system32\drivers\` + name); err != nil {
			return fmt.Errorf("%s imports %s: %w", path, name, err)
		}
	}
	return nil
}

// driver reads a file below the Windows directory; one for another processor is
// an error.
func (w *Windows) driver(path string) (driver, error) {
	data, err := w.vol.read(w.root + `\` + path)
	if err != nil {
		return driver{}, err
	}
	d, err := readDriver(data)
	if err == nil && d.machine != machines[w.Arch] {
		err = fmt.Errorf("it is for machine %#04x", d.machine)
	}
	if err != nil {
		return d, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}
