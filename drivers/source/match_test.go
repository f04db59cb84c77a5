package source

import (
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
)

// TestRank is the table of "Driver package rank example" at learn.microsoft.com.
func TestRank(t *testing.T) {
	ids := []string{`PCI\VEN_1&DEV_2&REV_3`, `PCI\VEN_1&DEV_2`, `PCI\VEN_1&CC_0106`, `PCI\CC_0106`}
	for _, c := range []struct {
		device, model string
		place         int // in the model's list, 0 is its hardware id
		want          Rank
	}{
		{ids[0], "hw", 0, 0x0000}, {ids[0], "c1", 1, 0x1000}, {ids[0], "c2", 2, 0x1000},
		{ids[1], "hw", 0, 0x0001}, {ids[1], "c1", 1, 0x1001}, {ids[1], "c2", 2, 0x1001},
		{ids[2], "hw", 0, 0x2000}, {ids[2], "c1", 1, 0x3000}, {ids[2], "c2", 2, 0x3100},
		{ids[3], "hw", 0, 0x2001}, {ids[3], "c1", 1, 0x3001}, {ids[3], "c2", 2, 0x3101},
	} {
		model := []string{"hw", "c1", "c2"}
		model[c.place] = "pci" + c.device[3:] // case does not count
		got, id, ok := rankOf(ids, model[0], model[1:])
		if !ok || got != c.want || id != c.device {
			t.Errorf("%s as %s: %#x (%s), want %#x", c.device, c.model, got, id, c.want)
		}
	}
	if _, _, ok := rankOf(ids, "", []string{""}); ok {
		t.Error("an empty id matches")
	}
	if r, _, _ := rankOf(ids, ids[3], []string{ids[1]}); r != 0x1001 {
		t.Errorf("the best of two: %#x", r)
	}
}

func TestMade(t *testing.T) {
	for _, c := range []struct {
		path, section string
		target        inf.Target
		want          Made
	}{
		{`\viostor\w10\amd64\x.inf`, "V.NTamd64.6.3", inf.Target{Major: 6, Minor: 3, Arch: inf.AMD64}, MadeForNewer},
		{`\viostor\w10\amd64\x.inf`, "V.NTamd64.6.3", inf.Target{Major: 10, Build: 19041, Arch: inf.AMD64}, MadeForThis},
		{`\viostor\w11\amd64\x.inf`, "V.NTamd64.10.0", inf.Target{Major: 10, Build: 19041, Arch: inf.AMD64}, MadeForNewer},
		{`\viostor\w10\amd64\x.inf`, "", inf.Target{Major: 10, Build: 26100, Arch: inf.AMD64}, MadeForThis},
		{`\win10\viostor\xp\amd64\x.inf`, "V.NTAMD64", inf.Target{Major: 5, Minor: 2, Arch: inf.AMD64}, MadeForThis},
		{`\viostor\xp\x86\x.inf`, "V.NTx86", inf.Target{Major: 5, Minor: 2, Arch: inf.X86}, MadeForOlder},
		{`\viostor\2k3\x86\x.inf`, "V.NTx86", inf.Target{Major: 5, Minor: 1, Arch: inf.X86}, MadeForNewer},
		{`\viostor\XP\x86\x.inf`, "V.NTx86", inf.Target{Major: 6, Minor: 1, Arch: inf.X86}, MadeForOther},
		{`\x.inf`, "V.NTx86.6.1", inf.Target{Major: 6, Minor: 1, Arch: inf.X86}, MadeForThis},
		{`\x.inf`, "V.NTx86.6.0", inf.Target{Major: 6, Minor: 1, Arch: inf.X86}, MadeForOlder},
		{`\x.inf`, "V.NTamd64.10.0...17763", inf.Target{Major: 10, Build: 19041, Arch: inf.AMD64}, MadeForThis},
		{`\x.inf`, "V.NTx86", inf.Target{Major: 6, Minor: 1, Arch: inf.X86}, MadeForUnknown},
		{`\x.inf`, "V", inf.Target{Major: 5, Minor: 1, Arch: inf.X86}, MadeForUnknown},
		{`\x.inf`, "V.NT", inf.Target{Major: 5, Minor: 1, Arch: inf.X86}, MadeForUnknown},
	} {
		p := &Package{Path: c.path}
		if got := p.madeFor(&inf.Model{From: c.section}, c.target); got != c.want {
			t.Errorf("%s [%s] for %v: %v, want %v", c.path, c.section, c.target, got, c.want)
		}
	}
}

func TestDriverVer(t *testing.T) {
	ordered := []inf.DriverVer{{}, {Date: "nonsense", Version: "1.0"}, {Date: "01/02/2003"}, {Date: "1/2/2003", Version: "9.9"}, {Date: "01/02/2003", Version: "10.0.1"},
		{Date: "01/02/2003", Version: "10.0.1.1"}, {Date: "12-31-2019", Version: "1"}, {Date: "06/07/2023", Version: "0.1"}}
	for i := 1; i < len(ordered); i++ {
		if compareDriverVer(ordered[i-1], ordered[i]) >= 0 || compareDriverVer(ordered[i], ordered[i-1]) <= 0 {
			t.Errorf("%v is not before %v", ordered[i-1], ordered[i])
		}
	}
}

func TestFit(t *testing.T) {
	sp3 := pe.Version{5, 1, 2600, 5755}
	for _, c := range []struct {
		file, kernel pe.Version
		want         Fit
	}{
		{pe.Version{5, 1, 2600, 5512}, sp3, SameServicePack}, {pe.Version{5, 1, 2600, 6055}, sp3, SameServicePack},
		{pe.Version{5, 1, 2600, 3000}, sp3, EarlierServicePack}, {pe.Version{5, 1, 2600, 0}, sp3, EarlierServicePack},
		{pe.Version{5, 1, 2600, 5512}, pe.Version{5, 1, 2600, 3244}, LaterServicePack}, {pe.Version{5, 2, 3790, 0}, sp3, OtherVersion},
		{pe.Version{5, 0, 2195, 6655}, pe.Version{5, 0, 2195, 7045}, SameServicePack},
		{pe.Version{5, 2, 3790, 1830}, pe.Version{5, 2, 3790, 4789}, EarlierServicePack},
		{pe.Version{6, 1, 7601, 17514}, pe.Version{6, 1, 7601, 24544}, OtherBranch}, {pe.Version{6, 1, 7600, 16385}, pe.Version{6, 1, 7601, 17514}, OtherBuild},
		{pe.Version{10, 0, 19041, 1}, pe.Version{10, 0, 19041, 3570}, SameServicePack}, {pe.Version{10, 0, 22000, 1}, pe.Version{10, 0, 19041, 1}, OtherBuild},
	} {
		if got := fitOf(c.file, c.kernel); got != c.want {
			t.Errorf("%v under %v: %v, want %v", c.file, c.kernel, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"atapi.sys": "atapi.sy_", "readme": "readme._", "x.in": "x.in_", "a.b.cab": "a.b.ca_", "ntoskrnl.exe": "ntoskrnl.ex_", "x.c": "x.c_"} {
		if got := PackedName(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if Join("a", `\b\`, "", "..", "c/d") != `\a\b\c\d` || Join() != `\` || Dir(`\a\b`) != `\a` || Dir("a") != `\` || Base(`\a\b.C`) != "b.C" || Ext(`\a.b\c`) != "" || Ext("X.SYS") != ".sys" {
		t.Error("paths")
	}
	for name, want := range map[string]int{"sp4.cab": 4, "SP1.CAB": 1, "driver.cab": 0, "sp.cab": -1, "sp3.cab.bak": -1, "x.cab": -1, "sp10.cab": 10} {
		if got := cabinetOrder(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}
