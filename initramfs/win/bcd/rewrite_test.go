package bcd

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// variable is the copy of a boot entry that leads to a partition.
func variable(id Identity) []byte {
	node := make([]byte, hardDrive)
	copy(node, "\x04\x01\x2a\x00\x01\x00\x00\x00")
	le.PutUint64(node[8:], id.Offset/512)
	if id.Style == StyleGPT {
		copy(node[24:], id.Partition[:])
		node[40], node[41] = 2, 2
	} else {
		le.PutUint32(node[24:], id.Signature)
		node[40], node[41] = 1, 1
	}
	nodes := append(node, "\x7f\xff\x04\x00"...)
	name := registry.SZ("Windows Boot Manager")
	b := make([]byte, variableHead)
	path := le.AppendUint32(nil, 1)
	path = le.AppendUint32(path, uint32(variablePath+len(nodes)))
	path = append(le.AppendUint32(path, pathOfEFI), nodes...)
	for off, n := range map[int]int{0: 1, 8: 3, 12: 1, 16: variableHead + 4, 20: variableHead + 4 + len(name), 24: 4, 4: variableHead + 4 + len(name) + len(path)} {
		le.PutUint32(b[off:], uint32(n))
	}
	b = append(b, "data"...)
	return append(append(b, name...), path...)
}

func TestVariable(t *testing.T) {
	gpt := GPTIdentity(partitionGUID, GUID{})
	for _, id := range []Identity{system, gpt} {
		v, err := ParseVariable(variable(id))
		if err != nil || v.Number != 3 || v.Attributes != 1 || v.Name != "Windows Boot Manager" || string(v.Data) != "data" {
			t.Fatalf("%+v, %v", v, err)
		}
		if p := v.Partitions(); len(p) != 1 || p[0] != id {
			t.Errorf("%v", p)
		}
	}
	for name, b := range map[string][]byte{"empty": nil, "short": make([]byte, 27), "length": append(variable(system), 0),
		"path": func() []byte { b := variable(system); b[20] = 0xff; return b }(),
		"data": func() []byte { b := variable(system); b[25] = 0xff; return b }()} {
		if _, err := ParseVariable(b); !errors.Is(err, ErrVariable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	to := GPTIdentity(optionsGUID, diskGUID)
	now := renameVariable(variable(gpt), map[Identity]Identity{GPTIdentity(partitionGUID, diskGUID): to})
	if !bytes.Equal(now, variable(GPTIdentity(optionsGUID, GUID{}))) {
		t.Errorf("%x", now)
	}
	// The same partition GUID on two disks: the entry does not say which.
	both := map[Identity]Identity{GPTIdentity(partitionGUID, diskGUID): to, GPTIdentity(partitionGUID, optionsGUID): GPTIdentity(diskGUID, diskGUID)}
	if now := renameVariable(variable(gpt), both); !bytes.Equal(now, variable(gpt)) {
		t.Error("a choice was made")
	}
}

// TestRewrite exchanges two partitions, moves a third to a GPT disk, and leaves what
// is inside virtual disks alone.
func TestRewrite(t *testing.T) {
	winre, gpt := MBRIdentity(0x11111111, 900<<20), GPTIdentity(partitionGUID, diskGUID)
	b, made := built(t, func(o *BuildOptions) { o.Recovery = &RecoveryOptions{GUID{}, winre, `\r.wim`, `\r.sdi`} })
	vhdFile := FileDevice(partitionDescriptor(osPart), `\a.vhd`).Descriptor
	vhd := Device{Descriptor: Descriptor{Kind: KindPartition, Partition: &Partition{ID: osPart.partitionID(),
		Disk: Disk{Kind: LocalVHD, ID: &DiskID{StyleMBR, osPart.diskID()}, Container: &vhdFile}}}}
	disk := Device{Descriptor: Descriptor{Kind: KindDisk, Disk: &Disk{ID: &DiskID{StyleMBR, osPart.diskID()}, Rest: make([]byte, 32)}}}
	opaqueDevice := BootDevice()
	opaqueDevice.Kind = 99
	b, _ = edited(t, b, func(e *Editor) error {
		return errors.Join(e.Set(MemoryTester, 0x21000138, DeviceValue(vhd)), e.Set(MemoryTester, 0x21000150, DeviceValue(disk)),
			e.Set(MemoryTester, 0x21000151, DeviceValue(opaqueDevice)),
			e.hive.SetValue(keyObjects+`\`+BootManager.String()+`\`+keyDescription, valueVariable, regf.RegBinary, variable(system)))
	})
	s := openStore(t, b)
	identities := map[Identity]Identity{system: osPart, osPart: system, winre: gpt}
	r, err := s.Rewrite(identities)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Opaque) != 1 || r.Opaque[0].Element != 0x21000151 {
		t.Errorf("%+v", r.Opaque)
	}
	now, _ := edited(t, b, func(e *Editor) error { return e.Apply(r.Changes) })
	after := openStore(t, now)
	before, _ := s.References()
	refs, _ := after.References()
	if len(refs) != len(before) || len(refs) != 10 {
		t.Fatalf("%d references became %d", len(before), len(refs))
	}
	for i, ref := range refs {
		if want := identities[before[i].Identity]; ref.Identity != want || ref.Object != before[i].Object || ref.Nested != before[i].Nested {
			t.Errorf("%v became %v, want %v", before[i], ref, want)
		}
	}
	if got, want := after.Object(BootManager).Variable, variable(osPart); !bytes.Equal(got, want) {
		t.Errorf("boot entry %x, want %x", got, want)
	}
	d, err := after.Object(MemoryTester).Element(0x21000138).Device()
	if err != nil || d.Partition.ID != osPart.partitionID() || d.Partition.Disk.ID.ID != osPart.diskID() {
		t.Errorf("the inside of the virtual disk became %v, %v", d, err)
	}
	if ref := after.Object(made.Loader).Element(ElementOSDevice); !bytes.Equal(ref.Data, PartitionDevice(system).Encode()) {
		t.Errorf("%x", ref.Data)
	}
	// Two of the three partitions say that the disk keeps its name.
	if disks := disksOf(identities); len(disks) != 0 {
		t.Errorf("%v", disks)
	}
	moved, err := s.Rewrite(map[Identity]Identity{osPart: MBRIdentity(5, 101<<20), system: MBRIdentity(5, 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, c := range moved.Changes {
		found = found || c.Element == 0x21000150 && bytes.Contains(c.New, signatureBytes(5))
	}
	if !found {
		t.Error("the whole disk has kept its old name")
	}
	// A change is refused where somebody else was faster.
	edited(t, now, func(e *Editor) error {
		if err := e.Apply(r.Changes); !errors.Is(err, ErrChanged) {
			t.Errorf("%v", err)
		}
		return nil
	})
	for _, bad := range []map[Identity]Identity{{{}: system}, {system: {}}, {system: {Style: StyleRaw}}, {system: MBRIdentity(0, 512)}, {system: MBRIdentity(1, 0)}, {system: MBRIdentity(1, 100)}, {system: GPTIdentity(GUID{}, diskGUID)}} {
		if _, err := s.Rewrite(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

// signatureBytes is a disk's signature as a device names it.
func signatureBytes(signature uint32) []byte {
	id := MBRIdentity(signature, 0).diskID()
	return append([]byte{1, 0, 0, 0}, id[:]...)
}
