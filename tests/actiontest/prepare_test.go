package actiontest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// driverFindings are the findings about what stands between controller and volume.
func (d document) driverFindings() []string {
	var all []string
	for _, f := range d.Findings {
		if strings.HasPrefix(f.ID, "storage-driver-") || f.ID == "critical-device-missing" || f.ID == "driver-database-missing" || f.ID == "start-override" {
			all = append(all, f.ID+": "+f.Summary)
		}
	}
	return all
}

// scan looks at the patient on a machine, whatever it finds.
func (p patient) scan(t *testing.T, machine string) document {
	t.Helper()
	var d document
	built.Run(t, "scan", "--json", "--machine", machine, p.image).Decode(t, &d)
	return d
}

// TestPrepare: a Windows that would not start on a machine is prepared for it while
// nobody knows that machine's controllers, starts there then as far as the detectors can
// tell, needs nothing the second time, and is as before after undo.
func TestPrepare(t *testing.T) {
	for _, tt := range []struct{ guest, machine, start string }{
		{"winxp-x86", "qemu-pc", `ControlSet003\Services\IntelIde\"Start"=dword:00000000`},
		{"win7-x64", "qemu-q35", `ControlSet002\Services\msahci\"Start"=dword:00000000`},
		{"win10-x64", "virtualbox-ahci", `storahci\StartOverride\"0"=dword:00000000`},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, tt.guest)
			if len(p.scan(t, tt.machine).driverFindings()) == 0 {
				t.Fatal("it starts there already")
			}
			before := p.state(t)
			p.ask(t, command.ExitOK, "prepare-for="+tt.machine)
			after := p.state(t)
			if !slices.ContainsFunc(after, func(l string) bool { return strings.HasSuffix(l, tt.start) }) {
				t.Errorf("no %s", tt.start)
			}
			if left := p.scan(t, tt.machine).driverFindings(); len(left) > 0 {
				t.Errorf("%q", left)
			}
			hash := p.hash(t)
			if d := p.ask(t, command.ExitOK, "prepare-for="+tt.machine); d.Actions[0].State != "nothing-to-do" || p.hash(t) != hash {
				t.Errorf("the second time: %+v", d.Actions)
			}
			p.undo(t)
			if got := p.state(t); !slices.Equal(got, before) {
				gone, added := oracle.RegChanges(before, got)
				t.Errorf("undo: gone %q, added %q", gone, added)
			}
		})
	}
}

// TestPrepareForAll: every virtual machine that a driver can be had for; the others
// are named with what to provide.
func TestPrepareForAll(t *testing.T) {
	p := newPatient(t, "win7-x64")
	before := p.state(t)
	d := p.ask(t, command.ExitOK, "prepare-for=all-virtual")
	notes := strings.Join(d.Actions[0].Notes, "\n")
	for _, says := range []string{"qemu-q35: ", "qemu-virtio-blk: ", "viostor of virtio-win", "hyperv-gen2, azure-gen2: there will be firmware-mismatch"} {
		if !strings.Contains(notes, says) {
			t.Errorf("no %q in\n%s", says, notes)
		}
	}
	for _, machine := range []string{"qemu-pc", "qemu-q35", "vmware-lsisas", "virtualbox-ahci", "hyperv-gen1"} {
		if left := p.scan(t, machine).driverFindings(); len(left) > 0 {
			t.Errorf("%s: %q", machine, left)
		}
	}
	if left := p.scan(t, "qemu-virtio-blk").driverFindings(); len(left) == 0 {
		t.Error("it would start from virtio without a driver")
	}
	p.undo(t)
	if got := p.state(t); !slices.Equal(got, before) {
		gone, added := oracle.RegChanges(before, got)
		t.Errorf("undo: gone %q, added %q", gone, added)
	}
	d = want(t, command.ExitPerson, "repair", "--yes", "--action", "prepare-for=qemu-virtio-blk", p.image)
	if !strings.Contains(d.Error, "viostor of virtio-win") {
		t.Errorf("%q", d.Error)
	}
	if r := built.Run(t, "repair", "--yes", "--action", "prepare-for=unknown", p.image); r.Code != command.ExitUsage || !strings.Contains(r.Stderr, "all-virtual") {
		t.Errorf("%v", r)
	}
}

// untar unpacks an archive of the collection.
func untar(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("tar", "-C", dir, "-xf", realdata.File(t, "drivers/"+name+".tar.xz")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// TestPrepareFromPackages: with the real driver packages that people have, named by
// --drivers.
func TestPrepareFromPackages(t *testing.T) {
	for _, tt := range []struct{ guest, machine, archive, file string }{
		{"win7-x64", "qemu-virtio-blk", "virtio-win-0.1.240-storage-shared", `\Windows\System32\drivers\viostor.sys`},
		{"win10-x64", "qemu-virtio-scsi", "virtio-win-0.1.240-storage-shared", `\Windows\System32\drivers\vioscsi.sys`},
		{"winxp-x86", "vmware-buslogic", "vmware-vmscsi-package", `\WINDOWS\system32\drivers\vmscsi.sys`},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			drivers := untar(t, tt.archive)
			p := newPatient(t, tt.guest)
			before := p.state(t)
			ask := []string{"repair", "--yes", "--drivers", drivers, "--action", "prepare-for=" + tt.machine, p.image}
			if tt.machine == "vmware-buslogic" { // from another hypervisor, to which the driver is a stranger
				ask = append(ask, "--machine", "qemu-pc")
			}
			d := want(t, command.ExitOK, ask...)
			t.Logf("%d steps: %s", len(d.Actions[0].Steps), strings.Join(d.Actions[0].Notes, " "))
			number, _ := p.guest.SystemHive()
			r := built.Run(t, "fs", "stat", fmt.Sprintf("%s:%d:%s", p.image, number, tt.file))
			if left := p.scan(t, tt.machine).driverFindings(); len(left) > 0 || r.Code != command.ExitOK {
				t.Errorf("%q, %v", left, r)
			}
			hash := p.hash(t)
			if d := want(t, command.ExitOK, ask...); d.Actions[0].State != "nothing-to-do" || p.hash(t) != hash {
				t.Errorf("the second time: %+v", d.Actions)
			}
			p.undo(t)
			if got := p.state(t); !slices.Equal(got, before) {
				gone, added := oracle.RegChanges(before, got)
				t.Errorf("undo: gone %q, added %q", gone, added)
			}
			if r := built.Run(t, "fs", "stat", fmt.Sprintf("%s:%d:%s", p.image, number, tt.file)); r.Code == command.ExitOK {
				t.Errorf("undo left %s", tt.file)
			}
		})
	}
}

// win2000 is a Windows 2000 with a BusLogic driver and a scsiport.sys of that version.
func win2000(t *testing.T, version string) patient {
	t.Helper()
	all, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(e guests.Edition) bool { return e.Name == "2000-x86" })
	g, err := all[i].Guest()
	if err != nil {
		t.Fatal(err)
	}
	number, _ := g.SystemHive()
	for _, path := range scsiportPaths(g) {
		g = g.With(number, guests.Entry{Kind: guests.PE, Path: path, Arg: "x86", Version: version})
	}
	return patient{g, g.Build(t)}
}

// scsiportPaths are the places of the file: in use, and the cache of file protection.
func scsiportPaths(g *guests.Guest) []string {
	_, hive := g.SystemHive()
	root := hive.Path[:strings.Index(strings.ToLower(hive.Path), `\system32`)]
	return []string{root + `\system32\drivers\scsiport.sys`, root + `\system32\dllcache\scsiport.sys`}
}

// scsiports are the versions of both files, as the version resource says in its bytes.
func (p patient) scsiports(t *testing.T) (all []string) {
	t.Helper()
	number, _ := p.guest.SystemHive()
	volume := oracle.Volume(t, p.image, p.guest.Partition(number))
	defer os.Remove(volume)
	for _, path := range scsiportPaths(p.guest) {
		_, e := p.guest.Find(0, path)
		data, err := oracle.NTFSFile(volume, e.Path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, versionIn(data))
	}
	return all
}

// versionIn finds VS_FIXEDFILEINFO by its signature: minor and major, revision and
// build follow at 8.
func versionIn(data []byte) string {
	i := strings.Index(string(data), "\xBD\x04\xEF\xFE")
	if i < 0 {
		return "none"
	}
	u16 := func(at int) int { return int(data[i+at]) | int(data[i+at+1])<<8 }
	return fmt.Sprintf("%d.%d.%d.%d", u16(10), u16(8), u16(14), u16(12))
}

// TestScsiport: prepare-for=vmware-buslogic replaces the scsiport.sys of the first
// rollup by one that a person brings, in both places, and never by another bad one.
func TestScsiport(t *testing.T) {
	const bad, good = "5.0.2195.7017", "5.0.2195.7059"
	folder := func(version string) string {
		dir := t.TempDir()
		g := guests.MustLoad(t, "winxp-x86").With(1, guests.Entry{Kind: guests.PE, Path: `\scsiport.sys`, Arg: "x86", Version: version})
		p := patient{g, g.Build(t)}
		if err := os.WriteFile(filepath.Join(dir, "SCSIPORT.SYS"), p.read(t, `\scsiport.sys`), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	p := win2000(t, bad)
	ask := func(code int, args ...string) document {
		t.Helper()
		return want(t, code, append(append([]string{"repair", "--yes"}, args...), "--action", "prepare-for=vmware-buslogic", p.image)...)
	}
	hash := p.hash(t)
	for _, args := range [][]string{nil, {"--drivers", folder(bad)}} {
		if d := ask(command.ExitPerson, args...); !strings.Contains(d.Error, "5.0.2195.7059") || p.hash(t) != hash {
			t.Errorf("%v: %q", args, d.Error)
		}
	}
	d := ask(command.ExitOK, "--drivers", folder(good))
	if got := p.scsiports(t); !slices.Equal(got, []string{good, good}) {
		t.Errorf("%q; %+v", got, d.Actions)
	}
	hash = p.hash(t)
	if d := ask(command.ExitOK); d.Actions[0].State != "nothing-to-do" || p.hash(t) != hash {
		t.Errorf("the second time: %+v", d.Actions)
	}
	p.undo(t)
	if got := p.scsiports(t); !slices.Equal(got, []string{bad, bad}) {
		t.Errorf("undo: %q", got)
	}
	// Another version is nobody's business.
	if d := want(t, command.ExitOK, "repair", "--yes", "--action", "prepare-for=vmware-buslogic", win2000(t, "5.0.2195.6717").image); strings.Contains(strings.Join(d.Actions[0].Notes, " "), "scsiport") {
		t.Errorf("%+v", d.Actions)
	}
}
