package vm

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// row is a disk of Vista or later that does not start, on a machine of its
// firmware, and how it has to be afterwards.
type row struct {
	name     string
	guest    string
	damage   []string // of tests/damage; then
	raw      func(t *testing.T, image string, g *guests.Guest)
	machine  string // "pc", where the guests start when they are sound
	firmware Firmware
	bus      Bus    // IDE
	args     string // of the kernel, besides Unattended, on the first start
	// unlisted: the firmware does not look at the disk. For "q35": on "pc" OVMF leaves the
	// channel of such a disk turned off, and Linux does not find it.
	unlisted bool
	// beside attaches more; what it returns has to stay as it is.
	beside func(t *testing.T, c *Config) []string
	finds  []string
	says   []string
	notes  string // a finding that is no fault and stays
	// after judges the disk; the partition is that of the boot files.
	after  func(t *testing.T, image string, g *guests.Guest)
	system int  // the partition of the boot files afterwards: 1
	code   int  // the partition whose boot code runs, where that of a donor keeps its name
	other  bool // what is repaired is the disk beside
	old    bool // the first partition is not needed any longer
	// byFirmware: that has mended the disk before the rescue system comes.
	byFirmware bool
	end        string
	ordinary   bool // runs in "make test"
}

const (
	repaired = "RESULT repaired and verified"
	done     = "RESULT done and verified" // what was asked for
	healthy  = "RESULT healthy, nothing was written"
)

// TestNT6 runs each row from the CD, without a person. The disk is judged by
// foreign tools; a second start, by the same firmware, finds nothing and writes nothing.
func TestNT6(t *testing.T) {
	needQEMU(t)
	rows, ran := nt6Rows(), 0
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if !r.ordinary {
				campaign(t)
			}
			ran++
			r.run(t)
		})
	}
	t.Logf("%d of %d rows ran", ran, len(rows))
}

func (r row) run(t *testing.T) {
	image, g := r.build(t)
	c := Config{Machine: r.machine, Firmware: r.firmware, CD: rescueWith(t, r.args), Disks: []Disk{{image, r.bus}}, Unlisted: r.unlisted, Timeout: 15 * time.Minute}
	if c.Machine == "" {
		c.Machine = "pc"
	}
	if r.bus == "" {
		c.Disks[0].Bus = IDE
	}
	others := map[string]string{}
	if r.beside != nil {
		for _, path := range r.beside(t, &c) {
			others[path] = hash(t, path)
		}
	}
	before := hash(t, image)
	log := untilDone(t, c)
	for _, id := range r.finds {
		says(t, log, "FINDING "+id)
	}
	end := r.end
	if end == "" {
		end = repaired
	}
	says(t, log, append(r.says, end)...)
	after := hash(t, image)
	written := end == repaired || end == done
	if (written && !r.other || r.byFirmware) == (after == before) {
		t.Errorf("%s, and the disk was changed: %v", end, after != before)
	}
	if r.after != nil {
		r.after(t, image, g)
	}
	if r.system == 0 {
		r.system = 1
	}
	starts(t, image, g, r.system)
	if written && os.Getenv("BOOTMEND_CAMPAIGN") == "1" { // TestRescue starts its machines twice
		c.CD = rescueImage(t)
		if c.Firmware == BIOS || c.Machine != "pc" { // where OVMF starts a kernel, that finds no disk on "pc" (see unlisted)
			d := direct(t, Unattended)
			c.CD, c.Kernel, c.Initrd, c.Append = "", d.Kernel, d.Initrd, d.Append
		}
		again := untilDone(t, c)
		c.Kernel, c.Initrd, c.Append = "", "", ""
		says(t, again, healthy)
		if n := strings.Count(again, "FINDING"); n != 0 && (r.notes == "" || n != strings.Count(again, "FINDING "+r.notes)) {
			t.Error("the second start finds something")
		}
	}
	if hash(t, image) != after {
		t.Error("the second start wrote to the disk")
	}
	if r.old {
		zeroSystem(t, image, g)
	}
	greets(t, c, g, max(r.system, r.code))
	for path, was := range others {
		if hash(t, path) != was {
			t.Errorf("%s was written to", path)
		}
	}
}

// untilDone runs the machine and pulls its plug as soon as the rescue system has said
// all that it has to say: the disk must be whole by then.
func untilDone(t *testing.T, c Config) string {
	t.Helper()
	h := start(t, c)
	if err := h.WaitFor("Power off in"); err != nil {
		t.Error(err)
	}
	log := h.Serial()
	h.Kill()
	if err := h.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("done after %.0f s", h.Elapsed().Seconds())
	return log
}

func (r row) build(t *testing.T) (string, *guests.Guest) {
	t.Helper()
	var all []damage.Damage
	for _, name := range r.damage {
		d, ok := damage.Find(name)
		if !ok {
			t.Fatalf("no damage %s", name)
		}
		all = append(all, d)
	}
	image, g := damage.Build(t, r.guest, all...)
	arm(t, image, g)
	if r.raw != nil {
		r.raw(t, image, g)
	}
	return image, g
}

func nt6Rows() []row {
	return slices.Concat(storeRows(), diskRows(), systemRows())
}

// storeRows: what the boot manager reads, and the loaders on the EFI system partition.
func storeRows() []row {
	const zeroed = "bcd-unreadable/zeroed"
	return []row{
		{name: "BIOS 7 store zeroed", guest: "win7-x64", damage: []string{zeroed}, firmware: BIOS, finds: []string{"bcd-unreadable"}, ordinary: true},
		{name: "BIOS 8.1 store missing", guest: "win81-x64", damage: []string{"bcd-missing/empty"}, firmware: BIOS, finds: []string{"bcd-missing"}},
		{name: "BIOS 7 store zeroed AHCI", guest: "win7-x64", damage: []string{zeroed}, firmware: BIOS, machine: "q35",
			finds: []string{"bcd-unreadable", "storage-driver-disabled"}},
		{name: "BIOS Vista store zeroed", guest: "winvista-x86", damage: []string{zeroed}, firmware: BIOS, finds: []string{"bcd-unreadable"}},
		{name: "UEFI 11 store zeroed", guest: "win11-x64", damage: []string{zeroed}, firmware: UEFI, finds: []string{"bcd-unreadable"}},
		{name: "UEFI 10 store zeroed", guest: "win10-x64", damage: []string{zeroed}, firmware: UEFI, finds: []string{"bcd-unreadable"}},
		{name: "UEFI 10 store zeroed AHCI", guest: "win10-x64", damage: []string{zeroed}, firmware: UEFI, machine: "q35",
			finds: []string{"bcd-unreadable", "storage-driver-disabled"}},
		{name: "UEFI 10 loader missing", guest: "win10-x64", damage: []string{"esp-loader-missing"}, firmware: UEFI,
			finds: []string{"esp-loader-missing"}, after: hasEFILoader(`\EFI\Microsoft\Boot\bootmgfw.efi`)},
		{name: "UEFI 10 fallback missing", guest: "win10-x64", damage: []string{"esp-fallback-missing"}, firmware: UEFI,
			finds: []string{"esp-fallback-missing"}, after: hasEFILoader(`\EFI\Boot\bootx64.efi`)},
	}
}

// diskRows: the identity of disks, and GPTs of which one copy is damaged.
func diskRows() []row {
	return []row{
		{name: "BIOS 7 signature changed", guest: "win7-x64", damage: []string{"disk-signature-changed"}, firmware: BIOS,
			finds: []string{"disk-signature-changed"}, says: []string{"5ac9e1b2", "0badcafe"}},
		{name: "BIOS 7 signature changed and kept by another disk", guest: "win7-x64", damage: []string{"disk-signature-changed"}, firmware: BIOS,
			raw: called("0badcafe"), beside: keeper, finds: []string{"bcd-device-stale"}, notes: "mounted-devices-stale"},
		{name: "BIOS 7 store knows another signature", guest: "win7-x64", damage: []string{"bcd-device-stale/signature"}, firmware: BIOS, finds: []string{"bcd-device-stale"}},
		{name: "UEFI 10 store knows other GUIDs", guest: "win10-x64", damage: []string{"bcd-device-stale/guids"}, firmware: UEFI, finds: []string{"bcd-device-stale"}},
		{name: "UEFI 10 cloned to new GUIDs", guest: "win10-x64", raw: newGUIDs, firmware: UEFI, finds: []string{"bcd-device-stale"}, notes: "mounted-devices-stale"},

		{name: "BIOS 7 beside its clone", guest: "win7-x64", firmware: BIOS, beside: clone, finds: []string{"disk-signature-collision"},
			says: []string{"Detach the clone"}, end: "RESULT"},
		{name: "UEFI 10 beside its clone", guest: "win10-x64", firmware: UEFI, beside: clone, finds: []string{"disk-signature-collision"},
			says: []string{"Detach the clone"}, end: "RESULT"},

		collision(),

		{name: "UEFI 10 first sectors lost", guest: "win10-x64", raw: zeroFirst, firmware: UEFI,
			finds: []string{"protective-mbr-wrong", "gpt-primary-damaged"}},
		{name: "SeaBIOS GPT primary header", guest: "win10-x64", damage: []string{"gpt-primary-damaged/header"}, firmware: BIOS, finds: []string{"gpt-primary-damaged"}, notes: "firmware-mismatch"},
		{name: "SeaBIOS GPT primary entries", guest: "win10-x64", damage: []string{"gpt-primary-damaged/entries"}, firmware: BIOS, finds: []string{"gpt-primary-damaged"}, notes: "firmware-mismatch"},
		{name: "SeaBIOS GPT backup header", guest: "win10-x64", damage: []string{"gpt-backup-damaged/header"}, firmware: BIOS, finds: []string{"gpt-backup-damaged"}, notes: "firmware-mismatch"},
		{name: "SeaBIOS GPT backup entries", guest: "win10-x64", damage: []string{"gpt-backup-damaged/entries"}, firmware: BIOS, finds: []string{"gpt-backup-damaged"}, notes: "firmware-mismatch"},
		{name: "OVMF GPT primary header", guest: "win10-x64", damage: []string{"gpt-primary-damaged/header"}, firmware: UEFI, machine: "q35", unlisted: true,
			finds: []string{"gpt-primary-damaged", "storage-driver-disabled"}},
		{name: "OVMF GPT primary entries", guest: "win10-x64", damage: []string{"gpt-primary-damaged/entries"}, firmware: UEFI, machine: "q35", unlisted: true,
			finds: []string{"gpt-primary-damaged", "storage-driver-disabled"}},
		{name: "OVMF GPT backup header", guest: "win10-x64", damage: []string{"gpt-backup-damaged/header"}, firmware: UEFI, machine: "q35", unlisted: true,
			finds: []string{"gpt-backup-damaged", "storage-driver-disabled"}},
		{name: "OVMF mends GPT primary header", guest: "win10-x64", damage: []string{"gpt-primary-damaged/header"}, firmware: UEFI, byFirmware: true, end: healthy},
		{name: "OVMF mends GPT backup entries", guest: "win10-x64", damage: []string{"gpt-backup-damaged/entries"}, firmware: UEFI, byFirmware: true, end: healthy},
	}
}

// keeper attaches a disk that has the signature by now. It has no partition where the
// system partition is: a store that names one that is there is believed.
func keeper(t *testing.T, c *Config) []string {
	t.Helper()
	paths := signed("5ac9e1b2")(t, c)
	tool.Must(t, "sfdisk", "--quiet", "--delete", paths[0], "1")
	return paths
}

// collision: a disk without a Windows has the signature of the one with it, and gets
// another one where a person asks for that.
func collision() row {
	const id, signature = "disk-signature-collision", "5ac9e1b2"
	var data string
	return row{name: "BIOS 7 data disk with its signature", guest: "win7-x64", firmware: BIOS, args: "bootmend.only=" + id, finds: []string{id}, other: true,
		beside: func(t *testing.T, c *Config) []string {
			data = signed(signature)(t, c)[0]
			return nil
		},
		after: func(t *testing.T, _ string, _ *guests.Guest) {
			if now := identity(t, data); now == signature || now == "00000000" {
				t.Errorf("the data disk is %s", now)
			}
			if err := oracle.MBR(data); err != nil {
				t.Error(err)
			}
			g := guests.MustLoad(t, "data-disk")
			for i := range g.Parts {
				structure(t, &g.Parts[i], oracle.Volume(t, data, &g.Parts[i]))
			}
		}}
}

// newGUIDs are what sgdisk gives a disk that was copied.
func newGUIDs(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	tool.Must(t, "sgdisk", "--randomize-guids", image)
	g.ID = strings.ToLower(identity(t, image))
	lines, err := oracle.Partitions(image)
	if err != nil || len(lines) != len(g.Parts) {
		t.Fatalf("sfdisk: %q, %v", lines, err)
	}
	for i, l := range lines {
		_, id, _ := strings.Cut(l, "uuid=")
		g.Parts[i].GUID = strings.ToLower(id[:36])
	}
}

// zeroFirst writes over MBR and primary GPT together.
func zeroFirst(t *testing.T, image string, _ *guests.Guest) {
	t.Helper()
	tool.Must(t, "dd", "if=/dev/zero", "of="+image, "bs=512", "count=34", "conv=notrunc", "status=none")
}

// called: the disk keeps the identity that it was given.
func called(id string) func(*testing.T, string, *guests.Guest) {
	return func(_ *testing.T, _ string, g *guests.Guest) { g.ID = id }
}

// clone attaches a copy of the first disk.
func clone(t *testing.T, c *Config) []string {
	t.Helper()
	path := t.TempDir() + "/clone.img"
	if err := sparse.CopyFile(path, c.Disks[0].Path); err != nil {
		t.Fatal(err)
	}
	c.Disks = append(c.Disks, Disk{path, c.Disks[0].Bus})
	return []string{path}
}

// signed attaches a disk without a Windows that has this signature.
func signed(signature string) func(t *testing.T, c *Config) []string {
	return func(t *testing.T, c *Config) []string {
		t.Helper()
		path := guests.MustLoad(t, "data-disk").Build(t)
		sign(t, path, signature)
		c.Disks = append(c.Disks, Disk{path, c.Disks[0].Bus})
		return []string{path}
	}
}

func sign(t *testing.T, image, signature string) {
	t.Helper()
	tool.Must(t, "sfdisk", "--quiet", "--disk-id", image, "0x"+signature)
}
