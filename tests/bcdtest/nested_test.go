package bcdtest

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/tests/oracle"
)

// Objects and elements of the store with every kind of nesting.
var (
	vhdLoader, vhdPartition = guid("b7000000-0000-4000-8000-0000000000a1"), guid("b7000000-0000-4000-8000-0000000000a2")
	lookedFor, inFile       = guid("b7000000-0000-4000-8000-0000000000a3"), guid("b7000000-0000-4000-8000-0000000000a4")
)

// nested is a store in which an identity stands at every depth that there is: in the
// ntldr entry, the ramdisk of Windows RE and its .sdi, a virtual disk, a partition of a
// virtual disk, a file looked for on a partition, and on one of a virtual disk.
func nested(t *testing.T, firmware bcd.Firmware) string {
	t.Helper()
	o := options(firmware, versions["10"], true)
	if firmware == bcd.BIOS {
		o.Legacy = &bcd.LegacyOptions{}
	}
	b, err := bcd.Build(o)
	if err != nil {
		t.Fatal(err)
	}
	on := bcd.PartitionDevice(o.OS).Descriptor
	vhd := bcd.VHDDevice(on, `\images\seven.vhd`, bcd.ElementSystemRoot)
	inside := bcd.PartitionDevice(bcd.MBRIdentity(0x0badf00d, 63<<20))
	inside.Partition.Disk.Kind = bcd.LocalVHD
	container := bcd.FileDevice(on, `\images\eight.vhd`).Descriptor
	inside.Partition.Disk.Container = &container
	locate := bcd.LocateDevice(`\Windows\System32\winload.exe`)
	locate.Locate.Parent = &on
	deep := bcd.LocateDevice(`\hiberfil.sys`)
	deep.Locate.Parent = &inside.Descriptor
	return edit(t, oracle.HiveFile(t, b.Hive), func(e *bcd.Editor) error {
		var errs []error
		for id, d := range map[bcd.GUID]bcd.Device{vhdLoader: vhd, vhdPartition: inside, lookedFor: locate, inFile: deep} {
			errs = append(errs, e.Create(id, bcd.TypeLoader), e.Set(id, bcd.ElementDevice, bcd.DeviceValue(d)), e.Set(id, bcd.ElementOSDevice, bcd.DeviceValue(d)))
		}
		return errors.Join(errs...)
	})
}

// TestNestedIdentities: after a change of all identities the store is, as hivexregedit
// exports it, the old one with the bytes of the old identities replaced, whatever
// they are nested in. What a virtual disk holds inside keeps its name.
func TestNestedIdentities(t *testing.T) {
	for _, firmware := range []bcd.Firmware{bcd.BIOS, bcd.UEFI} {
		t.Run(string(firmware), func(t *testing.T) {
			path := nested(t, firmware)
			s := open(t, path)
			refs, opaque := s.References()
			if len(opaque) > 0 {
				t.Errorf("not understood: %+v", opaque)
			}
			there, deep := map[bcd.Identity]bcd.Identity{}, 0
			var replace []string
			for _, r := range refs {
				if r.Nested {
					deep++
				}
				if _, ok := there[r.Identity]; ok {
					continue
				}
				to := bcd.MBRIdentity(0x76543210, 0x5566778899<<9+uint64(len(there))<<20)
				if firmware == bcd.UEFI {
					to = bcd.GPTIdentity(guid("c0de0000-1111-4222-8333-0000000000a0"), guid("c0de0000-4444-4555-8666-777777777777"))
					to.Partition[15] += byte(len(there))
				}
				there[r.Identity] = to
				replace = append(replace, bytesOf(r.Identity, true), bytesOf(to, true), bytesOf(r.Identity, false), bytesOf(to, false))
			}
			if want := map[bcd.Firmware]int{bcd.BIOS: 3, bcd.UEFI: 3}[firmware]; len(there) != want || deep != 10 {
				t.Fatalf("%d partitions, %d nested references; want %d, 10: %+v", len(there), deep, want, refs)
			}
			r, err := s.Rewrite(there)
			if err != nil {
				t.Fatal(err)
			}
			after := edit(t, path, func(e *bcd.Editor) error { return e.Apply(r.Changes) })
			want, got := export(t, path), export(t, after)
			changed := 0
			for i, l := range want {
				if want[i] = strings.NewReplacer(replace...).Replace(l); want[i] != l {
					changed++
				}
			}
			if changed != len(r.Changes) || changed < 14 {
				t.Errorf("%d elements name a partition, %d were changed", changed, len(r.Changes))
			}
			slices.Sort(want)
			slices.Sort(got)
			if gone, added := oracle.RegChanges(want, got); len(gone)+len(added) > 0 {
				t.Errorf("want\n%s\ngot\n%s", strings.Join(gone, "\n"), strings.Join(added, "\n"))
			}
			ntldr := open(t, after).Object(bcd.LegacyLoader)
			if (ntldr != nil) != (firmware == bcd.BIOS) {
				t.Errorf("the entry of ntldr: %+v", ntldr)
			}
			t.Logf("%d references, %d of them nested, %d elements", len(refs), deep, changed)
		})
	}
}

// bytesOf is how devices hold the partition, or the disk, as hivexregedit prints bytes.
// Source: the real stores.
func bytesOf(id bcd.Identity, partition bool) string {
	var b []byte
	switch {
	case id.Style == bcd.StyleGPT && partition:
		b = id.Partition[:]
	case id.Style == bcd.StyleGPT:
		b = id.Disk[:]
	case partition:
		b = binary.LittleEndian.AppendUint64(nil, id.Offset)
		b = append(b, make([]byte, 8)...)
	default:
		b = binary.LittleEndian.AppendUint32(nil, id.Signature)
	}
	var all []string
	for _, c := range b {
		all = append(all, hex.EncodeToString([]byte{c}))
	}
	return strings.Join(all, ",")
}

// TestOpaqueIsTold: where a descriptor is of a kind that nobody knows, a change of
// identities says so and leaves it, bytes and all.
func TestOpaqueIsTold(t *testing.T) {
	path := nested(t, bcd.BIOS)
	strange := bcd.BootDevice()
	strange.Kind, strange.Raw = 99, append(binary.LittleEndian.AppendUint64(nil, mbrOS.Offset), make([]byte, 32)...)
	path = edit(t, path, func(e *bcd.Editor) error { return e.Set(inFile, bcd.ElementDevice, bcd.DeviceValue(strange)) })
	r, err := open(t, path).Rewrite(map[bcd.Identity]bcd.Identity{mbrOS: mbrRE, mbrRE: mbrOS})
	if err != nil || len(r.Opaque) != 1 || r.Opaque[0].Object != inFile {
		t.Fatalf("%+v, %v", r.Opaque, err)
	}
	if i := slices.IndexFunc(r.Changes, func(c bcd.Change) bool { return c.Object == inFile && c.Element == bcd.ElementDevice }); i >= 0 {
		t.Errorf("changed: %+v", r.Changes[i])
	}
}
