package mediatest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// stick is the image of one made of the default image.
func stick(t *testing.T, args ...string) string {
	t.Helper()
	from := image(t)
	readManifest(t, from)
	out := filepath.Join(t.TempDir(), "stick.img")
	tool.Must(t, builderProgram(t, root(t)), append([]string{"usb", "--source", root(t), "--from", from, "-o", out}, args...)...)
	return out
}

// TestStickGPT: the partition tools find nothing wrong with the table, fsck.vfat nothing
// with what is in the partitions that are FAT, and xorriso the files of the ISO with what
// a BIOS starts them by from a CD.
func TestStickGPT(t *testing.T) {
	tool.Need(t, "sgdisk", "gdisk", "sfdisk", "fdisk", "fsck.vfat", "xorriso", "mlabel")
	img := stick(t)
	if err := oracle.GPT(img); err != nil {
		t.Error(err)
	}
	if err := oracle.MBR(img); err != nil { // sfdisk --verify, which judges GPT, too
		t.Error(err)
	}
	said := string(tool.Must(t, "gdisk", "-l", img)) + string(tool.Must(t, "fdisk", "-l", img))
	for _, want := range []string{"MBR: protective", "GPT: present", "Disklabel type: gpt"} {
		if !strings.Contains(said, want) {
			t.Errorf("nobody says %q", want)
		}
	}
	for _, bad := range []string{"hybrid", "mismatch", "not on the end", "orrupt", "nvalid", "Warning", "Problem"} {
		if strings.Contains(said, bad) {
			t.Errorf("%q: %s", bad, said)
		}
	}
	whole, err := os.ReadFile(img)
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"EBD0A0A2-B9E5-4433-87C0-68B6B72699C7": "BOOTMEND", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B": "RESCUE-EFI"}
	for _, p := range regexp.MustCompile(`start= *(\d+), size= *(\d+), type=([-0-9A-F]+)`).FindAllSubmatch(tool.Must(t, "sfdisk", "-d", img), -1) {
		label := labels[string(p[3])]
		if label == "" {
			continue
		}
		delete(labels, string(p[3]))
		start, _ := strconv.Atoi(string(p[1]))
		size, _ := strconv.Atoi(string(p[2]))
		volume := filepath.Join(t.TempDir(), "volume")
		write(t, volume, string(whole[start*512:(start+size)*512]))
		if err := oracle.FATStructure(volume); err != nil {
			t.Error(err)
		}
		if got := string(tool.Env{tool.Mtools}.Must(t, "mlabel", "-s", "-i", volume, "::")); !strings.Contains(got, label) {
			t.Errorf("label %q; want %s", got, label)
		}
	}
	if len(labels) > 0 {
		t.Errorf("no partitions %v", labels)
	}
	same := filepath.Join(t.TempDir(), "same.iso") // by this builder
	tool.Must(t, builderProgram(t, root(t)), "iso", "--source", root(t), "--from", image(t), "-o", same)
	iso, err := os.ReadFile(same)
	if err != nil {
		t.Fatal(err)
	}
	// Behind the GPT, which has the first 34 sectors, all is the ISO: the chooser, too.
	if !bytes.Equal(whole[34*512:len(iso)], iso[34*512:]) {
		t.Error("the ISO in the stick is another")
	}
	if n := len(bytes.Trim(iso[512:34*512], "\x00")); n > 0 {
		t.Errorf("the ISO has %d bytes where the GPT is", n)
	}
	if list := string(tool.Must(t, "xorriso", "-indev", "stdio:"+img, "-find", "/boot")); !strings.Contains(list, "vmlinuz") {
		t.Errorf("xorriso sees %q", list)
	}
}

// TestStickLarger: on a stick that is larger than the image, sgdisk reads the primary
// table, and moves the backup to the end when asked, as the documentation says.
func TestStickLarger(t *testing.T) {
	tool.Need(t, "sgdisk")
	img := stick(t)
	before := string(tool.Must(t, "sfdisk", "-d", img))
	info, err := os.Stat(img)
	if err == nil {
		err = os.Truncate(img, info.Size()+64<<20)
	}
	if err != nil {
		t.Fatal(err)
	}
	entries := regexp.MustCompile(`(?m) : .*$`)
	if after := string(tool.Must(t, "sfdisk", "-d", img)); strings.Join(entries.FindAllString(after, -1), "") != strings.Join(entries.FindAllString(before, -1), "") {
		t.Errorf("sfdisk sees other partitions:\n%s\nbefore:\n%s", after, before)
	}
	if err := oracle.GPT(img); err == nil {
		t.Error("the backup is at the end all the same")
	}
	tool.Must(t, "sgdisk", "-e", img)
	if err := oracle.GPT(img); err != nil {
		t.Error(err)
	}
}

// TestStickQCOW2: QEMU finds the file sound and the same disk in it.
func TestStickQCOW2(t *testing.T) {
	tool.Need(t, "qemu-img")
	raw, converted := stick(t), stick(t, "--format", "qcow2")
	format, err := oracle.ImageFormat(converted)
	if err != nil || format != "qcow2" {
		t.Fatalf("format %q, %v", format, err)
	}
	if err := oracle.ImageStructure(converted); err != nil {
		t.Error(err)
	}
	back := filepath.Join(t.TempDir(), "back.img")
	tool.Must(t, "qemu-img", "convert", "-O", "raw", converted, back)
	var sums []string
	for _, name := range []string{raw, back} {
		sum, err := sparse.Hash(name)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sum)
	}
	if sums[0] != sums[1] {
		t.Error("the disk in it is another")
	}
}

// TestStickArguments: what cannot be made is refused, with what can.
func TestStickArguments(t *testing.T) {
	from := image(t)
	program := builderProgram(t, root(t))
	empty := t.TempDir()
	for _, tt := range []struct{ args, want string }{
		{"--table apm", "want gpt or mbr"},
		{"--format vmdk", "want raw or qcow2"},
		{"--format qcow2", "qemu-img is missing"}, // PATH is empty
		{"--data-size 8", "want 34 to 2048 (MiB)"},
	} {
		out := filepath.Join(t.TempDir(), "stick.img")
		args := append([]string{"usb", "--source", root(t), "--from", from, "-o", out}, strings.Fields(tt.args)...)
		b, err := tool.Env{"PATH=" + empty}.Run(program, args...)
		if err == nil || !strings.Contains(fmt.Sprint(err, string(b)), tt.want) {
			t.Errorf("%s: %v %s; want %q", tt.args, err, b, tt.want)
		}
		if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
			t.Errorf("%s: left lying about: %v", tt.args, left)
		}
	}
}
