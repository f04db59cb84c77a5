package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestActivationNote: who repairs Windows XP or Server 2003 for other hardware is
// told what may come, once for each Windows, in text and in JSON. Other repairs and
// other versions say nothing of it.
func TestActivationNote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, guest, damage string
		args                []string
		want                int
	}{
		{name: "XP, driver disabled", guest: "winxp-x86", args: []string{"--machine", "qemu-pc"}, want: 1},
		{name: "2003, driver disabled", guest: "win2003-system-c", args: []string{"--machine", "qemu-pc"}, want: 1},
		{name: "XP, critical device", damage: "critical-device-missing/ide-xp", args: []string{"--machine", "qemu-pc"}, want: 1},
		{name: "XP, prepared", guest: "winxp-x86", args: []string{"--machine", "pci:1095:0640", "--action", "prepare-for=qemu-pc"}, want: 1},
		{name: "XP, prepared and so already", guest: "winxp-x86", args: []string{"--machine", "pci:1095:0640", "--action", "prepare-for=pci:1095:0640"}},
		{name: "XP, another action", guest: "winxp-x86", args: []string{"--machine", "pci:1095:0640", "--action", "autoreboot=off"}},
		{name: "XP, boot.ini", damage: "bootini-wrong-partition/partition", args: []string{"--machine", "pci:1095:0640"}},
		{name: "ReactOS, driver disabled", damage: "storage-driver-disabled/reactos", args: []string{"--machine", "qemu-pc"}},
		{name: "2000, scsiport.sys", damage: "scsiport-2000-rollup/uninstall-folder", args: []string{"--machine", onBusLogic}},
		{name: "7, driver disabled", guest: "win7-x86", args: []string{"--machine", "qemu-q35"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var image string
			if tt.damage == "" {
				image = guests.MustLoad(t, tt.guest).Build(t)
			} else {
				d, ok := damage.Find(tt.damage)
				if !ok {
					t.Fatalf("no damage %s", tt.damage)
				}
				image, _ = d.Build(t)
			}
			args := append([]string{"plan", image}, tt.args...)
			doc := decode(t, bootmend(t, append(args, "--json")...))
			if doc.Plan == nil || (len(doc.Plan.Writes) == 0) != strings.Contains(tt.name, "already") {
				t.Fatalf("plan %+v:\n%s", doc.Plan, doc.ids())
			}
			told := slices.DeleteFunc(doc.Plan.Notes, func(n string) bool { return !strings.Contains(n, "activat") })
			if len(told) != tt.want {
				t.Errorf("notes %q; want %d", told, tt.want)
			}
			text := strings.Join(strings.Fields(bootmend(t, args...).Stdout), " ")
			if n := strings.Count(text, "may ask to be activated again"); n != tt.want {
				t.Errorf("the text says it %d times; want %d", n, tt.want)
			}
		})
	}
}

// TestActivationData: what a real XP keeps of its activation, in the hive and in
// its files, is after the repair what it was.
func TestActivationData(t *testing.T) {
	t.Parallel()
	hive := realdata.File(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz")
	reg := "[HKX\\ControlSet00{1,3}\\Services\\IntelIde]\n\"Start\"=dword:00000004\n"
	if err := guests.MergeReg(hive, "HKX", reg); err != nil {
		t.Fatal(err)
	}
	g, err := guests.Around("winxp-vmware", hive)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{`\WINDOWS\system32\wpa.dbl`: "the data of this test", `\WINDOWS\system32\wpa.bak`: "its older copy"}
	for path, text := range files {
		g = g.With(1, guests.Entry{Kind: guests.Text, Path: path, Data: []byte(text)})
	}
	p := patient{image: g.Build(t), guest: g}
	keys := func() []string {
		lines, err := oracle.RegExport(p.hive(t))
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(lines, func(l string) bool { return !strings.HasPrefix(strings.TrimPrefix(l, `\`), `WPA\`) })
	}
	before := keys()
	if len(before) < 7 {
		t.Fatalf("only %d lines below WPA", len(before))
	}
	want(t, command.ExitOK, "repair", "--yes", "--machine", "pci:8086:7111", p.image)
	if after := keys(); !slices.Equal(before, after) {
		t.Errorf("below WPA, before:\n%q\nafter:\n%q", before, after)
	}
	volume := p.volume(t)
	for path, text := range files {
		if data, err := oracle.NTFSFile(volume, path); err != nil || string(data) != text {
			t.Errorf("%s is %q, %v; want %q", path, data, err, text)
		}
	}
	t.Logf("%d lines below WPA", len(before))
}
