package inf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
)

// TestDecorations: which section of those that the file lists is for which
// Windows. Sections: "" is the one without decoration.
func TestDecorations(t *testing.T) {
	for _, c := range []struct{ decorations, windows, want string }{
		{"", "5.1 x86", "M"},
		{"", "5.0 x86", "M"},
		{"", "5.2 amd64", "none"},
		{"NTx86,NTamd64", "5.0 x86", "M"}, // Windows 2000 knows no decorations
		{"NTx86,NTamd64", "5.1 x86", "M.NTx86"},
		{"NTx86,NTamd64", "5.2 amd64", "M.NTamd64"},
		{"NTx86,NTamd64", "6.1 ia64", "none"},
		{"NTx86,NTamd64", "10.0 arm64", "none"},
		{"NTamd64", "6.1 x86", "M"}, // the one without decoration is left for x86
		{"NTamd64", "6.1 amd64", "M.NTamd64"},
		{"NT", "5.1 x86", "M.NT"},
		{"NT", "6.1 amd64", "none"},
		{"NTx86.5.1,NTx86.6.0,NTx86.6.2", "5.1 x86", "M.NTx86.5.1"},
		{"NTx86.5.1,NTx86.6.0,NTx86.6.2", "5.2 x86", "M.NTx86.5.1"},
		{"NTx86.5.1,NTx86.6.0,NTx86.6.2", "6.1 x86", "M.NTx86.6.0"},
		{"NTx86.5.1,NTx86.6.0,NTx86.6.2", "10.0 x86", "M.NTx86.6.2"},
		{"NTx86.6.0", "5.1 x86", "M"},
		{"NTamd64.6.0", "5.2 amd64", "none"},
		{"NTx86.6", "6.1 x86", "M.NTx86.6"},
		{"NTx86,NT.5.1", "5.1 x86", "M.NT.5.1"}, // a version says more than a processor
		{"NT.5.1,NTx86.5.1", "5.1 x86", "M.NTx86.5.1"},
		{"NTamd64.6.1...7600,NTamd64.6.1.3,NTamd64.6.1.1", "6.1 amd64", "M.NTamd64.6.1...7600"},
		{"NTamd64.6.1.3,NTamd64.6.1.0x00000001,NTamd64.6.1", "6.1 amd64", "M.NTamd64.6.1.0x00000001"},
		{"NTamd64.6.1.3", "6.1 amd64", "none"},
		{"NTamd64...1", "6.1 amd64", "M.NTamd64...1"},
		{"NTamd64.6.1..1,NTamd64", "6.1 amd64", "M.NTamd64"}, // suite
		{"NTamd64.10.0...16299,NTamd64.10.0...14393,NTamd64.6.1", "10.0.14393 amd64", "M.NTamd64.10.0...14393"},
		{"NTamd64.10.0...16299,NTamd64.10.0...14393,NTamd64.6.1", "10.0.19045 amd64", "M.NTamd64.10.0...16299"},
		{"NTamd64.10.0...16299,NTamd64.10.0...14393,NTamd64.6.1", "10.0.10240 amd64", "M.NTamd64.6.1"},
		{"NTamd64.6.1...,NTfoo,NTamd64.x,Chicago,NTx86.1.2.3.4.5.6", "6.1 amd64", "M.NTamd64.6.1..."},
		{"NTARM64.6.3", "10.0 arm64", "M.NTARM64.6.3"},
	} {
		text := version + "[Manufacturer]\nmaker=M"
		sections := "[M]\nM=I,id\n"
		for _, d := range strings.Split(c.decorations, ",") {
			if d != "" {
				text += "," + d
				sections += "[M." + d + "]\nM." + d + "=I,id\n"
			}
		}
		w := inf.Target{Product: inf.Workstation}
		version, arch, _ := strings.Cut(c.windows, " ")
		w.Arch = inf.Arch(arch)
		if n, _ := fmt.Sscanf(version, "%d.%d.%d", &w.Major, &w.Minor, &w.Build); n < 3 {
			w.Build = 7600
		}
		models, err := parse(t, text+"\n"+sections).Models(w)
		if err != nil {
			t.Fatal(err)
		}
		got := "none"
		if len(models) > 0 {
			got = models[0].Description
		}
		if got != c.want {
			t.Errorf("%q, Windows %s: %s, want %s", c.decorations, c.windows, got, c.want)
		}
	}
}

func TestModels(t *testing.T) {
	f := parse(t, version+"[Manufacturer]\n%a%=A,NTamd64\nPlain\n%gone%=Gone\nempty=\n[A]\n%d% = I , PCI\\A , PCI\\B,,PCI\\C ; x\n"+
		"nothing=\n[A.NTamd64]\n[Plain]\n\"a, b\"=%i%\n[Strings]\na=Maker\nd=Device\ni=Inst\n")
	models, err := f.Models(xp)
	if err != nil || len(models) != 2 {
		t.Fatalf("%+v, %v", models, err)
	}
	if m := models[0]; m.Manufacturer != "Maker" || m.Description != "Device" || m.Section != "I" || strings.Join(m.IDs(), "|") != `PCI\A|PCI\B|PCI\C` || m.From != "A" || m.Line != 9 {
		t.Errorf("%+v", m)
	}
	if m := models[1]; m.Manufacturer != "Plain" || m.Description != "a, b" || m.Section != "Inst" || len(m.IDs()) != 0 {
		t.Errorf("%+v", m)
	}
	if got := fmt.Sprintf("%q", f.Decorations()); got != `["" "ntamd64"]` {
		t.Error(got)
	}
	lines := "[Manufacturer]\n" + strings.Repeat("m=M\n", 2000) + "[M]\n" + strings.Repeat("d=I,id\n", 2000)
	if _, err := parse(t, version+lines).Models(xp); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("4 million devices: %v", err)
	}
}
