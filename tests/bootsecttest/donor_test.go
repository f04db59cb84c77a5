package bootsecttest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// nt5Start is the start of a volume that Server 2003 formatted, as a donor: its
// last sector of $Boot holds the place of its own shadow copies.
func nt5Start(t *testing.T) mem { return start(t, "ntfs-parts/volume_start_3.bin.xz", 0, 8192) }

func TestCodeFromDonor(t *testing.T) {
	for name, donor := range map[string]mem{"2003": nt5Start(t), "10": windowsNTFS(t)} {
		t.Run(name, func(t *testing.T) {
			before := ntfs(t)
			copy(before[0x1E00:], "the place of this volume's shadow copies")
			from := read(t, donor)
			all, err := read(t, before).CopyCode(from, bootsect.Consent{})
			if err != nil {
				t.Fatal(err)
			}
			after := before.apply(t, all)
			after.sound(t)

			// The boot sector of the volume: what is between 3 and 54 is its own.
			want := slices.Clone(before)
			copy(want[:3], donor[:3])
			copy(want[0x54:0x1E00], donor[0x54:0x1E00])
			last := want[len(want)-512:] // the copy follows
			copy(last[:3], donor[:3])
			copy(last[0x54:], donor[0x54:512])
			if !bytes.Equal(after, want) {
				t.Errorf("differs at %#x", changed(after, want))
			}
			v := read(t, after)
			if !v.Code.Pristine || !v.Code.Whole() || len(v.Copies) != 1 || !v.Copies[0].Equal {
				t.Errorf("%v, %+v", v.Code, v.Copies)
			}
			if again, err := v.CopyCode(from, bootsect.Consent{}); err != nil || len(again) > 0 {
				t.Errorf("a second time: %v, %v", again, err)
			}
		})
	}
}

// TestGenerationIsChanged: NTLDR code becomes BOOTMGR code and back.
func TestGenerationIsChanged(t *testing.T) {
	old, young := read(t, nt5Start(t)), read(t, windowsNTFS(t))
	m := ntfs(t)
	var first mem
	for i, donor := range []*bootsect.Volume{old, young, old} {
		all, err := read(t, m).CopyCode(donor, bootsect.Consent{})
		if err != nil {
			t.Fatal(err)
		}
		m = m.apply(t, all)
		if got := read(t, m).Code; got.Loads != donor.Code.Loads || !got.Pristine {
			t.Errorf("%v", got)
		}
		if i == 0 {
			first = m
		}
	}
	if !bytes.Equal(first, m) {
		t.Errorf("there and back differs at %#x", changed(first, m))
	}
}

// fakeCode is no code: bytes that have what Microsoft's code for FAT is known
// by, on a volume of mkfs.vfat.
func fakeCode(t *testing.T, bits string) mem {
	m := fatVolume(t, bits)
	if bits == "32" {
		copy(m[0x5A:0x1FE], bytes.Repeat([]byte{0x90}, 0x200))
		copy(m[0xC0:], "\x66\x8B\x46\x1C\x66\x83\xC0\x0C")
		copy(m[0x170:], "NTLDR      ")
		copy(m[12*512:], bytes.Repeat([]byte{0x91}, 510))
		copy(m[12*512+510:], "\x55\xAA")
		return m
	}
	copy(m[0x3E:0x1FE], bytes.Repeat([]byte{0x92}, 0x200))
	copy(m[0x19C:], "NTLDR      ")
	return m
}

func TestCodeFromFATDonor(t *testing.T) {
	for _, tt := range []struct {
		bits string
		from int
	}{{"12", 0x3E}, {"16", 0x3E}, {"32", 0x5A}} {
		t.Run(tt.bits, func(t *testing.T) {
			donor, before := fakeCode(t, tt.bits), fatVolume(t, tt.bits)
			d := read(t, donor)
			if d.Code.Loads != "NTLDR" || d.Code.Generation != bootsect.NT5 {
				t.Fatalf("%v", d.Code)
			}
			all, err := read(t, before).CopyCode(d, bootsect.Consent{})
			if err != nil {
				t.Fatal(err)
			}
			after := before.apply(t, all)
			want := slices.Clone(before)
			copy(want[tt.from:512], donor[tt.from:512])
			if tt.bits == "32" {
				copy(want[12*512:13*512], donor[12*512:])
				copy(want[6*512+tt.from:7*512], donor[tt.from:512])
			}
			if !bytes.Equal(after, want) {
				t.Errorf("differs at %#x", changed(after, want))
			}
			need(t, "fsck.vfat")
			if out := must(t, "fsck.vfat", "-n", "-v", after.save(t)); strings.Contains(out, "differences") {
				t.Errorf("%s", out)
			}
		})
	}
}

func TestDonorIsRefused(t *testing.T) {
	target, donor := ntfs(t), nt5Start(t)
	with := func(m mem, change func(mem)) mem {
		m = slices.Clone(m)
		change(m)
		return m
	}
	for _, tt := range []struct {
		name          string
		target, donor mem
		words         string
	}{
		{"FAT code for NTFS", target, fakeCode(t, "32"), "does not read"},
		{"FAT16 code for FAT32", fatVolume(t, "32"), fakeCode(t, "16"), "does not read"},
		{"no code", target, ntfs(t), "not a whole one"},
		{"first sector only", target, donor[:512], "not a whole one"},
		{"rest of another generation", target, with(donor, func(m mem) { copy(m[0x200:], "\x07\x00B\x00O\x00") }), "not a whole one"},
		{"donor without 55AA", target, with(donor, func(m mem) { m[0x1FE] = 0 }), "55AA"},
		{"donor damaged", target, with(donor, func(m mem) { clear(m[:16]) }), "donor has no boot sector"},
		{"donor GRUB", target, with(donor, func(m mem) { copy(m, "\xEB\x63"); copy(m[0x180:], "GRUB ") }), "not a whole one"},
		{"target GRUB", with(target, func(m mem) { copy(m, "\xEB\x63"); copy(m[0x180:], "GRUB ") }), donor, "GRUB"},
		{"target unknown", with(target, func(m mem) { copy(m[0x54:0x1FE], bytes.Repeat([]byte("xyz"), 200)) }), donor, "not known"},
		{"something in $Boot", with(target, func(m mem) { copy(m[0x600:], "a boot manager of somebody") }), donor, "not known"},
		{"target BitLocker", with(target, func(m mem) { copy(m[3:], "-FVE-FS-") }), donor, "unlock"},
		{"target damaged", with(target, func(m mem) { clear(m[:512]) }), donor, "restore it from its copy"},
		{"sector 12 is taken", with(fatVolume(t, "32"), func(m mem) { copy(m[12*512:], "something") }), fakeCode(t, "32"), "not known"},
		{"no sector 12", with(fatVolume(t, "32"), func(m mem) {
			m[0x0E] = 9 // of 32 reserved sectors; the volume is shorter by the others
			binary.LittleEndian.PutUint32(m[0x20:], binary.LittleEndian.Uint32(m[0x20:])-23)
		}), fakeCode(t, "32"), "belongs to something else"},
		{"copy in sector 12", with(fatVolume(t, "32"), func(m mem) { m[0x32] = 12 }), fakeCode(t, "32"), "belongs to something else"},
	} {
		all, err := read(t, tt.target).CopyCode(read(t, tt.donor), bootsect.Consent{})
		if !errors.Is(err, part.ErrRefused) || !strings.Contains(fmt.Sprint(err), tt.words) || len(all) > 0 {
			t.Errorf("%s: %d patches, %v", tt.name, len(all), err)
		}
	}
	// With consent GRUB goes, BitLocker does not.
	grub := with(target, func(m mem) { copy(m, "\xEB\x63"); copy(m[0x180:], "GRUB ") })
	if all, err := read(t, grub).CopyCode(read(t, donor), bootsect.Consent{Foreign: true}); err != nil || len(all) == 0 {
		t.Errorf("consent: %v", err)
	}
	locked := with(target, func(m mem) { copy(m[3:], "-FVE-FS-") })
	if _, err := read(t, locked).CopyCode(read(t, donor), bootsect.Consent{Foreign: true}); !errors.Is(err, part.ErrRefused) {
		t.Errorf("BitLocker with consent: %v", err)
	}
}

// TestWrongCode: code of another file system than the volume's is seen.
func TestWrongCode(t *testing.T) {
	m := fatVolume(t, "32")
	copy(m[0x54:0x1FE], nt5Start(t)[0x54:0x1FE]) // as after a careless copy of a boot sector
	if v := read(t, m); v.Code.Reads != fs.NTFS || v.Kind != fs.FAT32 || v.Code.Whole() {
		t.Errorf("%v on %s", v.Code, v.Kind)
	}
}
