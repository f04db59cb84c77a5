package matrix

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/judge"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/sparse"
)

var bootmend command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &bootmend)) }

// columns groups the machine profiles by the controller of their boot disk:
// those that a driver serves by class are one column, whoever made the chip.
func columns(t *testing.T) []Column {
	t.Helper()
	var all []Column
	for _, name := range machine.ProfileNames() {
		m, err := machine.Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		title := kind(m.Controllers[0])
		i := slices.IndexFunc(all, func(c Column) bool { return c.Controller == title })
		if i < 0 {
			all = append(all, Column{Controller: title})
			i = len(all) - 1
		}
		all[i].Machines = append(all[i].Machines, name)
	}
	return all
}

// kind is the heading of a controller's column.
func kind(c machine.Controller) string {
	if c.Vendor == 0x1D0F { // Amazon has a driver of its own
		return c.Name
	}
	if name := map[uint16]string{machine.ClassIDE: "IDE", machine.ClassAHCI: "AHCI", machine.ClassNVMe: "NVMe"}[c.SubClass()]; name != "" {
		return name
	}
	return c.Name
}

// patient is a Windows of the table, built once.
type patient struct {
	guests.Edition
	guest *guests.Guest
	image string
	real  bool // around the real hive
}

// patients are the disks of one Windows, by firmware, built when they are wanted.
type patients struct {
	edition guests.Edition
	made    map[bool]*patient
}

// on is the disk for a machine: with the layout for its firmware where it has
// only one and this Windows can start by it.
func (all *patients) on(t *testing.T, m *machine.Machine) *patient {
	t.Helper()
	bios, uefi := all.edition.Firmware()
	want := m.Firmware == machine.UEFI && uefi || !bios
	if all.made[want] == nil {
		all.made[want] = newPatient(t, all.edition.On(want))
	}
	return all.made[want]
}

// newPatient builds the guest: around the real hive where there is one and the
// collection holds it. Its image belongs to the test that is given.
func newPatient(t *testing.T, e guests.Edition) *patient {
	t.Helper()
	p := &patient{Edition: e}
	var err error
	if e.Real != "" && haveReal(t, e.Real) {
		p.real = true
		var files []string
		for _, name := range append([]string{e.Real}, e.Logs...) {
			files = append(files, realdata.File(t, name))
		}
		if len(e.Logs) == 0 {
			clean(t, files[0])
		}
		p.guest, err = e.Around(files[0], files[1:]...)
	} else {
		p.guest, err = e.Guest()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.image = p.guest.Build(t)
	return p
}

func haveReal(t *testing.T, name string) bool {
	_, err := os.Stat(filepath.Join(realdata.Dir(t), filepath.FromSlash(name)))
	return err == nil
}

// clean makes a hive whose log is lost a clean one, as hivex does with whatever
// it writes.
func clean(t *testing.T, hive string) {
	t.Helper()
	cmd := exec.Command("hivexsh", "-w", hive)
	cmd.Stdin = strings.NewReader("commit\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("hivexsh: %v: %s", err, out)
	}
}

// document is what is read of --json.
type document struct {
	Findings []struct{ ID, Result, Severity, Summary, Advice string }
	Plan     *struct{ Refusals []struct{ Reason string } }
	Result   *struct{ Error string }
	Error    string
}

// wrongFirmware stands for the refusal of a disk that the machine does not start
// from, whatever drivers are on it.
const wrongFirmware = "firmware-mismatch"

func (d document) has(id string) bool {
	for _, f := range d.Findings {
		if f.ID == id {
			return true
		}
	}
	return false
}

// text is what a person would read of what to do; everything, if nothing says.
func (d document) text() string {
	var all []string
	for _, f := range d.Findings {
		if f.ID == "storage-driver-missing" && f.Advice != "" {
			return f.Advice
		}
		all = append(all, f.Summary, f.Advice)
	}
	if d.Plan != nil {
		for _, r := range d.Plan.Refusals {
			all = append(all, r.Reason)
		}
	}
	if d.Result != nil {
		all = append(all, d.Result.Error)
	}
	return strings.Join(append(all, d.Error), "\n")
}

// repair runs one cell: a copy of the patient, the machine, and the packages
// offered. The service that drives the controller afterwards is returned, or
// what the refusal said.
func (p *patient) repair(t *testing.T, machineName string, offered []string) (service, refusal string) {
	t.Helper()
	m, err := machine.Profile(machineName)
	if err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := sparse.CopyFile(image, p.image); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(image)
	args := []string{"repair", "--yes", "--json", "--machine", machineName}
	for _, path := range offered {
		args = append(args, "--drivers", path)
	}
	run := bootmend.Run(t, append(args, image)...)
	var doc document
	run.Decode(t, &doc)
	if doc.has("firmware-mismatch") {
		return "", wrongFirmware
	}
	service, verdict := judge.Open(t, image, p.guest, p.Edition).Boots(judged(m.Controllers[0]))
	switch {
	case run.Code == command.ExitOK && verdict == nil:
		return service, ""
	case run.Code == command.ExitOK:
		t.Errorf("the repair says that all is well, the judge: %v\n%s", verdict, run.Stdout)
	case run.Code == command.ExitPerson && verdict != nil:
		return "", doc.text()
	case run.Code == command.ExitPerson:
		t.Errorf("the repair refuses, but the judge says that %s boots:\n%s", service, doc.text())
	default:
		t.Errorf("%v", run)
	}
	return "", ""
}

// outcome is both ways of a cell, as one entry of the table.
func (p *patient) outcome(t *testing.T, machineName string, offered []string) Outcome {
	t.Helper()
	m, err := machine.Profile(machineName)
	if err != nil {
		t.Fatal(err)
	}
	service, refusal := p.repair(t, machineName, nil)
	if refusal == wrongFirmware {
		return Impossible
	}
	switch {
	case service != "":
		return Inbox(service)
	case refusal == "":
		return ""
	}
	asked, err := refused(m.Controllers[0], refusal)
	if err != nil {
		t.Error(err)
		return ""
	}
	if len(offered) == 0 {
		return asked
	}
	service, refusal = p.repair(t, machineName, offered)
	switch {
	case service != "":
		if asked != Impossible && asked != Needs(service) {
			t.Errorf("%q, but %s did it", asked, service)
		}
		return Package(service)
	case refusal == "":
		return ""
	}
	if _, err := refused(m.Controllers[0], refusal); err != nil {
		t.Error(err)
	}
	return asked
}
