package inftest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/txtsetup"
)

// testTxtsetup: all files parse, and each option has a driver whose service its
// ids name. Where the INF of the package has the same ids, it gives them the same
// service.
func testTxtsetup(t *testing.T, files map[string][]byte) {
	n, options, ids, values, agree := 0, 0, 0, 0, 0
	for name, b := range files {
		if !strings.HasSuffix(strings.ToLower(name), ".oem") {
			continue
		}
		n++
		f, err := txtsetup.Parse(bytes.NewReader(b))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, note := range f.Notes {
			t.Errorf("%s: %v", name, note)
		}
		for _, o := range f.Options {
			options, ids, values = options+1, ids+len(o.IDs), values+len(o.Values)
			for _, id := range o.IDs {
				// USB floppy drives are served by a driver of Windows.
				if id.Service != "usbstor" && !slices.ContainsFunc(o.Files, func(s txtsetup.Source) bool { return s.Type == "driver" && strings.EqualFold(s.Service, id.Service) }) {
					t.Errorf("%s: %s: no driver has service %q of %s", name, o.ID, id.Service, id.ID)
				}
			}
			agree += compare(t, name, files, o)
		}
	}
	t.Logf("%d files, %d options, %d ids, %d values; %d ids as in the INF", n, options, ids, values, agree)
	if n < 70 || agree < 100 {
		t.Errorf("%d files, %d ids agree", n, agree)
	}
}

// compare looks the ids of an option up in the INF files beside it.
func compare(t *testing.T, name string, files map[string][]byte, o txtsetup.Option) (agree int) {
	t.Helper()
	dir := name[:strings.LastIndexByte(name, '/')+1]
	for _, s := range o.Files {
		if s.Type != "inf" {
			continue
		}
		services := map[string]string{}
		for other, b := range files {
			if strings.EqualFold(other, dir+strings.ReplaceAll(s.Path(), `\`, "/")) {
				services = servicesByID(t, b)
			}
		}
		for _, id := range o.IDs {
			switch service, ok := services[strings.ToLower(id.ID)]; {
			case ok && strings.EqualFold(service, id.Service):
				agree++
			case ok:
				t.Errorf("%s: %s: service %q, the INF says %q", name, id.ID, id.Service, service)
			}
		}
	}
	return agree
}

// servicesByID is what an INF says for XP or x64 Server 2003.
func servicesByID(t *testing.T, b []byte) map[string]string {
	t.Helper()
	f := parse(t, b)
	all := map[string]string{}
	for _, w := range []string{"5.2 x86", "5.1 x86", "5.2 amd64"} {
		models, err := f.Models(target(t, w))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range models {
			do, err := f.Install(m, target(t, w))
			if err != nil {
				continue
			}
			for _, s := range do.Services {
				if s.Flags&inf.Associated != 0 {
					all[strings.ToLower(m.HardwareID)] = s.Name
				}
			}
		}
	}
	return all
}

// testTxtsetupGolden: read by hand.
func testTxtsetupGolden(t *testing.T, files map[string][]byte) {
	for name, want := range map[string]string{
		"vmware/VMware/NTx86/txtsetup.oem": `scsi vmscsi "VMware VMSCSI Controller" true
driver vmscsi.sys vmscsi on "VMware VMSCSI Controller Disk" txtsetup.oem
inf vmscsi.inf  on "VMware VMSCSI Controller Disk" txtsetup.oem
catalog vmscsi.cat  on "VMware VMSCSI Controller Disk" txtsetup.oem
PCI\VEN_104B&DEV_1040 vmscsi
vmscsi Parameters\PnpInterface 5 4 01000000
vmscsi Parameters BusType 4 01000000
`,
		"genahci/txtsetup.oem": `scsi storahci_x86 "StorAhci SATA AHCI Controller x86" true
driver x86\storahci.sys storahci on "StorAhci SATA AHCI Controller Driver Diskette x86" x86\storahci.inf
inf x86\storahci.inf  on "StorAhci SATA AHCI Controller Driver Diskette x86" x86\storahci.inf
catalog x86\storahci.cat  on "StorAhci SATA AHCI Controller Driver Diskette x86" x86\storahci.inf
PCI\CC_010601 storahci
storahci Parameters\PnpInterface 5 4 01000000
storahci Parameters BusType 4 0b000000
scsi storahci_x64 "StorAhci SATA AHCI Controller x64" false
driver x64\storahci.sys storahci on "StorAhci SATA AHCI Controller Driver Diskette x64" x64\storahci.inf
inf x64\storahci.inf  on "StorAhci SATA AHCI Controller Driver Diskette x64" x64\storahci.inf
catalog x64\storahci.cat  on "StorAhci SATA AHCI Controller Driver Diskette x64" x64\storahci.inf
PCI\CC_010601 storahci
storahci Parameters\PnpInterface 5 4 01000000
storahci Parameters BusType 4 0b000000
`,
	} {
		b, ok := files[name]
		if !ok {
			t.Errorf("%s: not in the collection", name)
			continue
		}
		f, err := txtsetup.Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, o := range f.Options {
			fmt.Fprintf(&got, "%s %s %q %t\n", o.Component, o.ID, o.Description, o.Default)
			for _, s := range o.Files {
				fmt.Fprintf(&got, "%s %s %s on %q %s\n", s.Type, s.Path(), s.Service, s.Disk.Description, s.Disk.TagFile)
			}
			for _, id := range o.IDs {
				fmt.Fprintf(&got, "%s %s\n", id.ID, id.Service)
			}
			for _, v := range o.Values {
				fmt.Fprintf(&got, "%s %s %s %d %x\n", v.Service, v.Key, v.Name, v.Type, v.Data)
			}
		}
		if got.String() != want {
			t.Errorf("%s: got\n%swant\n%s", name, got.String(), want)
		}
	}
}
