package winsxs_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/winsxs"
)

// TestParseName: names as they are on real disks.
func TestParseName(t *testing.T) {
	for folder, want := range map[string]winsxs.Name{
		"amd64_microsoft-windows-os-kernel_31bf3856ad364e35_10.0.16299.15_none_0123456789abcdef":          {"amd64", "microsoft-windows-os-kernel", "31bf3856ad364e35", pe.Version{10, 0, 16299, 15}, "none"},
		"amd64_microsoft-windows-s..edsecurityupdatesai_31bf3856ad364e35_25.10.0.0_none_eeb9d8760f514b22": {"amd64", "microsoft-windows-s..edsecurityupdatesai", "31bf3856ad364e35", pe.Version{25, 10}, "none"},
		"AMD64_dual_mshdc.inf_31bf3856ad364e35_10.0.19041.1_none_e9a7a7ae2b1d6bb4":                        {"amd64", "dual_mshdc.inf", "31bf3856ad364e35", pe.Version{10, 0, 19041, 1}, "none"},
		"x86_microsoft-windows-charmap.resources_31bf3856ad364e35_6.1.7600.16385_en-us_e1439e3c41e7211b":  {"x86", "microsoft-windows-charmap.resources", "31bf3856ad364e35", pe.Version{6, 1, 7600, 16385}, "en-us"},
		"Backup": {}, "Manifests": {}, "": {}, "_____": {}, "amd64_a_b_c_d_e": {}, "amd64_a_b_1.2.3_d_e": {}, "amd64_a_b_1.2.3.99999_d_e": {},
		"FileMaps": {}, "amd64__b_1.2.3.4_d_e": {},
	} {
		got, ok := winsxs.ParseName(folder)
		if ok != (want != winsxs.Name{}) || ok && got != want {
			t.Errorf("%s: %+v, %v; want %+v", folder, got, ok, want)
		}
	}
	a, _ := winsxs.ParseName("amd64_a_31bf3856ad364e35_10.0.1.15_none_0123456789abcdef")
	b, _ := winsxs.ParseName("amd64_a_31bf3856ad364e35_10.0.1.900_none_1123456789abcdef")
	c, _ := winsxs.ParseName("wow64_a_31bf3856ad364e35_10.0.1.15_none_0123456789abcdef")
	if a.Family() != b.Family() || a.Family() == c.Family() {
		t.Errorf("families %s, %s, %s", a.Family(), b.Family(), c.Family())
	}
}

func software(t *testing.T, keys ...regftest.Key) *regf.Hive {
	t.Helper()
	root := regftest.Key{Name: "Winners", Keys: keys}
	for _, name := range []string{"SideBySide", "CurrentVersion", "Windows", "Microsoft"} {
		root = regftest.Key{Name: name, Keys: []regftest.Key{root}}
	}
	b := regftest.Build(regftest.Key{Keys: []regftest.Key{root}}, regftest.Options{})
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func winner(name, branch string, value ...regftest.Value) regftest.Key {
	return regftest.Key{Name: name, Keys: []regftest.Key{{Name: branch, Values: value}}}
}

func TestWinner(t *testing.T) {
	const kernel, cut = "amd64_microsoft-windows-os-kernel_31bf3856ad364e35_none", "amd64_microsoft-windows-s..edsecurityupdatesai_31bf3856ad364e35_none"
	version := func(text string) regftest.Value {
		return regftest.SZ("", text)
	}
	h := software(t,
		winner(kernel+"_a7de5ee1f8ee4e0e", "6.1", version("6.1.7601.18247"), regftest.Binary("6.1.7601.22436", 1)),
		winner(cut+"_0e8b36cfce2fb332", "6.1", version("6.1.7602.20587")),
		winner(cut+"_1e8b36cfce2fb332", "6.1", version("6.1.7602.20588")),
		winner("amd64_text_31bf3856ad364e35_none_1e8b36cfce2fb332", "6.1", version("newest")),
		winner("amd64_number_31bf3856ad364e35_none_1e8b36cfce2fb332", "6.1", regftest.Binary("", 1)),
		winner("amd64_empty_31bf3856ad364e35_none_1e8b36cfce2fb332", "6.1"),
		winner("none", "6.1"),
	)
	for _, tt := range []struct {
		family string
		of     pe.Version
		want   pe.Version
	}{
		{kernel, pe.Version{6, 1}, pe.Version{6, 1, 7601, 18247}},
		{kernel, pe.Version{6, 3}, pe.Version{}},
		{cut, pe.Version{6, 1}, pe.Version{}},
		{"amd64_hal_31bf3856ad364e35_none", pe.Version{6, 1}, pe.Version{}},
		{"amd64_text_31bf3856ad364e35_none", pe.Version{6, 1}, pe.Version{}},
		{"amd64_number_31bf3856ad364e35_none", pe.Version{6, 1}, pe.Version{}},
		{"amd64_empty_31bf3856ad364e35_none", pe.Version{6, 1}, pe.Version{}},
	} {
		got, err := winsxs.Winner(h, tt.family, tt.of)
		if got != tt.want || (err == nil) != (tt.want != pe.Version{}) || err != nil && !errors.Is(err, winsxs.ErrUnknown) {
			t.Errorf("%s of %v: %v, %v; want %v", tt.family, tt.of, got, err, tt.want)
		}
	}
	b := regftest.Build(regftest.Key{}, regftest.Options{})
	empty, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := winsxs.Winner(empty, kernel, pe.Version{6, 1}); !errors.Is(err, winsxs.ErrUnknown) {
		t.Error(err)
	}
}

func TestPacked(t *testing.T) {
	for head, packed := range map[string]bool{
		"": false, "MZ\x90\x00": false, "DCM": false, "DCM\x00": false, "PA3": false, "xPA30": false,
		"PA30\x00\x01": true, "PA31xxxx": true, "\x01\x02\x03\x04PA30": true, "DCM\x01PA30": true, "DCN\x01": true, "DCS\x01\x10": true, "DCH\x01": true, "DCD\x01": true,
	} {
		if got := winsxs.Packed([]byte(head)); (got != "") != packed {
			t.Errorf("%q: %q", head, got)
		}
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("amd64_microsoft-windows-os-kernel_31bf3856ad364e35_10.0.16299.15_none_0123456789abcdef")
	f.Add("_____")
	f.Fuzz(func(t *testing.T, folder string) {
		if n, ok := winsxs.ParseName(folder); ok && (n.Arch == "" || n.Component == "") {
			t.Errorf("%q: %+v", folder, n)
		}
		winsxs.Packed([]byte(folder))
	})
}
