package registry_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/winver"
	"github.com/google/go-cmp/cmp"
)

// editor opens a hive for editing; after reads what the edit leaves.
func editor(t *testing.T, root key) (e *regf.Editor, after func() *registry.System) {
	t.Helper()
	s := open(t, root)
	e, err := regf.NewEditor(s.Hive, regf.EditorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return e, func() *registry.System {
		t.Helper()
		if _, err := e.Finish(); err != nil {
			t.Fatal(err)
		}
		s, err := registry.OpenSystem(e.Hive())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// withFilters is sample with classes and without services that cannot be read.
func withFilters() key {
	root := sample()
	for i, set := range root.Keys {
		for j, k := range set.Keys {
			if k.Name == "Control" {
				root.Keys[i].Keys[j].Keys = append(k.Keys, key{Name: "Class", Keys: []key{
					{Name: "{4d36e967-e325-11ce-bfc1-08002be10318}", Values: []value{sz("Class", "DiskDrive"), multi("UpperFilters", "PartMgr", "dead"), sz("LowerFilters", "one")}},
					{Name: registry.ClassHDC},
					{Name: registry.ClassVolume, Values: []value{dword("UpperFilters", 1)}},
				}})
			}
		}
	}
	return root
}

func TestEveryControlSet(t *testing.T) {
	e, after := editor(t, withFilters())
	var seen []string
	err := registry.EveryControlSet(e, func(set *registry.ControlSet) error {
		seen = append(seen, set.Path)
		err := errors.Join(set.SetStart(e, "intelide", registry.StartBoot), set.SetStart(e, "ATAPI", registry.StartBoot))
		if err := set.SetStart(e, "pvscsi", 0); !errors.Is(err, regf.ErrNotExist) {
			t.Errorf("a key without Start: %v", err)
		}
		if err := set.SetStart(e, "none", 0); !errors.Is(err, regf.ErrNotExist) {
			t.Errorf("an absent service: %v", err)
		}
		return err
	})
	if err != nil || len(seen) < 2 {
		t.Fatalf("%v %v", seen, err)
	}
	sets, err := after().ControlSets()
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		for _, name := range []string{"IntelIde", "atapi"} {
			if s, err := set.Service(name); err != nil || !s.BootStart() {
				t.Errorf("%s: %+v, %v", set.Path, s, err)
			}
		}
	}
	stop := errors.New("stop")
	e, _ = editor(t, sample())
	if err := registry.EveryControlSet(e, func(*registry.ControlSet) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	e, _ = editor(t, key{Keys: []key{{Name: "Select"}}})
	if err := registry.EveryControlSet(e, nil); !errors.Is(err, registry.ErrNoControlSet) {
		t.Errorf("%v", err)
	}
}

func TestPutService(t *testing.T) {
	e, after := editor(t, sample())
	want := registry.Service{Name: "symmpi", Start: 0, HasStart: true, Type: 1, ErrorControl: 1, Tag: 33, HasTag: true,
		ImagePath: `system32\drivers\symmpi.sys`, Group: "SCSI miniport", StartOverride: []registry.NamedDWORD{{Name: "0", Value: 0}}}
	err := registry.EveryControlSet(e, func(set *registry.ControlSet) error {
		return errors.Join(set.PutService(e, &want), set.PutCriticalDevice(e, `PCI\VEN_1000&DEV_0030`, "symmpi", registry.ClassSCSIAdapter),
			set.PutService(e, &registry.Service{Name: "IntelIde", Type: 1, ErrorControl: 1}))
	})
	if err != nil {
		t.Fatal(err)
	}
	sets, err := after().ControlSets()
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		want.KeyPath = set.Path + `\Services\symmpi`
		if got, err := set.Service("symmpi"); err != nil || !cmp.Equal(*got, want) {
			t.Errorf("%v %s", err, cmp.Diff(&want, got))
		}
		if d, err := set.CriticalDevice(`pci\ven_1000&dev_0030`); err != nil || d.Service != "symmpi" || d.ClassGUID != registry.ClassSCSIAdapter {
			t.Errorf("%+v, %v", d, err)
		}
		// What was there and is not given stays, but for the override.
		if s, err := set.Service("IntelIde"); err != nil || s.Tag != 4 || s.Group == "" || !s.BootStart() || s.StartOverride != nil {
			t.Errorf("%+v, %v", s, err)
		}
	}
	if err := sets[0].PutService(e, &registry.Service{Name: `a\b`}); err == nil {
		t.Error("a name with a backslash is accepted")
	}
}

func TestClassFilters(t *testing.T) {
	root := withFilters()
	e, after := editor(t, root)
	set, err := open(t, root).ControlSet(1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := set.ClassFilter(registry.ClassDisk)
	if err != nil || f.Name != "DiskDrive" || !slices.Equal(f.Upper, []string{"PartMgr", "dead"}) || !slices.Equal(f.Lower, []string{"one"}) {
		t.Fatalf("%+v, %v", f, err)
	}
	all, err := set.ClassFilters()
	if len(all) != 1 || !errors.Is(err, regf.ErrType) {
		t.Errorf("%d classes, %v; want one, and what is wrong with another", len(all), err)
	}
	if _, err := set.ClassFilter("{}"); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("%v", err)
	}
	f.Upper, f.Lower = []string{"PartMgr"}, nil
	if err := errors.Join(set.PutClassFilters(e, f), set.PutClassFilters(e, f)); err != nil {
		t.Fatal(err)
	}
	if set, err = after().ControlSet(1); err != nil {
		t.Fatal(err)
	}
	if f, err = set.ClassFilter(registry.ClassDisk); err != nil || !slices.Equal(f.Upper, []string{"PartMgr"}) || f.Lower != nil {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestBootable(t *testing.T) {
	s := open(t, key{Keys: []key{{Name: "ControlSet002"}, {Name: "Select", Values: []value{dword("Default", 2), dword("LastKnownGood", 7)}}}})
	sets, problems, err := s.Bootable()
	if err != nil || len(sets) != 1 || sets[0].Number != 2 || len(problems) != 1 {
		t.Errorf("%v %q %v", sets, problems, err)
	}
	if sets, problems, err := open(t, key{Keys: []key{{Name: "Select"}}}).Bootable(); err != nil || len(sets) != 0 || len(problems) != 1 {
		t.Errorf("%v %q %v", sets, problems, err)
	}
}

func TestMountedDevices(t *testing.T) {
	guid, err := registry.ParseGUID("{3F9C1A20-0102-4304-8506-0708090A0B0C}")
	if err != nil || registry.FormatGUID(guid) != "{3f9c1a20-0102-4304-8506-0708090a0b0c}" {
		t.Fatal(guid, err)
	}
	path := `\??\IDE#CdRomVMware#5&2a`
	values := []value{
		regftest.Binary(`\DosDevices\c:`, registry.MountedMBRData(0xcafebabe, 32256)...),
		regftest.Binary(`\??\Volume{d1}`, registry.MountedGPTData(guid)...),
		regftest.Binary(`\DosDevices\D:`, regftest.UTF16(path)...),
		regftest.Binary("#{x}", 1, 2, 3),
	}
	s := open(t, key{Keys: []key{{Name: "Select"}, {Name: "MountedDevices", Values: values}}})
	got, err := s.MountedDevices()
	want := []registry.MountedDevice{
		{Name: `\DosDevices\c:`, Letter: 'C', Kind: registry.MountedMBR, Signature: 0xcafebabe, Offset: 32256},
		{Name: `\??\Volume{d1}`, Kind: registry.MountedGPT, GUID: guid},
		{Name: `\DosDevices\D:`, Letter: 'D', Kind: registry.MountedPath, Path: path},
		{Name: "#{x}", Kind: registry.MountedData},
	}
	for i := range want {
		want[i].Data = values[i].Data
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
	if l := registry.LettersOf(got, registry.MountedMBRData(0xcafebabe, 32256)); len(l) != 1 || l[0].Letter != 'C' {
		t.Errorf("%v", l)
	}
	if got, err := open(t, key{Keys: []key{{Name: "Select"}}}).MountedDevices(); got != nil || err != nil {
		t.Errorf("no key: %v, %v", got, err)
	}
	for _, bad := range []string{"", "{}", "3F9C1A20-0102-4304-8506-0708090A0B0", "3F9C1A200102-4304-8506-0708-090A0B0C", "zF9C1A20-0102-4304-8506-0708090A0B0C"} {
		if _, err := registry.ParseGUID(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestDriverDatabases(t *testing.T) {
	with := sample()
	with.Keys = append(with.Keys, driverDatabase())
	drivers := open(t, key{Keys: []key{{Name: "Select"}, driverDatabase()}}).Hive
	for _, tt := range []struct {
		system  *registry.System
		drivers *regf.Hive
		want    []registry.Kind
	}{
		{open(t, sample()), nil, nil},
		{open(t, with), nil, []registry.Kind{registry.KindSystem}},
		{open(t, sample()), drivers, []registry.Kind{registry.KindDrivers}},
		{open(t, with), drivers, []registry.Kind{registry.KindSystem, registry.KindDrivers}},
	} {
		found, err := registry.DriverDatabases(tt.system, tt.drivers)
		var got []registry.Kind
		for _, f := range found {
			got = append(got, f.In)
			if b, err := f.Lookup(`PCI\CC_010601`); err != nil || len(b) != 2 {
				t.Errorf("%v, %v", b, err)
			}
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%v, %v; want %v", got, err, tt.want)
		}
	}
}

func TestKindOf(t *testing.T) {
	for kind, root := range map[registry.Kind]key{
		registry.KindSystem:   sample(),
		registry.KindSoftware: {Keys: []key{{Name: "Microsoft", Keys: []key{{Name: "Windows NT", Keys: []key{{Name: "CurrentVersion"}}}}}}},
		registry.KindBCD:      {Keys: []key{{Name: "Description"}, {Name: "Objects"}}},
		registry.KindDrivers:  {Keys: []key{{Name: "DriverDatabase"}}},
		registry.KindUser:     {Keys: []key{{Name: "Control Panel"}, {Name: "Software"}}},
		registry.KindUnknown:  {Keys: []key{{Name: "Microsoft"}}},
	} {
		b := regftest.Build(root, regftest.Options{})
		h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := registry.KindOf(h); err != nil || got != kind {
			t.Errorf("%q, %v; want %q", got, err, kind)
		}
	}
	if registry.KindMounted("system") != registry.KindSystem || registry.KindMounted("x") != registry.KindUnknown || registry.KindSystem.Mount() != `HKEY_LOCAL_MACHINE\SYSTEM` {
		t.Error("names of hives")
	}
}

func TestGrowthLimit(t *testing.T) {
	small := open(t, sample()).Hive
	for _, tt := range []struct {
		v    winver.Version
		want int64
	}{
		{winver.Version{Major: 4}, registry.LimitNT4}, {winver.Version{Major: 5}, registry.LimitNT4},
		{winver.Version{Major: 5, Minor: 1}, registry.LimitXP}, {winver.Version{Major: 5, Minor: 2}, registry.LimitXP},
		{winver.Version{Major: 6}, 0}, {winver.Version{Major: 10}, 0}, {winver.Version{}, registry.LimitXP},
	} {
		if got := registry.GrowthLimit(tt.v, small); got != tt.want {
			t.Errorf("%v: %d; want %d", tt.v, got, tt.want)
		}
	}
	b := regftest.Build(key{Values: []value{regftest.Binary("big", make([]byte, registry.LimitNT4)...)}}, regftest.Options{Minor: 3})
	large, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if got := registry.GrowthLimit(winver.Version{}, large); got != int64(large.Header().BinsSize) {
		t.Errorf("a hive beyond the limit: %d", got)
	}
}
