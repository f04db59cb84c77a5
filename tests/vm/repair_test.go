package vm

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// story is a broken guest on a machine on which it does not start.
type story struct {
	name           string
	guest          string
	machine        string
	firmware       Firmware
	bus            Bus // of the guest's disk
	stick          bool
	controller     string // PCI id, as the log names it
	driver         string
	sets           []string
	onlyInCampaign bool
}

// stories: "make test" takes one boot per firmware and per kind of medium.
func stories() []story {
	return []story{
		{name: "BIOS CD IDE XP", guest: "winxp-x86", machine: "pc", firmware: BIOS, bus: IDE,
			controller: "8086:7010", driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}},
		{name: "UEFI stick AHCI 10", guest: "win10-x64", machine: "q35", firmware: UEFI, bus: IDE, stick: true,
			controller: "8086:2922", driver: "storahci", sets: []string{"ControlSet001"}},

		{name: "BIOS stick IDE 2003", guest: "win2003-system-c", machine: "pc", firmware: BIOS, bus: IDE, stick: true,
			controller: "8086:7010", driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}, onlyInCampaign: true},
		{name: "UEFI CD AHCI 10", guest: "win10-x64", machine: "q35", firmware: UEFI, bus: IDE,
			controller: "8086:2922", driver: "storahci", sets: []string{"ControlSet001"}, onlyInCampaign: true},
		{name: "Secure Boot CD AHCI 10", guest: "win10-x64", machine: "q35", firmware: SecureUEFI, bus: IDE,
			controller: "8086:2922", driver: "storahci", sets: []string{"ControlSet001"}, onlyInCampaign: true},
		{name: "BIOS CD AHCI 7", guest: "win7-x64", machine: "q35", firmware: BIOS, bus: IDE,
			controller: "8086:2922", driver: "msahci", sets: []string{"ControlSet001", "ControlSet002"}, onlyInCampaign: true},
		{name: "BIOS stick AHCI 7", guest: "win7-x86", machine: "q35", firmware: BIOS, bus: IDE, stick: true,
			controller: "8086:2922", driver: "msahci", sets: []string{"ControlSet001", "ControlSet002"}, onlyInCampaign: true},
		{name: "UEFI stick NVMe 10", guest: "win10-x64", machine: "q35", firmware: UEFI, bus: NVMe, stick: true,
			controller: "1b36:0010", driver: "stornvme", sets: []string{"ControlSet001"}, onlyInCampaign: true},
		{name: "BIOS CD IDE XP logical drive", guest: "winxp-logical", machine: "pc", firmware: BIOS, bus: IDE,
			controller: "8086:7010", driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}, onlyInCampaign: true},
	}
}

// TestRescue: from the start of the machine to power off nobody touches it.
// Then foreign tools look at the disk, and a second start finds it healthy.
func TestRescue(t *testing.T) {
	needQEMU(t)
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			if s.onlyInCampaign {
				campaign(t)
			}
			g := guests.MustLoad(t, s.guest)
			c := Config{Machine: s.machine, Firmware: s.firmware, Disks: []Disk{{g.Build(t), s.bus}}}
			medium := rescueImage(t)
			if s.stick {
				c.Stick = medium
			} else {
				c.CD = medium
			}
			before, rescue := hash(t, c.Disks[0].Path), hash(t, medium)

			log := run(t, c)
			says(t, log, "FINDING storage-driver-disabled", s.controller, "0x0000007B", s.driver, "PLAN", "PROOF", "RESULT")
			says(t, log, s.sets...)
			repaired := hash(t, c.Disks[0].Path)
			if repaired == before {
				t.Fatal("the disk was not changed")
			}
			judgeDisk(t, s, g, c.Disks[0].Path)

			log = run(t, c)
			says(t, log, "RESULT healthy, nothing was written")
			if strings.Contains(log, "FINDING") {
				t.Error("the second start finds something")
			}
			if hash(t, c.Disks[0].Path) != repaired {
				t.Error("the second start wrote to the healthy disk")
			}
			if hash(t, medium) != rescue {
				t.Error("the rescue medium was written to")
			}
		})
	}
}

func hash(t *testing.T, path string) string {
	t.Helper()
	h, err := oracle.HashDisk(path)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// judgeDisk asks foreign tools about the repaired disk.
func judgeDisk(t *testing.T, s story, g *guests.Guest, disk string) {
	t.Helper()
	n, e := g.SystemHive()
	volume := oracle.Volume(t, disk, g.Partition(n))
	if err := oracle.NTFSStructure(volume); err != nil {
		t.Error(err)
	}
	table := oracle.MBR
	if g.GPT {
		table = oracle.GPT
	}
	if err := table(disk); err != nil {
		t.Error(err)
	}
	data, err := oracle.NTFSFile(volume, e.Path)
	if err != nil {
		t.Fatal(err)
	}
	hive := oracle.HiveFile(t, data)
	for _, set := range s.sets {
		key := `\` + set + `\Services\` + s.driver
		if start, err := oracle.RegDWORD(hive, key, "Start"); err != nil || start != 0 {
			t.Errorf("%s: Start = %d, %v; want 0", key, start, err)
		}
		if n, err := oracle.RegDWORD(hive, key+`\StartOverride`, "0"); err == nil && n != 0 {
			t.Errorf("%s: StartOverride = %d; want 0", key, n)
		}
	}
}
