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
)

// rescueStick is a disk as mkrescue usb makes them, without what is in the image: the
// image from sector 0 on, the partition for UEFI in it, and a FAT volume behind it. The
// sysfs beside it knows the partitions. It returns disk, partition device and sysfs.
func rescueStick(t *testing.T, label string) (disk, partition, sys string) {
	t.Helper()
	const esp, data, sectors = 128, 2048, 32 << 10
	head, err := (fat.Format{Size: sectors * 512, Kind: fs.FAT16, Label: label, Hidden: data}).Head()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, (data+sectors)*512)
	entry := func(n int, active, kind byte, start, length uint32) {
		e := b[0x1BE+16*n:]
		e[0], e[4] = active, kind
		binary.LittleEndian.PutUint32(e[8:], start)
		binary.LittleEndian.PutUint32(e[12:], length)
	}
	entry(0, 0x80, 0, 0, 1024)
	entry(1, 0, 0xEF, esp, 256)
	entry(2, 0, 0x0C, data, sectors)
	copy(b[510:], "\x55\xAA")
	copy(b[16*2048:], "\x01CD001\x01")
	copy(b[16*2048+40:], "BOOTMEND ")
	copy(b[data*512:], head)
	dir := t.TempDir()
	sys, disk, partition = filepath.Join(dir, "sys"), filepath.Join(dir, "sdx"), filepath.Join(dir, "sdx3")
	for path, text := range map[string]string{disk: string(b), partition: string(b[data*512:]),
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

// TestOwnStick: the partition behind the rescue image is found, and taken for the disk
// that a report goes to when it has the label; the image is not.
func TestOwnStick(t *testing.T) {
	for label, want := range map[string]bool{"BOOTMEND": true, "MINE": false} {
		disk, partition, sys := rescueStick(t, label)
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
