package bcd

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func hexBytes(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	partitionGUID = known(0x00112233, 0x4455, 0x6677, 0x8899aabbccddeeff)
	diskGUID      = known(0x01020304, 0x0506, 0x0708, 0x090a0b0c0d0e0f10)
	optionsGUID   = known(0xaabbccdd, 0x0000, 0x1111, 0x2222333333333333)
)

const (
	zero16 = "00000000000000000000000000000000"
	// A partition of an MBR disk: kind, flags, size, reserved; start in bytes; kind of
	// disk, style, signature; unused.
	mbrBody = "06000000 00000000 48000000 00000000 0000100000000000 0000000000000000 00000000 01000000 a44d2336 000000000000000000000000" + zero16
)

// devices are written out by hand, from the layout, so that they do not depend on
// the code.
var devices = []struct {
	name, hex, text string
	made            Device
}{
	{"boot", zero16 + "05000000 00000000 48000000 00000000" + zero16 + zero16 + zero16 + "0000000000000000", "boot", BootDevice()},
	{"mbr", zero16 + mbrBody, "partition=mbr:36234da4:1048576", PartitionDevice(MBRIdentity(0x36234da4, 1<<20))},
	{"gpt", zero16 + "06000000 00000000 48000000 00000000 33221100554477668899aabbccddeeff 00000000 00000000 0403020106050807090a0b0c0d0e0f10" + zero16,
		"partition=gpt:00112233-4455-6677-8899-aabbccddeeff:01020304-0506-0708-090a-0b0c0d0e0f10", PartitionDevice(GPTIdentity(partitionGUID, diskGUID))},
	{"file", zero16 + "00000000 00000000 6e000000 00000000 05000000 01000000 5a000000 05000000" + mbrBody + "5c0061000000",
		`file=[mbr:36234da4:1048576]\a`, FileDevice(partitionDescriptor(MBRIdentity(0x36234da4, 1<<20)), `\a`)},
	{"ramdisk", "ddccbbaa00001111 2222333333333333 00000000 01000000 82000000 00000000 03000000" + zero16 + "00000000 01000000 5a000000 05000000" + mbrBody + "5c0061000000",
		`ramdisk=[mbr:36234da4:1048576]\a,{aabbccdd-0000-1111-2222-333333333333}`, RamdiskDevice(partitionDescriptor(MBRIdentity(0x36234da4, 1<<20)), `\a`, optionsGUID)},
}

func TestDevices(t *testing.T) {
	for _, tt := range devices {
		want := hexBytes(t, tt.hex)
		if got := tt.made.Encode(); !bytes.Equal(got, want) {
			t.Errorf("%s: made\n%x, want\n%x", tt.name, got, want)
		}
		d, err := ParseDevice(want)
		if err != nil || !bytes.Equal(d.Encode(), want) || d.String() != tt.text {
			t.Errorf("%s: %v, %q, %x", tt.name, err, d, d.Encode())
		}
		if d.isOpaque() {
			t.Errorf("%s is not understood", tt.name)
		}
		again, err := ParseDeviceText(tt.text)
		if err != nil || !bytes.Equal(again.Encode(), want) {
			t.Errorf("%s from text: %v, %x", tt.name, err, again.Encode())
		}
	}
}

// TestVirtualDisks: a partition in a virtual disk in a file, and a device that is
// looked for.
func TestVirtualDisks(t *testing.T) {
	file := newFile(partitionDescriptor(MBRIdentity(7, 4096)), `\disks\a.vhd`)
	container := Descriptor{Kind: KindDisk, Disk: &Disk{Kind: LocalFile, File: file}}
	vhd := Device{Descriptor: Descriptor{Kind: KindPartition, Partition: &Partition{ID: MBRIdentity(9, 65536).partitionID(),
		Disk: Disk{Kind: LocalVHD, ID: &DiskID{StyleMBR, MBRIdentity(9, 0).diskID()}, Container: &container}}}}
	look := Device{Descriptor: Descriptor{Kind: KindLocate, Locate: &Locate{Element: ElementPath, Path: []byte{0, 0},
		Parent: &Descriptor{Kind: KindDisk, Disk: vhd.Partition.Disk.clone()}}}}
	byPath := Device{Descriptor: Descriptor{Kind: KindLocate, Locate: &Locate{Type: 1, Path: []byte{'\\', 0, 'x', 0, 0, 0}}}}
	for _, tt := range []struct {
		d    Device
		text string
	}{
		{vhd, `vhd=[mbr:00000007:4096]\disks\a.vhd,partition=mbr:00000009:65536`},
		{look, `vhd=[mbr:00000007:4096]\disks\a.vhd,locate=custom:12000002`},
		{byPath, `locate=\x`},
	} {
		b := tt.d.Encode()
		d, err := ParseDevice(b)
		if err != nil || d.String() != tt.text || !bytes.Equal(d.Encode(), b) {
			t.Errorf("%q, %v; want %q", d, err, tt.text)
		}
		for _, id := range d.Identities() {
			if id != MBRIdentity(7, 4096) {
				t.Errorf("%s refers to %s: the inside of a virtual disk is no partition of the machine", tt.text, id)
			}
		}
	}
}

func (d *Disk) clone() *Disk { c := *d; return &c }

// TestOddDevices: what is not understood is kept or refused, never changed.
func TestOddDevices(t *testing.T) {
	good := hexBytes(t, devices[4].hex)
	for name, tt := range map[string]struct {
		change func(b []byte) []byte
		kept   bool
	}{
		"empty":               {func([]byte) []byte { return nil }, false},
		"short":               {func(b []byte) []byte { return b[:31] }, false},
		"size beyond the end": {func(b []byte) []byte { b[24]++; return b }, false},
		"size 0":              {func(b []byte) []byte { b[24], b[25] = 0, 0; return b }, false},
		"huge":                {func([]byte) []byte { return make([]byte, maxDevice+1) }, false},
		"tail":                {func(b []byte) []byte { return append(b, 1, 2, 3) }, true},
		"unknown kind":        {func(b []byte) []byte { b[16] = 99; return b }, true},
		"unknown disk":        {func(b []byte) []byte { b[32] = 99; return b }, true},
		"path type":           {func(b []byte) []byte { b[0x40] = 4; return b }, true},
		"inner size":          {func(b []byte) []byte { b[0x4c] = 0xff; return b }, true},
		"path length":         {func(b []byte) []byte { b[0x3c] = 0xff; return b }, true},
		"path length short":   {func(b []byte) []byte { b[0x3c]--; return b }, true},
		"no NUL":              {func(b []byte) []byte { b[len(b)-2] = 'x'; return b }, true},
	} {
		b := tt.change(bytes.Clone(good))
		d, err := ParseDevice(b)
		if (err == nil) != tt.kept {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && !bytes.Equal(d.Encode(), b) {
			t.Errorf("%s: %x became %x", name, b, d.Encode())
		}
	}
	// Descriptors in descriptors, deeper than anybody needs.
	d := partitionDescriptor(MBRIdentity(1, 512))
	for range 3 * maxNesting {
		d = FileDevice(d, `\x`).Descriptor
	}
	b := Device{Descriptor: d}.Encode()
	if d, err := ParseDevice(b); err != nil || !bytes.Equal(d.Encode(), b) {
		t.Errorf("nested: %v", err)
	}
}

func FuzzDevice(f *testing.F) {
	for _, d := range devices {
		f.Add(hexBytes(f, d.hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDevice(b)
		if err != nil {
			return
		}
		if !bytes.Equal(d.Encode(), b) {
			t.Fatalf("%x became %x", b, d.Encode())
		}
		_ = d.String()
		for _, id := range d.Identities() {
			to := MBRIdentity(0xdeadbeef, 12345)
			d.each(func(n *Descriptor) { n.rename(map[Identity]Identity{id: to}, disksOf(map[Identity]Identity{id: to})) })
			if now := d.Encode(); len(now) != len(b) {
				t.Fatalf("%d bytes became %d", len(b), len(now))
			}
			break
		}
	})
}

func TestParseDeviceTextRefuses(t *testing.T) {
	for _, s := range []string{"", "C:", "partition=C:", "partition=mbr:xyz:1", "partition=mbr:1:2:3", "file=[boot]", `file=\a`, `ramdisk=[boot]\a`,
		`ramdisk=[boot]\a,b`, "locate=a", `vhd=[boot]\a`, `vhd=[boot]\a,locate=\b`, `vhd=[boot]\a,locate=custom:1`, "hex:0", "hex:00", "partition=gpt:x:y", "boot2"} {
		if d, err := ParseDeviceText(s); err == nil {
			t.Errorf("%q became %q", s, d)
		}
	}
}
