package winver_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/winver"
	"github.com/google/go-cmp/cmp"
)

func software(t *testing.T, values ...regftest.Value) *regf.Hive {
	t.Helper()
	b := regftest.Build(regftest.Key{Keys: []regftest.Key{{Name: "Microsoft", Keys: []regftest.Key{
		{Name: "Windows NT", Keys: []regftest.Key{{Name: "CurrentVersion", Values: values}}}}}}}, regftest.Options{})
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRead(t *testing.T) {
	sz, dw := regftest.SZ, regftest.DWORD
	for name, tc := range map[string]struct {
		values []regftest.Value
		want   winver.Version
		text   string
		server bool
	}{
		"XP, whose CurrentBuild lies": {
			[]regftest.Value{sz("CurrentVersion", "5.1"), sz("CurrentBuildNumber", "2600"), sz("CurrentBuild", "1.511.1 () (Obsolete data - do not use)"),
				sz("ProductName", "Microsoft Windows XP"), sz("CSDVersion", "Service Pack 3")},
			winver.Version{Major: 5, Minor: 1, Build: 2600, ProductName: "Microsoft Windows XP", ServicePack: "Service Pack 3"},
			"Microsoft Windows XP (5.1.2600)", false},
		"2003": {
			[]regftest.Value{sz("CurrentVersion", "5.2"), sz("CurrentBuildNumber", "3790"), sz("ProductName", "Microsoft Windows Server 2003")},
			winver.Version{Major: 5, Minor: 2, Build: 3790, ProductName: "Microsoft Windows Server 2003"},
			"Microsoft Windows Server 2003 (5.2.3790)", true},
		"11 calls itself 10": {
			[]regftest.Value{sz("CurrentVersion", "6.3"), dw("CurrentMajorVersionNumber", 10), dw("CurrentMinorVersionNumber", 0), sz("CurrentBuildNumber", "22631"),
				dw("UBR", 2861), sz("ProductName", "Windows 10 Pro"), sz("InstallationType", "Client"), sz("EditionID", "Professional")},
			winver.Version{Major: 10, Build: 22631, UBR: 2861, ProductName: "Windows 10 Pro", InstallationType: "Client", EditionID: "Professional"},
			"Windows 11 Pro (10.0.22631)", false},
		"server 2025": {
			[]regftest.Value{dw("CurrentMajorVersionNumber", 10), dw("CurrentMinorVersionNumber", 0), sz("CurrentBuildNumber", "26100"),
				sz("ProductName", "Windows Server 2025 Standard"), sz("InstallationType", "Server Core")},
			winver.Version{Major: 10, Build: 26100, ProductName: "Windows Server 2025 Standard", InstallationType: "Server Core"},
			"Windows Server 2025 Standard (10.0.26100)", true},
		"nothing but numbers": {
			[]regftest.Value{sz("CurrentVersion", "4.0"), sz("CurrentBuildNumber", "1381"), regftest.Binary("ProductName", 1, 2)},
			winver.Version{Major: 4, Build: 1381}, "4.0.1381", false},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := winver.Read(software(t, tc.values...))
			tc.want.Source = winver.FromSoftware
			if err != nil || !cmp.Equal(v, tc.want) {
				t.Fatalf("Read: %v %s", err, cmp.Diff(tc.want, v))
			}
			if v.String() != tc.text || v.Server() != tc.server {
				t.Errorf("String = %q, Server = %v", v, v.Server())
			}
		})
	}
}

func TestUnknown(t *testing.T) {
	sz := regftest.SZ
	for name, values := range map[string][]regftest.Value{
		"empty":      nil,
		"no build":   {sz("CurrentVersion", "5.1")},
		"no version": {sz("CurrentBuildNumber", "2600")},
		"no dot":     {sz("CurrentVersion", "5"), sz("CurrentBuildNumber", "2600")},
		"bad build":  {sz("CurrentVersion", "5.1"), sz("CurrentBuildNumber", "2600 beta")},
	} {
		if _, err := winver.Read(software(t, values...)); !errors.Is(err, winver.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := regftest.Build(regftest.Key{}, regftest.Options{})
	h, _ := regf.Open(bytes.NewReader(b), int64(len(b)))
	if _, err := winver.Read(h); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("other hive: %v", err)
	}
	for _, f := range [][4]uint16{{}, {1, 2, 3, 4}, {2600, 1, 1, 1}, {6, 1, 0, 1}} {
		if _, err := winver.Kernel(f); !errors.Is(err, winver.ErrUnknown) {
			t.Errorf("kernel %v: %v", f, err)
		}
	}
}

func TestCompare(t *testing.T) {
	v, err := winver.Kernel([4]uint16{6, 3, 9600, 16384})
	if err != nil || v.NT() != "6.3" || v.Source != winver.FromKernel || v.UBR != 16384 {
		t.Fatalf("%+v, %v", v, err)
	}
	for _, tc := range []struct {
		major, minor, build uint32
		want                bool
	}{{6, 2, 0, true}, {6, 3, 0, true}, {6, 3, 9600, true}, {6, 3, 9601, false}, {6, 4, 0, false}, {10, 0, 0, false}, {5, 9, 99999, true}} {
		if got := v.AtLeastBuild(tc.major, tc.minor, tc.build); got != tc.want {
			t.Errorf("AtLeastBuild(%d, %d, %d) = %v", tc.major, tc.minor, tc.build, got)
		}
		if got := v.AtLeast(tc.major, tc.minor); tc.build == 0 && got != tc.want {
			t.Errorf("AtLeast(%d, %d) = %v", tc.major, tc.minor, got)
		}
	}
}
