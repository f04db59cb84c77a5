package catalogtest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/catalog"
)

// deviceOf makes a PCI function that has the id; what the id does not say is 1, and
// the class that of SCSI.
func deviceOf(id string) (catalog.Device, bool) {
	d := catalog.Device{Vendor: 1, Device: 1, SubVendor: 1, SubDevice: 1, Revision: 1, SubClass: 0x0100}
	rest, ok := strings.CutPrefix(strings.ToUpper(id), `PCI\`)
	if !ok {
		return d, false
	}
	for _, f := range strings.Split(rest, "&") {
		name, value, _ := strings.Cut(f, "_")
		n, err := strconv.ParseUint(value, 16, 32)
		if err != nil {
			return d, false
		}
		switch name + strconv.Itoa(len(value)) {
		case "VEN4":
			d.Vendor = uint16(n)
		case "DEV4":
			d.Device = uint16(n)
		case "SUBSYS8":
			d.SubDevice, d.SubVendor = uint16(n>>16), uint16(n)
		case "REV2":
			d.Revision = uint8(n)
		case "CC4":
			d.SubClass = uint16(n)
		case "CC6":
			d.SubClass, d.Interface = uint16(n>>8), uint8(n)
		default:
			return d, false
		}
	}
	return d, true
}

// ids are the PCI ids in the tables that a Windows starts by.
func (r real) ids(t *testing.T) []string {
	t.Helper()
	path, prefix := r.set.Path+`\Control\CriticalDeviceDatabase`, ""
	if r.db != nil {
		path, prefix = `DriverDatabase\DeviceIds\PCI`, `PCI\`
	}
	k, err := r.system.Hive.Key(path)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := k.Subkeys()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range keys {
		id := prefix + strings.ReplaceAll(s.Name(), "#", `\`)
		if strings.HasPrefix(strings.ToUpper(id), `PCI\`) {
			all = append(all, id)
		}
	}
	return all
}

// notOurs are inbox drivers of the storage classes whose devices hold no Windows
// that we are asked about, and drivers that are not inbox.
var notOurs = []string{"cht4iscsi", "sdstor", "storufs", "vmscsi"}

// testControllers: for every storage controller that a real Windows binds by
// itself, the catalog finds the same driver.
func testControllers(t *testing.T, c *catalog.Catalog, r real) {
	found, left, wrong := 0, 0, 0
	for _, id := range r.ids(t) {
		services, class := r.bound(t, id)
		class = strings.ToUpper(class)
		if class != catalog.ClassHDC && class != catalog.ClassSCSIAdapter || len(services) == 0 {
			continue
		}
		if fold(notOurs, services[0]) {
			left++
			continue
		}
		d, ok := deviceOf(id)
		if !ok {
			t.Errorf("device id %s", id)
			continue
		}
		e, ok := c.Find(d, r.windows)
		if !ok || !fold(services, e.Services[0].Name) {
			wrong++
			t.Errorf("%s: the hive has %v, the catalog %v by %s", id, services, e.Names(), e.Controller)
			continue
		}
		found++
	}
	t.Logf("%d ids of the hive found in the catalog, %d left out, %d wrong", found, left, wrong)
	if found+left == 0 {
		t.Error("the hive binds nothing")
	}
}
