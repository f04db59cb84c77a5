package engine

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// around builds a guest around a hive file and what goes with it.
func around(t *testing.T, name, hive string, logs ...string) patient {
	t.Helper()
	g, err := guests.Around(name, hive, logs...)
	if err != nil {
		t.Fatal(err)
	}
	return patient{image: g.Build(t), guest: g}
}

// TestRealXP: an XP in VMware has intelide for the PIIX4, as this hive says.
// To make it the XP of a SCSI machine, hivexregedit disables the driver.
func TestRealXP(t *testing.T) {
	t.Parallel()
	hive := realdata.File(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz")
	reg := "[HKX\\ControlSet00{1,3}\\Services\\IntelIde]\n\"Start\"=dword:00000004\n"
	if err := guests.MergeReg(hive, "HKX", reg); err != nil {
		t.Fatal(err)
	}
	p := around(t, "winxp-vmware", hive)
	p.machine, p.controller = "pci:8086:7111", "8086:7111" // not that of another hypervisor
	p.drivers, p.sets = []string{"intelide"}, []string{"ControlSet001", "ControlSet003"}
	treat(t, p)
}

// TestRealXPHealthy: the hive as it was, on the machine that it comes from.
func TestRealXPHealthy(t *testing.T) {
	t.Parallel()
	p := around(t, "winxp-vmware", realdata.File(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz"))
	for _, machine := range []string{"pci:8086:7111", "vmware-buslogic"} {
		staysHealthy(t, p.image, machine)
	}
}

func TestReal7(t *testing.T) {
	t.Parallel()
	p := around(t, "win7-x86", realdata.File(t, "hives/win7-sp1-x86-vmware.SYSTEM.xz"))
	p.machine, p.controller = "pci:8086:2922", "8086:2922"
	p.drivers, p.sets = []string{"msahci"}, []string{"ControlSet001", "ControlSet002"}
	treat(t, p)
}

func TestReal7Healthy(t *testing.T) {
	t.Parallel()
	p := around(t, "win7-x86", realdata.File(t, "hives/win7-sp1-x86-vmware.SYSTEM.xz"))
	for _, machine := range []string{"pci:8086:7010", "vmware-lsisas"} {
		staysHealthy(t, p.image, machine)
	}
}

// TestRealDirtyHives: without the logs that complete it a hive is diagnosed, but
// not touched, and that is the reason given.
func TestRealDirtyHives(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		guest, hive string
		logs        []string
		machine, id string
		drivers     []string
	}{
		{"win81-x64", "hives/win81-x64-dirty-nolog.SYSTEM.xz", nil, "qemu-pc", "8086:7010", []string{"intelide", "atapi"}},
		{"win10-x64", "hives/win10-1709-x64-dirty.SYSTEM.xz", nil, "qemu-q35", "8086:2922", []string{"storahci"}},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			hive := realdata.File(t, tt.hive)
			var logs []string
			for _, l := range tt.logs {
				logs = append(logs, realdata.File(t, l))
			}
			p := around(t, tt.guest, hive, logs...)
			p.machine, p.controller, p.drivers, p.sets = tt.machine, tt.id, tt.drivers, []string{"ControlSet001"}
			before := hash(t, p.image)
			for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
				d := want(t, command.ExitPerson, append(args, "--machine", p.machine, p.image)...)
				if len(d.find("hive-log-pending")) != 1 {
					t.Errorf("%v: want hive-log-pending:\n%s", args, d.ids())
				}
				checkDiagnosis(t, p, d)
				if d.Result != nil && d.Result.Committed {
					t.Errorf("result %+v; want no commit", d.Result)
				}
				untouched(t, p.image, before, args[0])
			}
			r := bootmend(t, "repair", "--yes", "--machine", p.machine, p.image)
			if !strings.Contains(r.Stdout+r.Stderr, "hive-log-pending") || !strings.Contains(strings.ToLower(r.Stdout+r.Stderr), "log") {
				t.Errorf("the refusal does not give the log as its reason: %v", r)
			}
			untouched(t, p.image, before, "repair in text")
		})
	}
}

// TestReal10Logs: the newest changes of this hive are in its logs only. It is
// repaired with them: a foreign reader then finds as many keys as yarp does after
// the replay, and the driver started; the logs are as they were.
func TestReal10Logs(t *testing.T) {
	t.Parallel()
	names := []string{"hives/win10-1709-x64-dirty.SYSTEM.LOG1.xz", "hives/win10-1709-x64-dirty.SYSTEM.LOG2.xz"}
	hive, logs := realdata.File(t, "hives/win10-1709-x64-dirty.SYSTEM.xz"), []string{}
	for _, l := range names {
		logs = append(logs, realdata.File(t, l))
	}
	for _, home := range []string{"--journal-on-disk=false", "--journal-on-disk"} {
		p := around(t, "win10-x64", hive, logs...)
		d := want(t, command.ExitRepairable, "scan", "--machine", "qemu-q35", p.image)
		if f := d.find("hive-log-pending"); len(f) != 1 || f[0].Severity != "info" {
			t.Errorf("want hive-log-pending as information:\n%s", d.ids())
		}
		number, h := p.guest.SystemHive()
		file := func(suffix string) string {
			volume := oracle.Volume(t, p.image, p.guest.Partition(number))
			defer os.Remove(volume)
			if err := oracle.NTFSStructure(volume); err != nil {
				t.Error(err)
			}
			b, err := oracle.NTFSFile(volume, h.Path+suffix)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		before := file(".LOG1") + file(".LOG2")
		want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-q35", home, p.image)
		if file(".LOG1")+file(".LOG2") != before {
			t.Error("the logs were changed")
		}
		path := oracle.HiveFile(t, []byte(file("")))
		lines, err := oracle.RegExport(path)
		if err != nil {
			t.Fatal(err)
		}
		keys := 0
		for _, l := range lines {
			if strings.HasSuffix(l, `\`) && !strings.Contains(l, "=") {
				keys++
			}
		}
		if keys != 35595 {
			t.Errorf("%d keys, yarp finds 35595 after the replay", keys)
		}
		if n, err := oracle.RegDWORD(path, `ControlSet001\Services\storahci`, "Start"); err != nil || n != 0 {
			t.Errorf("Start of storahci: %d, %v", n, err)
		}
		want(t, command.ExitOK, "scan", "--machine", "qemu-q35", p.image)
	}
}

// TestReal10Clean: hivexsh writes the hive back with equal sequence numbers,
// which is what makes it editable.
func TestReal10Clean(t *testing.T) {
	t.Parallel()
	hive := realdata.File(t, "hives/win10-1709-x64-dirty.SYSTEM.xz")
	cmd := exec.Command("hivexsh", "-w", hive)
	cmd.Stdin = strings.NewReader("commit\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("hivexsh: %v: %s", err, out)
	}
	p := around(t, "win10-x64", hive)
	p.machine, p.controller = "qemu-q35", "8086:2922"
	p.drivers, p.sets = []string{"storahci"}, []string{"ControlSet001"}
	treat(t, p)
}

// TestRealDamagedHive: a perfect header over a damaged list of keys.
func TestRealDamagedHive(t *testing.T) {
	t.Parallel()
	p := around(t, "winxp-vmware", realdata.File(t, "hives/xp-sp3-x86-corrupted.SYSTEM.xz"))
	before := hash(t, p.image)
	for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
		for _, machine := range []string{"virtualbox-ide", "vmware-buslogic"} {
			r := bootmend(t, append(args, "--machine", machine, p.image)...)
			if r.Code != command.ExitPerson {
				t.Errorf("want exit 11: %v", r)
			}
			untouched(t, p.image, before, args[0])
		}
	}
}

// TestRealDamagedHiveMended: cutting off what cannot be read makes the hive one
// that foreign readers take; it is done on request only.
func TestRealDamagedHiveMended(t *testing.T) {
	t.Parallel()
	p := around(t, "winxp-vmware", realdata.File(t, "hives/xp-sp3-x86-corrupted.SYSTEM.xz"))
	if _, err := oracle.RegExport(p.hive(t)); err == nil {
		t.Fatal("hivexregedit reads the damaged hive")
	}
	before := hash(t, p.image)
	args := []string{"--machine", "pci:8086:7111", p.image}
	d := decode(t, bootmend(t, append([]string{"repair", "--json", "--yes", "--only", "hive-damaged"}, args...)...))
	if d.Result == nil || !d.Result.Committed {
		t.Fatalf("%+v:\n%s", d.Result, d.ids())
	}
	lines, err := oracle.RegExport(p.hive(t))
	if err != nil || len(lines) < 5_000 {
		t.Errorf("the mended hive has %d lines, %v", len(lines), err)
	}
	if err := oracle.NTFSStructure(p.volume(t)); err != nil {
		t.Error(err)
	}
	after := decode(t, bootmend(t, append([]string{"scan", "--json"}, args...)...))
	if len(after.find("hive-damaged")) > 0 {
		t.Errorf("still there:\n%s", after.ids())
	}
	t.Logf("%d lines; what is seen now:\n%s", len(lines), after.ids())
	want(t, command.ExitOK, "undo", "--yes", p.image)
	if hash(t, p.image) == before {
		return
	}
	if _, err := oracle.RegExport(p.hive(t)); err == nil {
		t.Error("taken back, the hive is not the damaged one")
	}
}

// TestRealNotRegf: a Windows 9x registry file in the place of SYSTEM.
func TestRealNotRegf(t *testing.T) {
	t.Parallel()
	p := around(t, "win7-x86", realdata.File(t, "hives/not-regf-win98.SYSTEM.DAT.xz"))
	before := hash(t, p.image)
	d := want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-q35", p.image)
	if len(d.find("hive-damaged")) != 1 {
		t.Errorf("want hive-damaged:\n%s", d.ids())
	}
	untouched(t, p.image, before, "repair")
}
