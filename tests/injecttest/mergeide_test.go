package injecttest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/tests/guests"
)

// mergeIDE is what the tool of that name writes (KB 314082): the service of each id
// of the critical device database.
func mergeIDE() map[string]string {
	all := map[string]string{"pci#cc_0101": "pciide", "gendisk": "disk"}
	for _, id := range []string{"primary_ide_channel", "secondary_ide_channel", "*pnp0600", "*azt0502"} {
		all[id] = "atapi"
	}
	for _, d := range strings.Fields("0e11:ae33 1039:0601 1039:5513 1042:1000 105a:4d33 1095:0640 1095:0646 1095:0648 1095:0649 1097:0038 10ad:0001 10ad:0150 10b9:5215 10b9:5219 10b9:5229 1106:0571") {
		all[fmt.Sprintf("pci#ven_%s&dev_%s", d[:4], d[5:])] = "pciide"
	}
	for _, rev := range []string{"05", "07"} {
		all["pci#ven_1095&dev_0646&rev_"+rev] = "pciide"
	}
	for _, d := range strings.Fields("1222 1230 2411 2421 7010 7111 7199") {
		all["pci#ven_8086&dev_"+d] = "intelide"
	}
	return all
}

// TestMergeIDE: an XP that was never on IDE, without any entry, gets the whole of
// MergeIDE in both control sets.
func TestMergeIDE(t *testing.T) {
	g := guests.MustLoad(t, "winxp-x86")
	_, e := g.SystemHive()
	for _, set := range []string{"1", "3"} {
		g = g.WithReg(e.Path, fmt.Sprintf("[-%[1]s\\ControlSet00%[2]s\\Control\\CriticalDeviceDatabase]\n\n[-%[1]s\\ControlSet00%[2]s\\Services\\IntelIde]\n\n"+
			"[%[1]s\\ControlSet00%[2]s\\Services\\atapi]\n\"Start\"=dword:00000004\n", e.Prefix, set))
	}
	image := g.Build(t)
	m := machineOf(pci(t, "8086:7010:010180"))
	p, w := open(t, image, m)
	offer, err := inject.For(p, w, m.Controllers[0])
	if err != nil {
		t.Fatal(err)
	}
	steps, err := inject.Steps(w, offer.Drivers...)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, p, steps)
	sound(t, g, image)
	lines := map[string]bool{}
	for _, l := range export(t, g, image) {
		lines[strings.ToLower(l)] = true
	}
	missing := 0
	for _, set := range w.ControlSets {
		for id, service := range mergeIDE() {
			key := `\` + set.Path + `\Control\CriticalDeviceDatabase\` + id + `\`
			class := "{4d36e96a-e325-11ce-bfc1-08002be10318}"
			if service == "disk" {
				class = "{4d36e967-e325-11ce-bfc1-08002be10318}"
			}
			if !has(lines, key, "Service", service) || !has(lines, key, "ClassGUID", class) {
				missing++
				t.Errorf("%s: %s is not given to %s", set.Path, id, service)
			}
		}
		for _, service := range []string{"atapi", "IntelIde", "PCIIde"} {
			if key := `\` + set.Path + `\Services\` + service + `\`; !lines[strings.ToLower(key+`"Start"=dword:00000000`)] {
				t.Errorf("%s does not start", key)
			}
		}
		for value, want := range map[string]string{"Group": "System Bus Extender", "ImagePath": `system32\DRIVERS\intelide.sys`} {
			if key := `\` + set.Path + `\Services\IntelIde\`; !has(lines, key, value, want) {
				t.Errorf("%s%s is not %s", key, value, want)
			}
		}
	}
	t.Logf("%d entries in %d control sets, %d missing", len(mergeIDE()), len(w.ControlSets), missing)
}

// has looks for a string value, whatever its case.
func has(lines map[string]bool, key, name, want string) bool {
	for line := range lines {
		rest, ok := strings.CutPrefix(line, strings.ToLower(key+`"`+name+`"=hex(`))
		if !ok {
			continue
		}
		_, hex, _ := strings.Cut(rest, ":")
		var text []byte
		for i, b := range strings.Split(hex, ",") {
			var n byte
			if fmt.Sscanf(b, "%x", &n); i%2 == 0 && n != 0 {
				text = append(text, n)
			}
		}
		if strings.EqualFold(string(text), want) {
			return true
		}
	}
	return false
}
