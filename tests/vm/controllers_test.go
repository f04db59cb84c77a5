package vm

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/judge"
)

// attached is a guest's disk on one of QEMU's controllers.
type attached struct {
	bus     Bus
	machine string
	edition string
	// What QEMU presents, and how the log has to name it.
	controller judge.Controller
	says       string
	// service is the driver that the repair starts. Empty: the repair refuses,
	// and refuses names the package that has to be provided.
	service, refuses string
	ordinary         bool // runs in "make test"
}

func pciController(vendor, device uint16, class uint32) judge.Controller {
	return judge.Controller{Vendor: vendor, Device: device, Class: class}
}

// attachments: the machine is read from sysfs, so each row proves that the
// controller is recognised there and that its cell of the support table is taken.
func attachments() []attached {
	return []attached{
		{bus: IDE, machine: "pc", edition: "2000-x86", controller: pciController(0x8086, 0x7010, 0x010180), says: "pci:8086:7010", service: "intelide"},
		{bus: IDE, machine: "q35", edition: "7-x64", controller: pciController(0x8086, 0x2922, 0x010601), says: "pci:8086:2922", service: "msahci"},
		{bus: MPTSAS, machine: "pc", edition: "2008r2", controller: pciController(0x1000, 0x0054, 0x010000), says: "pci:1000:0054", service: "lsi_sas", ordinary: true},
		{bus: NVMe, machine: "q35", edition: "11-x64", controller: pciController(0x1B36, 0x0010, 0x010802), says: "pci:1b36:0010", service: "stornvme"},
		{bus: NVMe, machine: "q35", edition: "7-x64", controller: pciController(0x1B36, 0x0010, 0x010802), says: "pci:1b36:0010", refuses: "stornvme|NVMe"},
		{bus: LSI, machine: "pc", edition: "xp-x86", controller: pciController(0x1000, 0x0012, 0x010000), says: "pci:1000:0012", service: "sym_hi"},
		{bus: LSI, machine: "pc", edition: "2012r2", controller: pciController(0x1000, 0x0012, 0x010000), says: "pci:1000:0012", refuses: "another controller"},
		{bus: MegaSAS, machine: "pc", edition: "2012r2", controller: pciController(0x1000, 0x0060, 0x010400), says: "pci:1000:0060", service: "megasas"},
		{bus: MegaSAS, machine: "pc", edition: "2003-x86", controller: pciController(0x1000, 0x0060, 0x010400), says: "pci:1000:0060", refuses: "megasas"},
		{bus: PVSCSI, machine: "q35", edition: "2012", controller: pciController(0x15AD, 0x07C0, 0x010700), says: "pci:15ad:07c0", refuses: "pvscsi"},
		{bus: VirtioBlk, machine: "pc", edition: "2016", controller: pciController(0x1AF4, 0x1001, 0x010000), says: "pci:1af4:1001", refuses: "viostor"},
		{bus: VirtioSCSI, machine: "pc", edition: "8-x64", controller: pciController(0x1AF4, 0x1004, 0x010000), says: "pci:1af4:1004", refuses: "vioscsi"},
		{bus: USB, machine: "q35", edition: "10-x86", says: "USB", refuses: "USB"},
	}
}

// TestControllers starts the ISO on a machine with each controller that QEMU
// has. The engine repairs, and the judge agrees; or it refuses and says what is
// missing, and the disk is as it was.
func TestControllers(t *testing.T) {
	needQEMU(t)
	all, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range attachments() {
		t.Run(string(a.bus)+" "+a.edition, func(t *testing.T) {
			if !a.ordinary {
				campaign(t)
			}
			for _, e := range all {
				if e.Name == a.edition {
					a.run(t, e)
					return
				}
			}
			t.Fatalf("no edition %s", a.edition)
		})
	}
}

func (a attached) run(t *testing.T, e guests.Edition) {
	g, err := e.Guest()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Machine: a.machine, Firmware: BIOS, CD: rescueImage(t), Disks: []Disk{{g.Build(t), a.bus}}}
	disk := c.Disks[0].Path
	before := hash(t, disk)
	log := run(t, c)
	says(t, log, a.says)
	flat := strings.Join(strings.Fields(log), " ")
	if a.service == "" {
		if !regexp.MustCompile(`(?i)` + a.refuses).MatchString(flat) {
			t.Errorf("the refusal does not name %s", a.refuses)
		}
		if hash(t, disk) != before {
			t.Error("a disk that cannot be repaired was written to")
		}
		return
	}
	says(t, log, "RESULT repaired and verified")
	service, err := judge.Open(t, disk, g, e).Boots(a.controller)
	if err != nil || !strings.EqualFold(service, a.service) {
		t.Errorf("the judge: %q, %v; want %s", service, err, a.service)
	}
	if os.Getenv("BOOTMEND_CAMPAIGN") != "1" {
		return // TestRescue starts its machines twice
	}
	after := hash(t, disk)
	says(t, run(t, c), "RESULT healthy, nothing was written")
	if hash(t, disk) != after {
		t.Error("the second start wrote to the healthy disk")
	}
}
