package mounts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

func TestParseMounts(t *testing.T) {
	got := ParseMounts(`rootfs / rootfs rw 0 0
/dev/sda1 /mnt/c fuseblk ro,nosuid,nodev,relatime,user_id=0,allow_other 0 0
/dev/sdb1 /mnt/my\040disk vfat rw,noatime 0 0
tmpfs /mnt tmpfs rw 0 0
/dev/sr0 /mnt/d/deeper iso9660 ro 0 0
short line
`)
	want := []Entry{{"/dev/sda1", "/mnt/c", "fuseblk", false}, {"/dev/sdb1", "/mnt/my disk", "vfat", true}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if s := got[1].String(); s != "/dev/sdb1 on /mnt/my disk (vfat, for writing)" {
		t.Error(s)
	}
}

func TestNodeIsThePartitionAtTheSamePlace(t *testing.T) {
	sys := t.TempDir()
	for name, text := range map[string]string{"sda1/partition": "1", "sda1/start": "63\n", "sda1/size": "1000\n", "sda5/partition": "5", "sda5/start": "2048\n", "sda5/size": "4096\n", "queue/x": ""} {
		path := filepath.Join(sys, "block/sda", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	volume := func(number int, start, sectors int64) *inspect.Volume {
		return &inspect.Volume{Disk: &inspect.Disk{Path: "/dev/sda"}, Partition: part.Partition{Number: number, Range: block.Range{Off: start * 512, Len: sectors * 512}}}
	}
	for _, c := range []struct {
		v    *inspect.Volume
		want string
	}{
		{volume(0, 0, 99999), "/dev/sda"}, {volume(1, 63, 1000), "/dev/sda1"}, {volume(3, 2048, 4096), "/dev/sda5"}, // its own number may be another
		{volume(2, 2048, 4095), ""}, {volume(1, 64, 1000), ""},
	} {
		node, err := Node(sys, c.v)
		if node != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v: %q, %v; want %q", c.v.Partition, node, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), "partprobe") {
			t.Errorf("no advice: %v", err)
		}
	}
}
