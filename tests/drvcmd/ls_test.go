package drvcmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
)

// listing is what drv ls --json prints.
type listing struct {
	Command  string
	ExitCode int `json:"exit_code"`
	Windows  []struct {
		ID, Label, Error string
		Drivers          []driver
	}
}

type driver struct {
	Name, State, Group, File, Version, Vendor, Description string
	FileError                                              string            `json:"file_error"`
	ControlSets                                            map[string]string `json:"control_sets"`
	StartOverride                                          map[string]uint32 `json:"start_override"`
	Start                                                  uint32
	Storage                                                bool
	IDs                                                    []string
}

// find returns a driver of the first Windows.
func (l listing) find(t *testing.T, name string) driver {
	t.Helper()
	for _, d := range l.Windows[0].Drivers {
		if strings.EqualFold(d.Name, name) {
			return d
		}
	}
	t.Fatalf("no driver %s in %+v", name, l)
	return driver{}
}

// TestStates: the state of each driver, as what was done to the guest says.
func TestStates(t *testing.T) {
	xp := guests.MustLoad(t, "winxp-x86").
		Without(`\WINDOWS\system32\drivers\isapnp.sys`).
		With(1, guests.Entry{Kind: guests.File, Path: `\WINDOWS\system32\drivers\MountMgr.sys`}).
		With(1, guests.Entry{Kind: guests.PE, Path: `\WINDOWS\system32\drivers\FltMgr.sys`, Arg: "x64", Version: "1.2.3.4"})
	_, hive := xp.SystemHive()
	xp = xp.WithReg(hive.Path, `[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet003\Services\dmio]
"Start"=dword:00000004

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\elsewhere]
"Start"=dword:00000000
"Type"=dword:00000001
"ImagePath"="\\??\\D:\\x.sys"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\program]
"Start"=dword:00000002
"Type"=dword:00000010
`)
	for _, tt := range []struct {
		guest  *guests.Guest
		states map[string]string
		absent []string // without --all
	}{
		{xp, map[string]string{"atapi": "boot", "IntelIde": "disabled", "isapnp": "missing-file", "MountMgr": "broken-file", "FltMgr": "wrong-machine", "dmio": "boot", "elsewhere": "unknown-file"},
			[]string{"Ntfs", "program"}},
		{guests.MustLoad(t, "win7-x64"), map[string]string{"msahci": "demand", "disk": "boot", "LSI_SAS": "demand"}, nil},
		{guests.MustLoad(t, "win10-x64"), map[string]string{"storahci": "start-override", "stornvme": "start-override", "disk": "boot"}, nil},
	} {
		t.Run(tt.guest.Name, func(t *testing.T) {
			t.Parallel()
			image := tt.guest.Build(t)
			before := hash(t, image)
			var l listing
			r := drv(t, command.ExitOK, &l, "ls", image)
			if l.Command != "drv ls" || len(l.Windows) != 1 || l.Windows[0].ID != "w1" || l.Windows[0].Error != "" {
				t.Fatalf("%+v", r)
			}
			text := drv(t, command.ExitOK, nil, "ls", image)
			for name, state := range tt.states {
				d := l.find(t, name)
				if d.State != state {
					t.Errorf("%s is %s, want %s: %+v", name, d.State, state, d)
				}
				if (d.FileError != "") != strings.HasSuffix(state, "-file") && state != "wrong-machine" {
					t.Errorf("%+v", d)
				}
				says(t, text, d.Name, state)
			}
			for _, name := range tt.absent {
				if slices.ContainsFunc(l.Windows[0].Drivers, func(d driver) bool { return d.Name == name }) {
					t.Errorf("%s is listed", name)
				}
			}
			var all listing
			drv(t, command.ExitOK, &all, "ls", "--all", "--windows", "w1", image)
			if len(all.Windows[0].Drivers) < len(l.Windows[0].Drivers) {
				t.Errorf("--all lists %d, without it %d", len(all.Windows[0].Drivers), len(l.Windows[0].Drivers))
			}
			if hash(t, image) != before {
				t.Error("the disk has changed")
			}
		})
	}
}

// TestDetails: file, version, group, ids and control sets.
func TestDetails(t *testing.T) {
	var l listing
	drv(t, command.ExitOK, &l, "ls", guests.MustLoad(t, "winxp-x86").Build(t))
	d := l.find(t, "intelide")
	if d.File != `\WINDOWS\system32\DRIVERS\intelide.sys` || d.Version != "5.1.2600.5512" || d.Group != "System Bus Extender" || !d.Storage ||
		d.ControlSets["ControlSet001"] != "disabled" || d.ControlSets["ControlSet003"] != "disabled" || !slices.Contains(d.IDs, `pci\ven_8086&dev_7010`) {
		t.Errorf("%+v", d)
	}
	drv(t, command.ExitOK, &l, "ls", guests.MustLoad(t, "win10-x64").Build(t))
	if d := l.find(t, "storahci"); d.StartOverride["0"] != 3 || d.Start != 0 || !slices.Contains(d.IDs, `PCI\CC_010601`) {
		t.Errorf("%+v", d)
	}
}

// TestVendor: what a real driver says of itself.
func TestVendor(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(untar(t, "virtio-win-0.1.240-storage-shared"), "*", "*", "*", "viostor", "w10", "amd64", "viostor.sys"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	g := guests.MustLoad(t, "win10-x64")
	number, e := g.Find(0, `\Windows\System32\drivers\storahci.sys`)
	image := g.With(number, guests.Entry{Kind: guests.File, Path: e.Path, Data: data}).Build(t)
	var l listing
	r := drv(t, command.ExitOK, nil, "ls", image)
	drv(t, command.ExitOK, &l, "ls", image)
	d := l.find(t, "storahci")
	if d.Version != "100.93.104.24000" || d.Vendor != "Red Hat, Inc." || d.FileError != "" {
		t.Errorf("%+v", d)
	}
	says(t, r, d.Version, d.Vendor)
}

// TestRealHive: a real hive has drivers by the hundred.
func TestRealHive(t *testing.T) {
	for _, tt := range []struct{ guest, hive, name, id string }{
		{"winxp-vmware", "hives/xp-sp3-x86-vmware.SYSTEM.xz", "vmscsi", `pci\ven_104b&dev_1040`},
		{"win7-x86", "hives/win7-sp1-x86-vmware.SYSTEM.xz", "LSI_SAS", `PCI\VEN_1000&DEV_0054`},
	} {
		g, err := guests.Around(tt.guest, realdata.File(t, tt.hive))
		if err != nil {
			t.Fatal(err)
		}
		image := g.Build(t)
		var some, all listing
		drv(t, command.ExitOK, &some, "ls", image)
		drv(t, command.ExitOK, &all, "ls", "--all", image)
		n, m := len(some.Windows[0].Drivers), len(all.Windows[0].Drivers)
		t.Logf("%s: %d drivers, %d of them at boot or of disk controllers", tt.guest, m, n)
		if n < 20 || m < 100 || n >= m {
			t.Errorf("%d of %d", n, m)
		}
		if d := some.find(t, tt.name); !slices.ContainsFunc(d.IDs, func(id string) bool { return strings.EqualFold(id, tt.id) }) {
			t.Errorf("%+v", d)
		}
	}
}

// TestUnreadable: what cannot be read is said, and is exit 11.
func TestUnreadable(t *testing.T) {
	g := guests.MustLoad(t, "winxp-x86")
	_, hive := g.SystemHive()
	image := g.With(1, guests.Entry{Kind: guests.File, Path: hive.Path, Data: []byte("no hive")}).Build(t)
	var l listing
	drv(t, command.ExitPerson, &l, "ls", image)
	if l.ExitCode != command.ExitPerson || l.Windows[0].Error == "" {
		t.Errorf("%+v", l)
	}
	drv(t, command.ExitError, nil, "ls", "/nowhere.img")
	drv(t, command.ExitUsage, nil, "ls", "--windows", "w7", image)
	drv(t, command.ExitError, nil, "ls", guests.MustLoad(t, "data-disk").Build(t))
}
