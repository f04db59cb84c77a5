package main

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/diskfs/go-diskfs/partition/gpt"
)

// Places on a rescueStick, in sectors.
const (
	ownESP     = 128
	ownData    = 2048
	ownSectors = 32 << 10
)

// rescueStick is a disk as mkrescue usb makes them, without what is in the image: the
// image from sector 0 on, the partition for UEFI in it, and a FAT volume behind it, with
// the table that mark writes. The sysfs beside it knows the partitions. It returns disk,
// partition device and sysfs.
func rescueStick(t *testing.T, label string, mark func(t *testing.T, b []byte)) (disk, partition, sys string) {
	t.Helper()
	head, err := (fat.Format{Size: ownSectors * 512, Kind: fs.FAT16, Label: label, Hidden: ownData}).Head()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, (ownData+ownSectors+34)*512)
	mark(t, b)
	copy(b[510:], "\x55\xAA")
	copy(b[16*2048:], "\x01CD001\x01")
	copy(b[16*2048+40:], "BOOTMEND ")
	copy(b[ownData*512:], head)
	dir := t.TempDir()
	sys, disk, partition = filepath.Join(dir, "sys"), filepath.Join(dir, "sdx"), filepath.Join(dir, "sdx3")
	for path, text := range map[string]string{disk: string(b), partition: string(b[ownData*512:][:ownSectors*512]),
		sys + "/block/sdx/sdx2/partition": "2", sys + "/block/sdx/sdx2/start": "128", sys + "/block/sdx/sdx2/size": "256",
		sys + "/block/sdx/sdx3/partition": "3", sys + "/block/sdx/sdx3/start": "2048", sys + "/block/sdx/sdx3/size": "32768"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return disk, partition, sys
}

// mbrEntry writes an entry of the MBR of b.
func mbrEntry(b []byte, n int, active, kind byte, start, length uint32) {
	e := b[0x1BE+16*n:]
	e[0], e[4] = active, kind
	binary.LittleEndian.PutUint32(e[8:], start)
	binary.LittleEndian.PutUint32(e[12:], length)
}

func ownMBR(_ *testing.T, b []byte) {
	mbrEntry(b, 0, 0x80, 0, 0, 1024)
	mbrEntry(b, 1, 0, 0xEF, ownESP, 256)
	mbrEntry(b, 2, 0, 0x0C, ownData, ownSectors)
}

// ownGPT has the image's partitions around the ESP, and the data in entry 3, as sysfs has.
func ownGPT(t *testing.T, b []byte) {
	name := filepath.Join(t.TempDir(), "gpt")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := gpt.Table{GUID: "7FFE3770-1735-8F98-8B14-327B82C149C1", Partitions: []*gpt.Partition{
		{Index: 1, Name: media.ImagePartition, Start: 64, End: ownESP - 1, Type: gpt.LinuxFilesystem}, {Index: 2, Start: ownESP, End: ownESP + 255, Type: gpt.EFISystemPartition},
		{Index: 3, Start: ownData, End: ownData + ownSectors - 1, Type: gpt.MicrosoftBasicData}}}
	for _, p := range table.Partitions {
		p.GUID = table.GUID
	}
	if err := table.Write(f, int64(len(b))); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	copy(b, written)
	mbrEntry(b, 0, 0, 0xEE, 1, uint32(len(b)/512)-1)
	mbrEntry(b, 1, 0x80, 0, 0, 1)
}

// TestOwnStick: the partition behind the rescue image is found, and taken for the disk
// that a report goes to when it has the label; the image is not.
func TestOwnStick(t *testing.T) {
	for _, tt := range []struct {
		label string
		want  bool
		mark  func(t *testing.T, b []byte)
	}{{"BOOTMEND", true, ownMBR}, {"MINE", false, ownMBR}, {"BOOTMEND", true, ownGPT}, {"MINE", false, ownGPT}} {
		label, want := tt.label, tt.want
		disk, partition, sys := rescueStick(t, label, tt.mark)
		p, closeAll, err := lookAt(context.Background(), []string{disk, "/no/such"})
		if err != nil || len(p.Disks) != 1 || !p.Disks[0].Rescue {
			t.Fatalf("%+v, %v", p, err)
		}
		defer closeAll()
		if v := stickOf(p); v != nil {
			t.Errorf("%s: the rescue medium itself is taken for the stick", label)
		}
		own := ownPartitions(p, sys)
		if !slices.Equal(own, []string{partition}) {
			t.Fatalf("%s: own partitions %v; want %s", label, own, partition)
		}
		again, closeOwn, err := lookAt(context.Background(), own)
		if err != nil {
			t.Fatal(err)
		}
		defer closeOwn()
		if v := stickOf(again); (v != nil) != want || v != nil && v.Disk.Path != partition {
			t.Errorf("%s: stick %+v; want one: %t", label, v, want)
		}
	}
	if own := ownPartitions(&inspect.Patient{Disks: []*inspect.Disk{{Path: "/dev/sda"}}}, "/sys"); own != nil {
		t.Errorf("of a disk that is no medium: %v", own)
	}
}
