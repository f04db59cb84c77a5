package catalogtest

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// cell is what the catalog says of a controller in a Windows: "inbox intelide
// atapi", "inbox? sym_hi" where that is not proved, "needs viostor".
func cell(c *catalog.Catalog, d catalog.Device, w catalog.Windows) string {
	if e, ok := c.Find(d, w); ok {
		word := "inbox "
		if e.Unproved {
			word = "inbox? "
		}
		return word + strings.Join(e.Names(), " ")
	}
	if a, ok := c.Needs(d, w); ok {
		return "needs " + strings.Join(a.Services, " ")
	}
	return ""
}

// TestEveryCellIsAnswered: for every controller of every machine profile, each
// Windows has an inbox driver or it is said what to provide.
func TestEveryCellIsAnswered(t *testing.T) {
	c := load(t)
	counts := map[string]int{}
	boot := map[string]int{}
	for _, name := range machine.ProfileNames() {
		m, err := machine.Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, ctrl := range m.Controllers {
			for _, w := range windows() {
				got := cell(c, bootchain.CatalogDevice(ctrl), w)
				word, _, _ := strings.Cut(got, " ")
				counts[word]++
				if i == 0 {
					boot[word]++
				}
				if got == "" {
					t.Errorf("%s %v in %s %s: neither a driver nor advice", name, ctrl, w.Name(), w.Arch)
				}
			}
		}
	}
	t.Logf("%d profiles, %d Windows: boot controllers %v, all controllers %v", len(machine.ProfileNames()), len(windows()), boot, counts)
	if boot["inbox"] < 150 || boot["needs"] < 100 {
		t.Error("that cannot be all")
	}
}

// TestCells looks at single cells, each known from elsewhere.
func TestCells(t *testing.T) {
	nt4, w2k, xp := catalog.Windows{NT: 400, Build: 1381, Arch: inf.X86}, catalog.Windows{NT: 500, Build: 2195, Arch: inf.X86}, catalog.Windows{NT: 501, Build: 2600, Arch: inf.X86}
	w2k3, w2k3x64 := catalog.Windows{NT: 502, Build: 3790, Arch: inf.X86}, catalog.Windows{NT: 502, Build: 3790, Arch: inf.AMD64}
	vista, w7, w2k8r2 := catalog.Windows{NT: 600, Build: 6002, Arch: inf.X86}, catalog.Windows{NT: 601, Build: 7601, Arch: inf.X86}, catalog.Windows{NT: 601, Build: 7601, Arch: inf.AMD64}
	w8, w81 := catalog.Windows{NT: 602, Build: 9200, Arch: inf.AMD64}, catalog.Windows{NT: 603, Build: 9600, Arch: inf.AMD64}
	w10, w11, arm := catalog.Windows{NT: 1000, Build: 19045, Arch: inf.AMD64}, catalog.Windows{NT: 1000, Build: 26100, Arch: inf.AMD64}, catalog.Windows{NT: 1000, Build: 22631, Arch: inf.ARM64}
	c := load(t)
	n := 0
	for profile, cells := range map[string][]struct {
		w    catalog.Windows
		want string
	}{
		"qemu-pc":          {{nt4, "inbox? atapi"}, {w2k, "inbox intelide atapi"}, {xp, "inbox intelide atapi"}, {w7, "inbox intelide atapi"}, {w11, "inbox intelide atapi"}, {arm, "needs "}},
		"qemu-q35":         {{w2k, "needs iaStor uniata viamraid mv91xx mv61xx jraid genahci"}, {vista, "inbox msahci atapi"}, {w2k8r2, "inbox msahci atapi"}, {w8, "inbox storahci"}, {w81, "inbox storahci"}, {arm, "inbox? storahci"}},
		"qemu-virtio-blk":  {{w2k, "needs viostor"}, {xp, "needs viostor rhelscsi"}, {w2k8r2, "needs viostor"}, {w11, "needs viostor"}, {arm, "needs viostor"}},
		"qemu-virtio-scsi": {{xp, "needs vioscsi"}, {w10, "needs vioscsi"}},
		"qemu-nvme":        {{xp, "needs nvme ocznvme nvme2k3"}, {w2k8r2, "needs stornvme secnvme IaNVMe ocznvme nvme"}, {w8, "needs secnvme IaNVMe nvme"}, {w81, "inbox stornvme"}, {w11, "inbox stornvme"}},
		"qemu-lsi":         {{w2k, "needs sym_hi symc8xx sym_895a sym_u3"}, {xp, "inbox? sym_hi"}, {w2k3x64, "inbox sym_hi"}, {w7, "needs sym_hi symc8xx sym_u3"}, {w10, "needs sym_hi symc8xx sym_u3"}},
		"qemu-lsisas":      {{xp, "needs symmpi lsi_sas"}, {w7, "inbox LSI_SAS"}, {w81, "inbox LSI_SAS"}, {w11, "inbox? LSI_SAS"}},
		"qemu-megasas":     {{w2k3, "needs megasas megasas2 percsas"}, {w7, "inbox megasas"}, {w81, "inbox megasas"}},
		"qemu-pvscsi":      {{w2k, "needs pvscsi"}, {w2k3, "needs pvscsi"}, {w10, "needs pvscsi"}},
		"qemu-pcscsi":      {{w2k, "inbox? amsint"}, {xp, "inbox? amsint"}, {w7, "needs amsint dc390"}},
		"qemu-usb":         {{w7, "needs usbstor"}, {w10, "needs USBSTOR UASPStor USBXHCI USBHUB3"}},
		"vmware-buslogic":  {{nt4, "inbox BusLogic"}, {w2k, "inbox BusLogic"}, {xp, "needs vmscsi"}, {w2k3, "needs vmscsi"}, {w7, "needs vmscsi"}},
		"vmware-lsilogic":  {{w2k, "needs symmpi"}, {xp, "needs symmpi"}, {w2k3, "inbox symmpi"}, {w2k3x64, "inbox symmpi"}, {w2k8r2, "inbox LSI_SCSI"}, {w81, "needs lsi_scsi symmpi"}},
		"vmware-lsisas":    {{w2k3x64, "needs lsi_sas symmpi"}, {w2k8r2, "inbox LSI_SAS"}},
		"vmware-nvme":      {{w81, "inbox stornvme"}},
		"virtualbox-ide":   {{xp, "inbox intelide atapi"}},
		"virtualbox-ahci":  {{xp, "needs iaStor iaStorA iaStorF ich9rmp megasr megaide genahci storahci"}, {w7, "inbox msahci atapi"}},
		"hyperv-gen1":      {{xp, "inbox intelide atapi"}, {w81, "inbox intelide atapi"}},
		"hyperv-gen2":      {{w8, "inbox storvsc vmbus"}, {w81, "inbox storvsc vmbus"}, {w11, "inbox storvsc vmbus"}, {w2k3, "needs storvsc vmbus"}},
		"xen-hvm":          {{w2k3, "inbox intelide atapi"}},
		"aws-nitro":        {{w2k8r2, "needs AWSNVMe"}, {w10, "inbox stornvme"}},
		"gcp":              {{w10, "needs vioscsi"}},
		"azure-gen2":       {{w10, "inbox storvsc vmbus"}},
		"pci:1414:00a9":    {{w10, "inbox stornvme vpci vmbus"}},
	} {
		m, err := machine.Profile(profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range cells {
			n++
			if got := cell(c, bootchain.CatalogDevice(m.Controllers[0]), want.w); got != want.want {
				t.Errorf("%s %s %s: %q, want %q", profile, want.w.Name(), want.w.Arch, got, want.want)
			}
		}
	}
	t.Logf("%d cells", n)
}
