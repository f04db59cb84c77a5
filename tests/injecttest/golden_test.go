package injecttest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/tests/guests"
)

// golden is a package, a Windows and a controller. What comes of them is in
// testdata/NAME.txt.
type golden struct {
	name       string
	folder     string // of the collection
	inf        string // "viostor.inf", "txtsetup.oem"
	guest      string
	controller string
}

// goldens are 16 packages: virtio for five Windows, VMware's as INF and as
// txtsetup.oem, and vendors' for 5.1 to 6.1.
func goldens() []golden {
	return []golden{
		{"viostor-xp-x86", "virtio/viostor/xp/x86", "viostor.inf", "winxp-x86", "1af4:1001:010000"},
		{"viostor-2003-x86", "virtio/viostor/2k3/x86", "viostor.inf", "win2003-system-c", "1af4:1001:010000"},
		{"viostor-7-x86", "virtio/viostor/w7/x86", "viostor.inf", "win7-x86", "1af4:1001:010000"},
		{"viostor-7-x64", "virtio/viostor/w7/amd64", "viostor.inf", "win7-x64", "1af4:1001:010000"},
		{"vioscsi-7-x64", "virtio/vioscsi/w7/amd64", "vioscsi.inf", "win7-x64", "1af4:1048:010000:11001af4:01"},
		{"viostor-81-x64", "virtio/viostor/w7/amd64", "viostor.inf", "win81-x64", "1af4:1042:010000"},
		{"viostor-10-x64", "virtio/viostor/w10/amd64", "viostor.inf", "win10-x64", "1af4:1001:010000"},
		{"vioscsi-10-x64", "virtio/vioscsi/w10/amd64", "vioscsi.inf", "win10-x64", "1af4:1004:010000"},
		{"vmscsi-xp-x86", "vmware/VMware/NTx86", "vmscsi.inf", "winxp-x86", "104b:1040:010000"},
		{"vmscsi-xp-txtsetup", "vmware/VMware/NTx86", "txtsetup.oem", "winxp-x86", "104b:1040:010000"},
		{"symmpi-2003-x86", "dp/LSI/FORCED/5x86/LSImpt_6.7.0", "symmpi.inf", "win2003-system-c", "1000:0030:010000"},
		{"iastor-xp-x86", "dp/Intel/FORCED/Allx86/7.8.0.1012_rst", "IAAHCI.INF", "winxp-x86", "8086:2829:010601"},
		{"genahci-xp-x86", "genahci", "genahci.inf", "winxp-x86", "8086:2922:010601"},
		{"lsi-sas-7-x86", "dp/LSI/FORCED/6x86/SAS_1.34.03", "lsi_sas.inf", "win7-x86", "1000:0054:010700:197615ad:01"},
		{"lsi-scsi-7-x86", "dp/LSI/FORCED/6x86/SCSI_1.28.03", "lsi_scsi.inf", "win7-x86", "1000:0030:010000:197615ad:01"},
		{"mvsata-xp-x86", "dp/Marvell/Allx86/sata", "mvsata.inf", "winxp-x86", "11ab:7042:010600:11ab11ab:00"},
	}
}

var show = flag.Bool("show", false, "print what comes of the packages")

func TestGolden(t *testing.T) {
	for _, g := range goldens() {
		t.Run(g.name, func(t *testing.T) {
			collection(t)
			_, w := open(t, guestOf(t, g.guest), machineOf(pci(t, g.controller)))
			drivers := g.drivers(t, w)
			steps, err := inject.Steps(w, drivers...)
			if err != nil {
				t.Fatal(err)
			}
			got := render(t, w, steps)
			if *show {
				t.Logf("\n%s", got)
			}
			want, err := os.ReadFile(filepath.Join("testdata", g.name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Logf("%d packages", len(goldens()))
}

// guestOf is an image of a guest. Server 2003 gets the storport.sys that it has
// and the description lacks.
func guestOf(t testing.TB, name string) string {
	t.Helper()
	g := guests.MustLoad(t, name)
	if name == "win2003-system-c" {
		n, e := g.Find(0, `\WINDOWS\system32\drivers\scsiport.sys`)
		g = g.With(n, guests.Entry{Kind: guests.PE, Path: `\WINDOWS\system32\drivers\storport.sys`, Arg: e.Arg, Version: e.Version})
	}
	for _, name := range []string{"lsi_sas", "lsi_sas2", "lsi_scsi"} { // inbox drivers that packages of the collection replace
		if n, e := g.Find(0, `\Windows\system32\drivers\`+name+".sys"); e != nil {
			named := *e
			named.Original = name + ".sys"
			g = g.With(n, named)
		}
	}
	return g.Build(t)
}

// drivers makes the drivers of the package.
func (g golden) drivers(t testing.TB, w *inspect.Installation) []inject.Driver {
	t.Helper()
	ids := bootchain.CatalogDevice(pci(t, g.controller)).IDs()
	target := inject.Target(w)
	for _, p := range source.Packages(from(t, g.folder, standInOf(t, w)), source.Options{}).Packages {
		if !strings.EqualFold(source.Base(p.Path), g.inf) {
			continue
		}
		m, ok, err := p.Match(ids, target)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		drivers, err := inject.FromMatch(m, ids)
		if err != nil {
			t.Fatal(err)
		}
		return drivers
	}
	t.Fatalf("no %s in %s serves %s", g.inf, g.folder, g.controller)
	return nil
}
