package bootinitest

import (
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

func TestARC(t *testing.T) {
	for _, tt := range []struct {
		text  string
		want  bootini.ARC
		print string
	}{
		{`multi(0)disk(0)rdisk(1)partition(3)\WINDOWS`, bootini.ARC{Access: bootini.Multi, RDisk: 1, Partition: 3, Path: `\WINDOWS`}, ""},
		{`MULTI()DISK()RDISK()PARTITION(1)`, bootini.ARC{Access: bootini.Multi, Partition: 1}, `multi(0)disk(0)rdisk(0)partition(1)`},
		{`scsi(2)disk(35)rdisk(0)partition(1)\WINNT`, bootini.ARC{Access: bootini.SCSI, Adapter: 2, Disk: 35, Partition: 1, Path: `\WINNT`}, ""},
		{`signature(8b467c12)disk(0)rdisk(0)partition(2)\W`, bootini.ARC{Access: bootini.Signature, Adapter: 0x8b467c12, Partition: 2, Path: `\W`}, ""},
		{`Signature(0000002A)disk(0)rdisk(0)partition(2)\W`, bootini.ARC{Access: bootini.Signature, Adapter: 0x2a, Partition: 2, Path: `\W`},
			`signature(0000002a)disk(0)rdisk(0)partition(2)\W`},
	} {
		got, err := bootini.ParseARC(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v", tt.text, got, err)
		}
		if tt.print == "" {
			tt.print = tt.text
		}
		if s := got.String(); s != tt.print {
			t.Errorf("%s is written %s", tt.text, s)
		}
	}
	for _, bad := range []string{"", `C:\`, `multi(0)`, `multi(0)disk(0)rdisk(0)`, `multi(0)disk(0)rdisk(0)partition(1`, `multi(0)disk(0)rdisk(0)partition(x)\W`,
		`multi(0)disk(0)rdisk(0)partition(1)W`, `multi(0)disk(0)cdrom(0)`, `ramdisk(0)\reactos`, `multi(0)disk(0)rdisk(-1)partition(1)\W`,
		`multi(0)disk(0)rdisk(0)partition(99999999999)\W`, `signature(100000000)disk(0)rdisk(0)partition(1)\W`, `multi(f)disk(0)rdisk(0)partition(1)\W`,
		`disk(0)multi(0)rdisk(0)partition(1)\W`, `(0)disk(0)rdisk(0)partition(1)\W`, `signature(0x12)disk(0)rdisk(0)partition(1)\W`} {
		if a, err := bootini.ParseARC(bad); err == nil {
			t.Errorf("%q is %+v", bad, a)
		}
	}
}

func TestARCCompare(t *testing.T) {
	parse := func(s string) bootini.ARC {
		a, err := bootini.ParseARC(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := parse(`multi(0)disk(0)rdisk(0)partition(2)\WINDOWS`)
	if !a.Equal(parse(`MULTI(0)disk()rdisk(0)partition(02)\Windows\`)) {
		t.Error("the same path is not equal")
	}
	for _, s := range []string{`multi(0)disk(0)rdisk(0)partition(2)\WINNT`, `multi(0)disk(0)rdisk(1)partition(2)\WINDOWS`,
		`scsi(0)disk(0)rdisk(0)partition(2)\WINDOWS`, `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS`} {
		if a.Equal(parse(s)) {
			t.Errorf("%s is equal", s)
		}
	}
	if !a.SameDevice(parse(`multi(0)disk(0)rdisk(0)partition(2)\WINNT`)) {
		t.Error("two folders of a partition are not on the same device")
	}
	if bus, id := parse(`scsi(0)disk(35)rdisk(0)partition(1)\W`).BusAndID(); bus != 1 || id != 3 {
		t.Errorf("disk(35) is bus %d, id %d", bus, id)
	}
}
