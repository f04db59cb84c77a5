package engine

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

const entryMissing = "efi-entry-missing"

// option is a boot entry in hexadecimal: attributes, description, path without its end.
func option(attributes uint32, description string, nodes string) string {
	var name strings.Builder
	for _, c := range description + "\x00" {
		name.WriteString(hex.EncodeToString([]byte{byte(c), byte(c >> 8)}))
	}
	path := nodes + "7fff0400"
	return "07000000" + hex.EncodeToString([]byte{byte(attributes), byte(attributes >> 8), 0, 0, byte(len(path) / 2), 0}) + name.String() + path
}

// Device paths of what OVMF brings along, and of its network card.
const (
	ownVolume = "0407140093fd219e729c154c8c4be77f1db2d792"
	setUp     = ownVolume + "0406140021aa2c4614760345836e8ab6f4662331"
	shell     = ownVolume + "0406140083a5047c3e9e1c4fad65e05268d0b4d1"
	network   = "02010c00d041030a00000000" + "010106000002" + "030b2500525400123456" + strings00 + "01"
)

// strings00 are the 26 bytes of a MAC address that Ethernet does not use.
const strings00 = "0000000000000000000000000000000000000000000000000000"

const (
	espGUID   = "102a1c6fb493074d8e55c0de00000001" // of win10-x64, as it lies on the disk
	otherGUID = "102a1c6fb493074d8e55c0de000000ff"
	unseen    = "102a1c6fb493074d8e55c0de000000fe"
	esp       = "00080000000000000020030000000000" // start and size of that partition
	manager   = `\EFI\Microsoft\Boot\bootmgfw.efi`
)

// onPartition is the path of a file on a partition of a GPT disk.
func onPartition(number byte, guid, file string) string {
	var name strings.Builder
	for _, c := range file + "\x00" {
		name.WriteString(hex.EncodeToString([]byte{byte(c), 0}))
	}
	return "04012a00" + hex.EncodeToString([]byte{number, 0, 0, 0}) + esp + guid + "0202" +
		"0404" + hex.EncodeToString([]byte{byte(4 + name.Len()/2), 0}) + name.String()
}

// firmware makes a folder with variables: set-up, shell, network, and more.
func firmware(t *testing.T, order string, more map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"BootOrder": "07000000" + order,
		"Boot0000": option(0x109, "UiApp", setUp), "Boot0001": option(1, "EFI Internal Shell", shell), "Boot0002": option(1, "UEFI PXEv4", network)}
	for name, value := range more {
		all[name] = value
	}
	for name, value := range all {
		b, err := hex.DecodeString(value)
		if err != nil {
			t.Fatal(name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-8be4df61-93ca-11d2-aa0d-00e098032b8c"), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// loneDisk is a sound disk whose firmware needs an entry: no fallback, and
// folders of another system, so that it is not put there either.
func loneDisk(t *testing.T) (string, *guests.Guest) {
	t.Helper()
	d, ok := damage.Find("esp-fallback-missing/other-system")
	if !ok {
		t.Fatal("no such damage")
	}
	return d.Build(t)
}

// efiCase is firmware, and what becomes of it.
type efiCase struct {
	name       string
	order      string // BootOrder in hexadecimal
	more       map[string]string
	confidence string // "" where nothing is wrong
	after      string // BootOrder as efibootmgr prints it
	own        string // number of the entry of Windows
}

func efiCases() []efiCase {
	windows := func(attributes uint32, number byte, guid string) string {
		return option(attributes, "Windows Boot Manager", onPartition(number, guid, manager))
	}
	debian := func(guid string) string { return option(1, "debian", onPartition(1, guid, `\EFI\debian\shimx64.efi`)) }
	return []efiCase{
		{"no entry", "000002000100", nil, "high", "0000,0002,0003,0001", "0003"},
		{"empty order", "", nil, "high", "0003", "0003"},
		{"no shell", "00000200", nil, "high", "0000,0002,0003", "0003"},
		{"number of another", "000002000100", map[string]string{"Boot0003": debian(otherGUID)}, "high", "0000,0002,0004,0001", "0004"},
		{"partition gone", "0000050002000100", map[string]string{"Boot0005": windows(1, 1, otherGUID)}, "high", "0000,0005,0003,0002,0001", "0003"},
		{"shell first", "000001000200", nil, "high", "0000,0003,0001,0002", "0003"},
		{"partition gone, another system", "00000500060002000100", map[string]string{"Boot0005": windows(1, 1, otherGUID), "Boot0006": debian(espGUID)}, "low", "0000,0005,0006,0002,0003,0001", "0003"},
		{"partition gone, a disk that is not seen", "00000500060002000100", map[string]string{"Boot0005": windows(1, 1, otherGUID), "Boot0006": debian(unseen)}, "high", "0000,0005,0006,0002,0003,0001", "0003"},
		{"inactive", "0000050002000100", map[string]string{"Boot0005": windows(0, 1, espGUID)}, "high", "0000,0005,0002,0001", "0005"},
		{"not in the order", "000002000100", map[string]string{"Boot0005": windows(1, 1, espGUID)}, "high", "0000,0002,0005,0001", "0005"},
		{"wrong number", "0000050002000100", map[string]string{"Boot0005": windows(1, 7, espGUID)}, "low", "0000,0005,0002,0001", "0005"},
		{"another system", "0000060002000100", map[string]string{"Boot0006": debian(espGUID)}, "low", "0000,0006,0002,0003,0001", "0003"},
		{"healthy", "0000050002000100", map[string]string{"Boot0005": windows(1, 1, espGUID)}, "", "", ""},
		{"healthy, second of two", "0000050006000100", map[string]string{"Boot0005": windows(0, 1, espGUID), "Boot0006": windows(1, 1, espGUID)}, "", "", ""},
		{"healthy, short name of capitals", "0000050002000100", map[string]string{"Boot0005": option(1, "x", onPartition(1, espGUID, strings.ToUpper(manager)))}, "", "", ""},
	}
}

// TestFirmwareEntries: what is wrong is named and mended, nothing else of the firmware
// changes, and all of it can be taken back. efibootmgr judges.
func TestFirmwareEntries(t *testing.T) {
	for _, tt := range efiCases() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			image, _ := loneDisk(t)
			dir := firmware(t, tt.order, tt.more)
			before, disk := oracle.FirmwareEntries(t, dir), hash(t, image)
			args := []string{"--efivars", dir, "--machine", "qemu-pc", image}
			doc := decode(t, bootmend(t, append([]string{"scan", "--json"}, args...)...))
			found := doc.find(entryMissing)
			if tt.confidence == "" {
				if len(found) > 0 {
					t.Fatalf("healthy firmware: %+v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Confidence != tt.confidence || !found[0].Fixable || found[0].Symptom == "" || len(found[0].Evidence) == 0 {
				t.Fatalf("want %s: %+v\n%s", entryMissing, found, doc.ids())
			}
			if tt.confidence == "low" {
				bootmend(t, append([]string{"repair", "--yes"}, args...)...)
				unchangedFirmware(t, dir, before, "")
			}
			repair := append([]string{"repair", "--yes", "--json", "--only", entryMissing}, args...)
			doc = decode(t, bootmend(t, repair...))
			if doc.Result == nil || !doc.Result.Committed || !doc.Result.Verified || doc.Result.UndoID == "" {
				t.Fatalf("result %+v", doc.Result)
			}
			after := oracle.FirmwareEntries(t, dir)
			if after.Order != tt.after {
				t.Errorf("order %s; want %s (before %s)", after.Order, tt.after, before.Order)
			}
			wantEntry(t, after.Entries[tt.own])
			unchangedFirmware(t, dir, before, tt.own)
			if hash(t, image) != disk {
				t.Error("the disk was written to")
			}
			if doc = decode(t, bootmend(t, append([]string{"scan", "--json"}, args...)...)); len(doc.find(entryMissing)) > 0 {
				t.Errorf("still there: %+v", doc.find(entryMissing))
			}
			want(t, command.ExitOK, "undo", "--yes", "--efivars", dir, image)
			if back := oracle.FirmwareEntries(t, dir); back.Order != before.Order || len(back.Entries) != len(before.Entries) {
				t.Errorf("taken back: %+v; before %+v", back, before)
			}
			unchangedFirmware(t, dir, before, "")
		})
	}
}

// wantEntry: efibootmgr shows the active entry of Windows.
func wantEntry(t *testing.T, text string) {
	t.Helper()
	upper := strings.ToUpper(text)
	if !strings.HasPrefix(text, "*") || !strings.Contains(upper, "HD(1,GPT,6F1C2A10-93B4-4D07-8E55-C0DE00000001") || !strings.Contains(upper, `\EFI\MICROSOFT\BOOT\BOOTMGFW.EFI`) {
		t.Errorf("efibootmgr reads %q", text)
	}
}

// unchangedFirmware: all entries but that one are as before.
func unchangedFirmware(t *testing.T, dir string, before oracle.Firmware, but string) {
	t.Helper()
	after := oracle.FirmwareEntries(t, dir)
	for number, text := range before.Entries {
		if number != but && after.Entries[number] != text {
			t.Errorf("Boot%s is %q; before %q", number, after.Entries[number], text)
		}
	}
}

// TestFirmwareWithFallback: firmware without an entry starts Windows' own fallback; a
// foreign one is somebody's.
func TestFirmwareWithFallback(t *testing.T) {
	dir := firmware(t, "000002000100", nil)
	image := guests.MustLoad(t, "win10-x64").Build(t)
	disk := hash(t, image)
	want(t, command.ExitOK, "repair", "--yes", "--efivars", dir, "--machine", "qemu-pc", image)
	if hash(t, image) != disk {
		t.Error("a healthy disk was written to")
	}
	foreign, _ := damage.Find("esp-fallback-missing/foreign")
	image, _ = foreign.Build(t)
	doc := want(t, command.ExitPerson, "repair", "--yes", "--efivars", dir, "--machine", "qemu-pc", image)
	if found := doc.find(entryMissing); len(found) != 1 || found[0].Confidence != "low" {
		t.Errorf("%+v", found)
	}
	// Without the firmware's variables nothing is said.
	image, _ = loneDisk(t)
	if doc := decode(t, bootmend(t, "scan", "--json", "--machine", "qemu-pc", image)); len(doc.find(entryMissing)) > 0 {
		t.Errorf("said of an image on a host: %+v", doc.find(entryMissing))
	}
}

// TestFirmwareUndoAfterChanges: what the firmware did to its order since stays, and
// only the entry that the repair made goes.
func TestFirmwareUndoAfterChanges(t *testing.T) {
	image, _ := loneDisk(t)
	dir := firmware(t, "000002000100", nil)
	bootmend(t, "repair", "--yes", "--only", entryMissing, "--efivars", dir, "--machine", "qemu-pc", image)
	oracle.ChangeFirmware(t, dir, "-o", "0001,0003,0000,0002")
	want(t, command.ExitOK, "undo", "--yes", "--efivars", dir, image)
	if after := oracle.FirmwareEntries(t, dir); after.Order != "0001,0000,0002" || after.Entries["0003"] != "" {
		t.Errorf("%+v", after)
	}
}

// TestFirmwareRefuses: what the firmware does not take is told, and the disk is
// repaired all the same.
func TestFirmwareRefuses(t *testing.T) {
	d, _ := damage.Find("esp-fallback-missing")
	image, _ := d.Build(t)
	m, err := machine.Profile("qemu-pc")
	if err != nil {
		t.Fatal(err)
	}
	if m.Variables, err = machine.ReadVariables(firmware(t, "00000200", nil)); err != nil {
		t.Fatal(err)
	}
	dev, err := block.OpenReadOnly(image)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	ctx := context.Background()
	p, err := inspect.Inspect(ctx, m, []inspect.Source{{Path: image, Dev: dev}})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := condition.Detect(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := repair.NewPlan(ctx, p, findings, repair.Options{})
	if err != nil || len(plan.Variables) != 2 || len(plan.Disks) != 1 {
		t.Fatalf("%v: %+v", err, plan)
	}
	m.Variables.Dir = filepath.Join(t.TempDir(), "gone")
	done, err := plan.Commit(ctx, repair.OpenDisk)
	if err != nil || done.Bytes == 0 || done.Variables != 0 || done.VariablesErr == nil {
		t.Errorf("%v: %+v", err, done)
	}
	ids := func(all []condition.Finding) (list []string) {
		for _, f := range all {
			list = append(list, f.ID)
		}
		return list
	}
	if got := ids(findings); !slices.Contains(got, entryMissing) || !slices.Contains(got, "esp-fallback-missing") {
		t.Errorf("found %v", got)
	}
	if doc := want(t, command.ExitOK, "scan", "--machine", "qemu-pc", image); len(doc.Findings) > 0 {
		t.Errorf("the disk is not repaired:\n%s", doc.ids())
	}
}
