package vm

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

// withoutDevice are modules that no device is bound to and no other module uses, which
// are there all the same: by module, why.
var withoutDevice = map[string]string{
	"fuse": "the shell has it ready, for mount-windows", "loop": "the shell has it ready, for images",
	"ata_generic": "it asks for every PCI controller of the class IDE, of which ata_piix takes this one",
	"floppy":      "the controller is there (PNP0700), which says only to its driver that it has no drive",
}

// TestModulesNeeded: no module is loaded that the hardware does not need. The kernel is
// asked, by sysfs: a module drives a device that it is bound to, or another uses it.
func TestModulesNeeded(t *testing.T) {
	needQEMU(t)
	for _, m := range []struct {
		name string
		c    Config
		disk Bus
		is   string // the module of the disk's controller
		not  []string
	}{
		{"IDE", Config{Machine: "pc"}, IDE, "ata_piix", []string{"ahci", "nvme", "virtio_pci", "usb_storage", "mptbase"}},
		{"NVMe", Config{Machine: "q35"}, NVMe, "nvme", []string{"ata_piix", "virtio_blk", "mptbase", "xen_blkfront"}},
	} {
		t.Run(m.name, func(t *testing.T) {
			if m.name != "IDE" {
				campaign(t)
			}
			c := direct(t, "bootmend.mode=shell quiet")
			c.Machine, c.Disks = m.c.Machine, []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), m.disk}}
			p := sitDown(t, c)
			ask := func(typed string) string {
				out, code, err := p.Do(typed)
				if err != nil || code != 0 {
					p.h.Kill()
					_ = p.h.Wait()
					t.Fatalf("%s: exit %d, %v:\n%s", typed, code, err, out)
				}
				return out
			}
			loaded := ask("cat /proc/modules")
			needed := bound(ask("find /sys/module -type l"), ask("find /sys/bus -type l"))
			p.leave(t)
			judgeModules(t, loaded, needed, m.is, m.not)
		})
	}
}

// bound are the modules with a driver that has a device. modules has lines such as
// "/sys/module/ahci/drivers/pci:ahci", buses "/sys/bus/pci/drivers/ahci/0000:00:1f.2".
func bound(modules, buses string) map[string]bool {
	devices := map[string]bool{}
	for line := range strings.FieldsSeq(buses) {
		if parts := strings.Split(line, "/"); len(parts) == 7 && parts[4] == "drivers" && parts[6] != "module" {
			devices[parts[3]+":"+parts[5]] = true
		}
	}
	all := map[string]bool{}
	for line := range strings.FieldsSeq(modules) {
		if parts := strings.Split(line, "/"); len(parts) == 6 && parts[4] == "drivers" && devices[path.Base(line)] {
			all[parts[3]] = true
		}
	}
	return all
}

func judgeModules(t *testing.T, loaded string, bound map[string]bool, is string, not []string) {
	t.Helper()
	names := []string{}
	for line := range strings.Lines(loaded) {
		f := strings.Fields(line) // name, size, references, users
		if len(f) < 4 {
			continue
		}
		references, err := strconv.Atoi(f[2])
		if err != nil {
			continue // what was typed
		}
		names = append(names, f[0])
		if references > 0 || f[3] != "-" || bound[f[0]] || withoutDevice[f[0]] != "" {
			continue
		}
		t.Errorf("module %s is loaded; no device is bound to it, and no other module uses it", f[0])
	}
	slices.Sort(names)
	t.Logf("%d modules: %s", len(names), strings.Join(names, " "))
	if !slices.Contains(names, is) {
		t.Errorf("%s is not loaded", is)
	}
	for _, name := range not {
		if slices.Contains(names, name) {
			t.Errorf("%s is loaded, which this machine has nothing for", name)
		}
	}
}
