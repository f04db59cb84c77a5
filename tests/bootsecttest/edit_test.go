package bootsecttest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// TestSet: a field is changed in the first sector and in the copy and nowhere
// else; the offsets are written out here, from layout.h and fatgen103.
func TestSet(t *testing.T) {
	for _, tt := range []struct {
		name   string
		volume mem
		copyAt int // sector; 0: none
		drive  bootsect.Field
		off    int // of the drive number
	}{
		{"ntfs", ntfs(t), 8<<20/512 - 1, bootsect.DriveNumber, 0x24},
		{"fat12", fatVolume(t, "12"), 0, bootsect.DriveNumber, 0x24},
		{"fat16", fatVolume(t, "16"), 0, bootsect.DriveNumber, 0x24},
		{"fat32", fatVolume(t, "32"), 6, bootsect.DriveNumberFAT32, 0x40},
	} {
		for _, f := range []struct {
			field bootsect.Field
			off   int
			value uint64
			bytes string
		}{
			{bootsect.HiddenSectors, 0x1C, 0x00ABCDEF, "\xEF\xCD\xAB\x00"},
			{bootsect.Heads, 0x1A, 0x1122, "\x22\x11"},
			{bootsect.SectorsPerTrack, 0x18, 0x3F, "\x3F\x00"},
			{tt.drive, tt.off, 0x81, "\x81"},
		} {
			t.Run(fmt.Sprintf("%s %s", tt.name, f.field), func(t *testing.T) {
				v := read(t, tt.volume)
				all, err := v.Set(f.field, f.value)
				if err != nil {
					t.Fatal(err)
				}
				want := slices.Clone(tt.volume)
				copy(want[f.off:], f.bytes)
				if tt.copyAt > 0 {
					copy(want[tt.copyAt*512+f.off:], f.bytes)
				}
				got := tt.volume.apply(t, all)
				if !bytes.Equal(got, want) {
					t.Errorf("differs at %#x", changed(got, want))
				}
				if again, err := read(t, got).Set(f.field, f.value); err != nil || len(again) > 0 {
					t.Errorf("a second time: %v, %v", again, err)
				}
			})
		}
	}
}

// TestSetIsSeen: minfo and file read what was set; the volumes stay sound.
func TestSetIsSeen(t *testing.T) {
	set := func(m mem) mem {
		for f, n := range map[bootsect.Field]uint64{bootsect.HiddenSectors: 2048, bootsect.Heads: 128, bootsect.SectorsPerTrack: 63} {
			all, err := read(t, m).Set(f, n)
			if err != nil {
				t.Fatal(err)
			}
			m = m.apply(t, all)
		}
		return m
	}
	t.Run("fat32", func(t *testing.T) {
		need(t, "minfo", "fsck.vfat")
		path := set(fatVolume(t, "32")).save(t)
		out := must(t, "minfo", "-i", path, "::")
		for _, want := range []string{`heads: 128`, `sectors per track: 63`, `hidden sectors: 2048`} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in %s", want, out)
			}
		}
		// It compares the boot sector with its copy.
		if out := must(t, "fsck.vfat", "-n", "-v", path); strings.Contains(out, "differences") {
			t.Errorf("%s", out)
		}
	})
	t.Run("ntfs", func(t *testing.T) {
		m := set(ntfs(t))
		m.sound(t)
		need(t, "file")
		if out := must(t, "file", "-s", m.save(t)); !regexp.MustCompile(`sectors/track 63, heads 128, hidden sectors 2048`).MatchString(out) {
			t.Errorf("%s", out)
		}
	})
}

func TestSetIsRefused(t *testing.T) {
	good := ntfs(t)
	for _, tt := range []struct {
		name  string
		spoil func(mem)
		field bootsect.Field
		value uint64
		words string
	}{
		{"another field", func(mem) {}, bootsect.BytesPerSector, 512, "cannot be changed"},
		{"drive number of FAT32 on NTFS", func(mem) {}, bootsect.DriveNumberFAT32, 0x80, "cannot be changed"},
		{"too large", func(mem) {}, bootsect.Heads, 0x10000, "does not fit"},
		{"damaged", func(m mem) { clear(m[:512]) }, bootsect.Heads, 255, "restore it from its copy"},
		{"both damaged", func(m mem) { clear(m[:512]); clear(m[len(m)-512:]) }, bootsect.Heads, 255, "no boot sector"},
		{"BitLocker", func(m mem) { copy(m[3:], "-FVE-FS-") }, bootsect.Heads, 255, "unlock"},
	} {
		m := slices.Clone(good)
		tt.spoil(m)
		all, err := read(t, m).Set(tt.field, tt.value)
		if !errors.Is(err, part.ErrRefused) || !strings.Contains(fmt.Sprint(err), tt.words) || len(all) > 0 {
			t.Errorf("%s: %v, %v", tt.name, all, err)
		}
	}
}

func TestMagic(t *testing.T) {
	m := ntfs(t)
	want := slices.Clone(m)
	m[0x1FE], m[len(m)-1] = 0, 0
	all, err := read(t, m).SetMagic()
	if got := m.apply(t, all); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, %v", all, err)
	}
}

// TestStandardHeads: the limits, one byte to either side; "?" where virt-v2v says
// otherwise. TestGeometryOfBIOS asks a BIOS.
func TestStandardHeads(t *testing.T) {
	for size, want := range map[int64]string{
		100 << 20: "16", 528998399: "16", 528998400: "32", 1057996799: "32", 1057996800: "64",
		2114445311: "64", 2114445312: "64?", 2115993599: "64?", 2115993600: "128",
		4228374779: "128", 4228374780: "128?", 4260888575: "128?", 4260888576: "255", 1 << 40: "255",
	} {
		heads, sure := bootsect.StandardHeads(size)
		if got := fmt.Sprint(heads) + map[bool]string{false: "?"}[sure]; got != want {
			t.Errorf("%d bytes: %s, want %s", size, got, want)
		}
	}
}

// TestRestore: what mkntfs wrote comes back from its copy, byte for byte.
func TestRestore(t *testing.T) {
	for name, good := range map[string]mem{"ntfs": ntfs(t), "fat32": fatVolume(t, "32")} {
		for what, spoil := range map[string]func(mem){
			"zeros":   func(m mem) { clear(m[:512]) },
			"F6":      func(m mem) { copy(m, bytes.Repeat([]byte{0xF6}, 512)) },
			"no BPB":  func(m mem) { clear(m[0x0B:0x30]) },
			"no code": func(m mem) { clear(m[map[string]int{"ntfs": 0x54, "fat32": 0x5A}[name]:0x1FE]) },
		} {
			m := slices.Clone(good)
			spoil(m)
			v := read(t, m)
			all, code, err := v.Restore(bootsect.Consent{})
			if err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
				continue
			}
			if got := m.apply(t, all); !bytes.Equal(got, good) {
				t.Errorf("%s, %s: differs at %#x", name, what, changed(got, good))
			}
			if code.Owner != bootsect.Placeholder {
				t.Errorf("%s, %s: %v", name, what, code)
			}
		}
	}
}

// noMFT destroys the boot sector and both places where NTFS has its records.
func noMFT(m mem) {
	cluster := uint64(m[0x0D]) * 512
	for _, off := range []int{0x30, 0x38} {
		at := binary.LittleEndian.Uint64(m[off:]) * cluster
		copy(m[at:], "GONE")
	}
	clear(m[:512])
}

// TestRestoreIsRefused: nothing that is not a damaged NTFS or FAT32 gets an old
// boot sector over it.
func TestRestoreIsRefused(t *testing.T) {
	good := ntfs(t)
	random := bytes.Repeat([]byte("\x9C\x31\xE7\x02\xA8\x55"), 100)
	for _, tt := range []struct {
		name  string
		spoil func(mem)
		words string
	}{
		{"LUKS", func(m mem) { copy(m, "LUKS\xBA\xBE") }, "LUKS"},
		{"ext4", func(m mem) { clear(m[:1024]); copy(m[0x438:], "\x53\xEF") }, "ext4"},
		{"XFS", func(m mem) { copy(m, "XFSB") }, "XFS"},
		{"btrfs", func(m mem) { clear(m[:512]); copy(m[0x10040:], "_BHRfS_M") }, "btrfs"},
		{"RAID 1.0", func(m mem) { clear(m[:512]); copy(m[(len(m)/512-16)&^7*512:], "\xFC\x4E\x2B\xA9") }, "RAID"},
		{"LVM", func(m mem) { clear(m[:512]); copy(m[0x600:], "LABELONE") }, "LVM"},
		{"exFAT", func(m mem) { copy(m[3:], "EXFAT   ") }, "exFAT"},
		{"random", func(m mem) { copy(m, random[:512]) }, "encrypted"},
		{"BitLocker", func(m mem) { copy(m[3:], "-FVE-FS-") }, "unlock"},
		{"no MFT any more", noMFT, "no longer there"},
		{"no copy", func(m mem) { clear(m[:512]); clear(m[len(m)-512:]) }, "no copy"},
		{"copy without 55AA", func(m mem) { clear(m[:512]); m[len(m)-1] = 0 }, "damaged too"},
		{"GRUB", func(m mem) { copy(m, "\xEB\x63"); copy(m[0x180:], "GRUB \x00Geom") }, "GRUB"},
	} {
		m := slices.Clone(good)
		tt.spoil(m)
		all, _, err := read(t, m).Restore(bootsect.Consent{})
		if !errors.Is(err, part.ErrRefused) || !strings.Contains(fmt.Sprint(err), tt.words) || len(all) > 0 {
			t.Errorf("%s: %v, %v", tt.name, all, err)
		}
	}
}

// TestCopyInTheMiddle: where the BPB counts all sectors of the partition.
func TestCopyInTheMiddle(t *testing.T) {
	m := ntfs(t)
	total := uint64(len(m) / 512)
	binary.LittleEndian.PutUint64(m[0x28:], total)
	clear(m[len(m)-512:])
	copy(m[total/2*512:], m[:512])
	v := read(t, m)
	if len(v.Copies) != 1 || v.Copies[0].Off != int64(total/2*512) {
		t.Errorf("%v, %v", v.Copies, v.NoCopy)
	}
}

// TestForeignCopy: the boot sector of another volume in the last sector is not
// taken for a copy.
func TestForeignCopy(t *testing.T) {
	m := ntfs(t)
	m[len(m)-512+0x48] ^= 0xFF // the serial number
	v := read(t, m)
	if len(v.Copies) != 0 || v.NoCopy == nil {
		t.Errorf("%v, %v", v.Copies, v.NoCopy)
	}
	if all, err := v.Set(bootsect.Heads, 255); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}
