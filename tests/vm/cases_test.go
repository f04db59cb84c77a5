package vm

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/offer"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// Adapters that QEMU lacks are told to the image on the kernel command line.
const (
	busLogic = "bootmend.machine=vmware-buslogic"
	lsiLogic = "bootmend.machine=vmware-lsilogic"
)

const goodPort = "5.0.2195.7059"

// bothSets are the control sets of the guests.
var bothSets = []string{"ControlSet001", "ControlSet003"}

// clinical is one of the cases that people reported: a disk, what lies beside it,
// and how a foreign tool has to find it afterwards.
type clinical struct {
	name     string
	args     string // of the kernel, besides Unattended
	disk     func(t *testing.T) (image string, g *guests.Guest)
	beside   func(t *testing.T, c *Config)
	says     []string
	judge    func(t *testing.T, image string, g *guests.Guest)
	ordinary bool // runs in "make test"
}

// cases are A (Windows 2000 with the scsiport.sys of Update Rollup 1 on a BusLogic
// adapter), B (Windows XP whose IDE driver is disabled) and C (Server 2003 with a
// small C: and \WINDOWS on the second partition, on an LSI Logic adapter).
func cases(t *testing.T) []clinical {
	file := standIn(t, goodPort)
	good := offer.Files{"scsiport.sys": file}
	update := func(t *testing.T, name string) offer.Files {
		return offer.Files{name: offer.Files{"scsiport.sys": file, "update.inf": []byte("[Version]")}.Program(t)}
	}
	badOnes := "scsiport-2000-rollup/only-bad-copies"
	a := func(name, damage, from string, beside func(t *testing.T, c *Config)) clinical {
		return clinical{name: "A " + name, args: busLogic, disk: damaged(damage), beside: beside,
			says:  []string{"BusLogic", "FINDING scsiport-2000-rollup", "0x0000001E", goodPort, from},
			judge: hasGoodPort, ordinary: name == "floppy"}
	}
	return append([]clinical{
		a("on the disk itself", "scsiport-2000-rollup/second-edition-on-disk", `scsiport.sys`, func(*testing.T, *Config) {}),
		a("floppy", badOnes, "/dev/fd0", func(t *testing.T, c *Config) { c.Floppy = good.Floppy(t, 1440) }),
		a("another CD", badOnes, "/dev/sr", func(t *testing.T, c *Config) { c.Drivers = good.Disc(t) }),
		a("update on a CD", badOnes, "Windows2000-KB891861-v2-x86-ENU.EXE", func(t *testing.T, c *Config) {
			c.Drivers = update(t, "Windows2000-KB891861-v2-x86-ENU.EXE").Disc(t)
		}),
		a("update on a floppy", badOnes, "KB891861.EXE", func(t *testing.T, c *Config) {
			c.Floppy = update(t, "KB891861.EXE").Floppy(t, 1440)
		}),
		{name: "B real hive its IDE", args: "bootmend.machine=pci:8086:7111", disk: realXP, judge: startsIDE,
			says: []string{"FINDING storage-driver-disabled", "8086:7111", "0x0000007B", "ControlSet001", "ControlSet003", "may ask to be activated again"}},
		{name: "B real hive other IDE", disk: realXP, judge: bindsIDE, // of which its database knows nothing
			says: []string{"FINDING critical-device-missing", "8086:7010", "0x0000007B", "ControlSet001", "ControlSet003", "may ask to be activated again"}},
	}, caseC()...)
}

func caseC() []clinical {
	var all []clinical
	for _, name := range []string{"win2003-lsi-fat16", "win2003-lsi-ntfs"} {
		right := clinical{name: "C " + name + " boot.ini right", args: lsiLogic, disk: smallC(name, 2), judge: bootsFromLSI,
			says: []string{"LSI Logic", "FINDING storage-driver-missing", "symmpi", "may ask to be activated again"}}
		wrong := right
		wrong.name, wrong.disk, wrong.ordinary = "C "+name+" boot.ini wrong", smallC(name, 1), name == "win2003-lsi-fat16"
		wrong.says = append([]string{"FINDING bootini-wrong-partition"}, right.says...)
		all = append(all, right, wrong)
	}
	return all
}

// TestCases: from the CD, by BIOS, without a person.
func TestCases(t *testing.T) {
	needQEMU(t)
	for _, s := range cases(t) {
		t.Run(s.name, func(t *testing.T) {
			if !s.ordinary {
				campaign(t)
			}
			image, g := s.disk(t)
			c := Config{Machine: "pc", Firmware: BIOS, CD: rescueWith(t, s.args), Disks: []Disk{{image, IDE}}}
			if s.beside != nil {
				s.beside(t, &c)
			}
			log := run(t, c)
			says(t, log, append(s.says, "PROOF", "RESULT repaired and verified")...)
			if strings.Contains(log, "FINDING bootini") != strings.HasSuffix(s.name, "boot.ini wrong") {
				t.Error("boot.ini is found wrong where it is right, or the other way round")
			}
			s.judge(t, image, g)
			repaired := hash(t, image)
			says(t, run(t, c), "RESULT healthy, nothing was written")
			if hash(t, image) != repaired {
				t.Error("the second start wrote to the healthy disk")
			}
		})
	}
}

// rescueWith is the rescue image with more kernel arguments.
func rescueWith(t *testing.T, args string) string {
	t.Helper()
	if args == "" {
		return rescueImage(t)
	}
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "told.iso")
	cmd := exec.Command("go", "run", "./cmds/mkrescue", "iso", "--from", rescueImage(t), "--append", Unattended+" "+args, "-o", out)
	cmd.Dir = root
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return out
}

func standIn(t *testing.T, version string) []byte {
	t.Helper()
	data, err := guests.StandIn("x86", version)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func damaged(name string) func(t *testing.T) (string, *guests.Guest) {
	return func(t *testing.T) (string, *guests.Guest) {
		d, ok := damage.Find(name)
		if !ok {
			t.Fatalf("no damage %s", name)
		}
		return d.Build(t)
	}
}

// hasGoodPort: the file and file protection's copy are the one that was offered.
func hasGoodPort(t *testing.T, image string, g *guests.Guest) {
	volume := sound(t, image, g)
	for _, path := range []string{`\WINNT\system32\drivers\scsiport.sys`, `\WINNT\system32\dllcache\scsiport.sys`} {
		if data, err := oracle.NTFSFile(volume, path); err != nil || !bytes.Equal(data, standIn(t, goodPort)) {
			t.Errorf("%s: %d bytes, %v; want the %s that was offered", path, len(data), err, goodPort)
		}
	}
}

// realXP: a foreign tool disables the IDE driver of an XP that had it.
func realXP(t *testing.T) (string, *guests.Guest) {
	hive := realdata.File(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz")
	reg := "[HKX\\ControlSet00{1,3}\\Services\\IntelIde]\n\"Start\"=dword:00000004\n"
	if err := guests.MergeReg(hive, "HKX", reg); err != nil {
		t.Fatal(err)
	}
	g, err := guests.Around("winxp-vmware", hive)
	if err != nil {
		t.Fatal(err)
	}
	return g.Build(t), g
}

func startsIDE(t *testing.T, image string, g *guests.Guest) {
	startsAtBoot(t, sound(t, image, g), g, "IntelIde")
}

// bindsIDE: the controller has its driver in the critical device database, too.
func bindsIDE(t *testing.T, image string, g *guests.Guest) {
	volume := sound(t, image, g)
	startsAtBoot(t, volume, g, "IntelIde")
	_, e := g.SystemHive()
	data, err := oracle.NTFSFile(volume, e.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegDump(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range bothSets {
		want := strings.ToLower("/" + set + "/Control/CriticalDeviceDatabase/PCI#VEN_8086&DEV_7010/Service,SZ,IntelIde,")
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(strings.ToLower(l), want) }) {
			t.Errorf("no line %s", want)
		}
	}
}

// smallC is the guest with the driver in a service pack's cabinet and a boot.ini
// that names that partition.
func smallC(name string, partition int) func(t *testing.T) (string, *guests.Guest) {
	return func(t *testing.T) (string, *guests.Guest) {
		g := guests.MustLoad(t, name).With(2, guests.Entry{Kind: guests.Cab, Path: `\WINDOWS\Driver Cache\i386\sp2.cab`,
			Arg: "x86 symmpi.sys", Version: "5.2.3790.3959"})
		if partition == 2 {
			return g.Build(t), g
		}
		_, e := g.Find(1, `\boot.ini`)
		wrong := bytes.ReplaceAll(e.Data, []byte("partition(2)"), []byte("partition(1)"))
		if bytes.Equal(wrong, e.Data) {
			t.Fatal("boot.ini does not name the second partition")
		}
		return g.With(1, guests.Entry{Kind: guests.Text, Path: `\boot.ini`, Data: wrong}).Build(t), g
	}
}

// bootsFromLSI: boot.ini is what it was when the machine still started; the driver
// is there and is started from every control set.
func bootsFromLSI(t *testing.T, image string, g *guests.Guest) {
	small := oracle.Volume(t, image, g.Partition(1))
	read, check := oracle.NTFSFile, oracle.NTFSStructure
	if g.Partition(1).FS != "ntfs" {
		read, check = oracle.FATFile, oracle.FATStructure
	}
	if err := check(small); err != nil {
		t.Error(err)
	}
	_, e := g.Find(1, `\boot.ini`)
	if data, err := read(small, `\boot.ini`); err != nil || !bytes.Equal(data, e.Data) {
		t.Errorf("boot.ini is %q, %v; want %q", data, err, e.Data)
	}
	volume := sound(t, image, g)
	if data, err := oracle.NTFSFile(volume, `\WINDOWS\system32\drivers\symmpi.sys`); err != nil || !bytes.Equal(data, standIn(t, "5.2.3790.3959")) {
		t.Errorf("symmpi.sys: %d bytes, %v", len(data), err)
	}
	startsAtBoot(t, volume, g, "symmpi")
}

// sound copies the volume of Windows out of a disk whose table and file system
// foreign tools find whole.
func sound(t *testing.T, image string, g *guests.Guest) string {
	t.Helper()
	n, _ := g.SystemHive()
	volume := oracle.Volume(t, image, g.Partition(n))
	if err := oracle.NTFSStructure(volume); err != nil {
		t.Error(err)
	}
	if err := oracle.MBR(image); err != nil {
		t.Error(err)
	}
	return volume
}

// startsAtBoot: Start is 0 in both control sets.
func startsAtBoot(t *testing.T, volume string, g *guests.Guest, service string) {
	t.Helper()
	_, e := g.SystemHive()
	data, err := oracle.NTFSFile(volume, e.Path)
	if err != nil {
		t.Fatal(err)
	}
	hive := oracle.HiveFile(t, data)
	for _, set := range bothSets {
		if n, err := oracle.RegDWORD(hive, `\`+set+`\Services\`+service, "Start"); err != nil || n != 0 {
			t.Errorf("%s: Start of %s is %d, %v; want 0", set, service, n, err)
		}
	}
}
