package drvcmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// scanned is what drv scan --json prints.
type scanned struct {
	Packages []struct {
		Where, Kind, Provider, Class, Signed string
		DriverVersion                        string `json:"driver_version"`
		Fits                                 []struct{ Windows, Version, Arch string }
		Services, Missing                    []string
		Devices                              []struct{ ID, Description string }
	}
	Problems []string
}

// TestScan: real packages, as their INF files and folders say.
func TestScan(t *testing.T) {
	dir := untar(t, "virtio-win-0.1.240-storage-shared")
	var s scanned
	drv(t, command.ExitOK, &s, "scan", dir)
	if len(s.Packages) < 20 || len(s.Problems) > 0 {
		t.Fatalf("%d packages, problems %q", len(s.Packages), s.Problems)
	}
	found := 0
	for _, p := range s.Packages {
		if !strings.HasSuffix(p.Where, `\viostor\w10\amd64\viostor.inf`) {
			continue
		}
		found++
		if p.Provider != "Red Hat, Inc." || p.Class != "SCSIAdapter" || p.DriverVersion != "100.93.104.24000" || !slices.Equal(p.Services, []string{"viostor"}) ||
			!strings.Contains(p.Signed, "Microsoft Windows Hardware Compatibility Publisher") || len(p.Missing) > 0 {
			t.Errorf("%+v", p)
		}
		if !slices.ContainsFunc(p.Fits, func(f struct{ Windows, Version, Arch string }) bool { return f.Windows == "10" && f.Arch == "amd64" }) ||
			slices.ContainsFunc(p.Fits, func(f struct{ Windows, Version, Arch string }) bool { return f.Arch != "amd64" || f.Windows == "7" }) {
			t.Errorf("%+v", p.Fits)
		}
		if !slices.ContainsFunc(p.Devices, func(d struct{ ID, Description string }) bool { return d.ID == `PCI\VEN_1AF4&DEV_1042` }) {
			t.Errorf("%+v", p.Devices)
		}
	}
	if found != 1 {
		t.Errorf("%d packages of viostor for 10", found)
	}
	says(t, drv(t, command.ExitOK, nil, "scan", dir), "viostor.inf", `PCI\VEN_1AF4&DEV_1001`, "not verified against a root")
	empty := t.TempDir()
	says(t, drv(t, command.ExitOK, nil, "scan", empty), "no driver package")
	drv(t, command.ExitError, nil, "scan", filepath.Join(empty, "nothing"))
	drv(t, command.ExitUsage, nil, "scan")
}

// TestScanFloppy: a txtsetup.oem beside an INF, and files that are missing.
func TestScanFloppy(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"txtsetup.oem": "[Disks]\nd = \"disk\", \\tag, \\\n[Defaults]\nscsi = one\n[scsi]\none = \"Some Controller\"\n[Files.scsi.one]\ndriver = d, some.sys, some\n[HardwareIds.scsi.one]\nid = \"PCI\\VEN_1234&DEV_5678\", \"some\"\n",
		"some.inf": "[Version]\nSignature=\"$Windows NT$\"\nClass=SCSIAdapter\nClassGuid={4D36E97B-E325-11CE-BFC1-08002BE10318}\nProvider=%P%\nDriverVer=01/02/2003,4.5.6.7\n[Manufacturer]\n%P%=M\n[M]\n\"Some\"=I,PCI\\VEN_1234&DEV_5678\n" +
			"[I]\nCopyFiles=F\n[F]\nsome.sys\n[DestinationDirs]\nF=12\n[I.Services]\nAddService=some,2,S\n[S]\nServiceType=1\nStartType=0\nErrorControl=1\nServiceBinary=%12%\\some.sys\n[SourceDisksNames]\n1=d\n[SourceDisksFiles]\nsome.sys=1\n[Strings]\nP=\"Maker\"\n",
		"net.inf": "[Version]\nSignature=\"$Windows NT$\"\nClass=Net\nProvider=x\n[Manufacturer]\nx=M\n[M]\n\"Net\"=N,PCI\\VEN_1234&DEV_0001\n[N]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var s scanned
	drv(t, command.ExitOK, &s, "scan", dir)
	kinds := map[string]int{}
	for i, p := range s.Packages {
		kinds[p.Kind] = i + 1
	}
	if len(s.Packages) != 2 || kinds["inf"] == 0 || kinds["txtsetup.oem"] == 0 {
		t.Fatalf("%+v", s)
	}
	p := s.Packages[kinds["inf"]-1]
	if p.Provider != "Maker" || !slices.Equal(p.Missing, []string{"some.sys"}) || !slices.Equal(p.Services, []string{"some"}) || len(p.Fits) == 0 || p.Fits[0].Windows != "2000" {
		t.Errorf("%+v", p)
	}
	if p := s.Packages[kinds["txtsetup.oem"]-1]; len(p.Devices) != 1 || p.Devices[0].Description != "Some Controller" || !slices.Equal(p.Services, []string{"some"}) {
		t.Errorf("%+v", p)
	}
	drv(t, command.ExitOK, &s, "scan", "--all", dir)
	if len(s.Packages) != 3 {
		t.Errorf("--all: %+v", s)
	}
}

// matched is what drv match --json prints.
type matched struct {
	ExitCode int `json:"exit_code"`
	Windows  []struct {
		ID          string
		Controllers []struct {
			ID, State, From, Provide string
			Drivers                  []string
		}
	}
}

// TestMatch: what a Windows has, could have, and lacks.
func TestMatch(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	before := hash(t, image)
	for _, tt := range []struct {
		args   []string
		code   int
		state  string
		driver string
	}{
		{[]string{"--machine", "qemu-pc"}, command.ExitOK, "starts", "intelide"},
		{[]string{"--machine", "qemu-q35"}, command.ExitRepairable, "offer", "msahci"},
		{[]string{"--id", `PCI\VEN_1000&DEV_0054`}, command.ExitRepairable, "offer", "LSI_SAS"},
		{[]string{"--machine", "qemu-virtio-blk"}, command.ExitPerson, "need", ""},
	} {
		var m matched
		drv(t, tt.code, &m, append([]string{"match", image}, tt.args...)...)
		c := m.Windows[0].Controllers[0]
		if c.State != tt.state || tt.driver != "" && !slices.Contains(c.Drivers, tt.driver) || (c.Provide != "") != (tt.state == "need") {
			t.Errorf("%v: %+v", tt.args, c)
		}
		says(t, drv(t, tt.code, nil, append([]string{"match", image}, tt.args...)...), tt.state, tt.driver, c.ID)
	}
	var m matched
	drv(t, command.ExitRepairable, &m, "match", "--machine", "qemu-virtio-blk", "--drivers", untar(t, "virtio-win-0.1.240-storage-shared"), image)
	if c := m.Windows[0].Controllers[0]; !slices.Equal(c.Drivers, []string{"viostor"}) || !strings.Contains(c.From, `\w7\amd64\viostor.inf`) {
		t.Errorf("%+v", c)
	}
	says(t, drv(t, command.ExitPerson, nil, "match", "--machine", "qemu-virtio-blk", "--drivers", image+".absent", image), "NOT READ", image+".absent")
	drv(t, command.ExitUsage, nil, "match", image)
	drv(t, command.ExitUsage, nil, "match", "--id", "nonsense", image)
	drv(t, command.ExitUsage, nil, "match", "--machine", "nonsense", image)
	drv(t, command.ExitUsage, nil, "match", "--machine", "qemu-pc", "--id", `PCI\VEN_1000&DEV_0054`, image)
	if hash(t, image) != before {
		t.Error("the disk has changed")
	}
}
