package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestOwnStick: the partition that mkrescue usb leaves behind the image has the answer
// file, and gets the report: with each table, on a stick and on a disk of a hypervisor.
func TestOwnStick(t *testing.T) {
	needQEMU(t)
	campaign(t)
	tool.Need(t, "mcopy", "sfdisk")
	for _, s := range []struct {
		table  string
		device []string
	}{
		{"gpt", []string{"-device", "qemu-xhci", "-device", "usb-storage,drive=own,removable=on"}},
		{"mbr", []string{"-device", "qemu-xhci", "-device", "usb-storage,drive=own,removable=on"}},
		{"gpt", []string{"-device", "virtio-blk-pci,drive=own"}},
	} {
		t.Run(s.table+" "+strings.ReplaceAll(s.device[len(s.device)-1], ",", " "), func(t *testing.T) { ownStick(t, s.table, s.device) })
	}
}

func ownStick(t *testing.T, table string, device []string) {
	stick := filepath.Join(t.TempDir(), "stick.img")
	mkrescue(t, "usb", "--from", rescueImage(t), "--table", table, "-o", stick)
	dump := regexp.MustCompile(`start= *(\d+), size= *(\d+), type=(?:c|EBD0A0A2-[-0-9A-F]+)`).FindSubmatch(tool.Must(t, "sfdisk", "-d", stick))
	if dump == nil {
		t.Fatal("the stick has no partition of FAT32")
	}
	start, _ := strconv.ParseInt(string(dump[1]), 10, 64)
	size, _ := strconv.ParseInt(string(dump[2]), 10, 64)
	tool.Env{tool.Mtools}.Must(t, "mcopy", "-i", fmt.Sprintf("%s@@%d", stick, start*512), answerFile(t, "mode: scan\nafter: poweroff\nreport: usb\n"), "::/bootmend.yaml")
	image, err := os.ReadFile(stick)
	if err != nil {
		t.Fatal(err)
	}
	c := direct(t, "")
	c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
	c.More = append(append(c.More, "-drive", "if=none,id=own,format=raw,file="+stick), device...)
	log := run(t, c)
	says(t, log, "3 options", "engine starts: scan", "bootmend: the report is on", "bootmend: init: power off")
	after, err := os.ReadFile(stick)
	if err != nil {
		t.Fatal(err)
	}
	if string(after[:start*512]) != string(image[:start*512]) || string(after[(start+size)*512:]) != string(image[(start+size)*512:]) {
		t.Error("the stick was changed outside of the partition")
	}
	partition := filepath.Join(t.TempDir(), "partition.img")
	if err := os.WriteFile(partition, after[start*512:(start+size)*512], 0o600); err != nil {
		t.Fatal(err)
	}
	onStick(t, partition, "scan", 10)
}

// TestUndoStick: Windows' volume has no room for what was there before. A USB stick called
// BOOTMEND takes it, and a fixed disk with a volume of that name, which is somebody's, does
// not.
func TestUndoStick(t *testing.T) {
	needQEMU(t)
	campaign(t)
	tool.Need(t, "mdir")
	g := guests.MustLoad(t, "winxp-x86")
	disk, decoy, stick := g.Build(t), reportStick(t), reportStick(t)
	fill(t, disk, g.Partition(1))
	before := hash(t, decoy)
	c := direct(t, "bootmend.mode=auto bootmend.after=poweroff")
	c.Disks = []Disk{{disk, IDE}, {decoy, IDE}}
	c.More = append(c.More, "-device", "qemu-xhci", "-drive", "if=none,id=undo,format=raw,file="+stick, "-device", "usb-storage,drive=undo")
	log := run(t, c)
	says(t, log, "RESULT repaired and verified")
	if hash(t, decoy) != before {
		t.Error("the fixed disk was written to")
	}
	if err := oracle.FATStructure(stick); err != nil {
		t.Error(err)
	}
	list := string(tool.Env{tool.Mtools}.Must(t, "mdir", "-/", "-b", "-i", stick, "::/bootmend/undo"))
	if !strings.Contains(list, "/manifest.json") {
		t.Errorf("the stick has %q", list)
	}
	startsAtBoot(t, sound(t, disk, g), g, "IntelIde")
}
