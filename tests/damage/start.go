package damage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// startDamages are those of MBR, partition table, GPT and boot sectors.
func startDamages() []Damage {
	mbr := []string{"winxp-x86", "winxp-logical", "winxp-two-parts", "win2003-system-c", "win2000-buslogic", "win7-x86", "win81-x64"}
	vbr := []Place{SystemCode, SystemMagic, SystemHidden, SystemHeads}
	return []Damage{
		{Name: "mbr-code-missing", Finding: "mbr-code-missing", Table: true, Guest: "win7-x64", Guests: mbr, Touches: []Place{MBRCode}, image: at(0, zeros(0x1B8))},
		{Name: "mbr-code-missing/filled", Finding: "mbr-code-missing", Table: true, Guest: "winxp-x86", image: at(0, strings.Repeat("\xF6", 0x1B8))},
		{Name: "mbr-code-missing/cut-off", Finding: "mbr-code-missing", Table: true, OnRequest: true, Guest: "win7-x64", Touches: []Place{MBRCode}, image: at(0x40, zeros(0x178))},
		{Name: "mbr-code-missing/rest-of-grub", Finding: "mbr-code-missing", Table: true, OnRequest: true, Guest: "win7-x64", Touches: []Place{MBRCode}, image: grub(false)},
		{Name: "mbr-code-missing/grub", Harmless: true, Guest: "win7-x64", image: grub(true)},
		{Name: "mbr-code-missing/truecrypt", Harmless: true, Guest: "win7-x64", image: at(0, "\xEA\x1E\x7C\x00\x00")},

		{Name: "mbr-signature-missing", Finding: "mbr-signature-missing", Table: true, Guest: "win7-x64", Guests: mbr, Touches: []Place{MBRMagic}, image: at(0x1FE, zeros(2))},

		{Name: "active-missing", Finding: "active-missing", Table: true, Guest: "win7-x64", Guests: mbr, Touches: []Place{MBRFlags}, image: flags(0)},
		{Name: "active-missing/grub", Harmless: true, Guest: "win7-x64", image: inTurn(grub(true), flags(0))},
		{Name: "active-multiple", Finding: "active-multiple", Table: true, Guest: "win7-x64", Guests: []string{"winxp-logical", "win2003-system-c", "win81-x64", "winxp-two-parts"}, Touches: []Place{MBRFlags}, image: flags(1, 2)},
		{Name: "active-multiple/grub", Finding: "active-multiple", Table: true, OnRequest: true, Guest: "winxp-logical", image: inTurn(flags(1, 2), grubAt(206848))},
		{Name: "active-multiple/unused-slot", Finding: "active-multiple", Table: true, Guest: "win7-x86", Guests: []string{"winxp-x86"}, Touches: []Place{MBRFlags}, image: flags(1, 4)},
		{Name: "active-wrong", Finding: "active-wrong", Table: true, Guest: "win7-x64", Guests: []string{"win81-x64", "win2003-system-c", "winxp-two-parts"}, Touches: []Place{MBRFlags}, image: flags(2)},
		{Name: "active-wrong/extended", Finding: "active-wrong", Table: true, Guest: "winxp-logical", Touches: []Place{MBRFlags}, image: flags(2)},
		{Name: "active-wrong/grub-in-extended", Harmless: true, Guest: "winxp-logical", image: inTurn(flags(2), grubAt(206848))},
		{Name: "active-wrong/grub-in-linux", Harmless: true, Guest: "win7-x64", image: inTurn(linuxBehind, flags(3), grubAt(behindWin7))},
		{Name: "active-wrong/unknown-in-linux", Harmless: true, Guest: "win7-x64", image: inTurn(linuxBehind, flags(3), at(behindWin7*512, "\x90\x90\xB4\x01someone's boot manager"), at(behindWin7*512+0x1FE, "\x55\xAA"))},
		{Name: "active-wrong/linux-without-code", Finding: "active-wrong", Table: true, Guest: "win7-x64", base: besideLinux,
			image: inTurn(flags(3), at(behindWin7*512+0x438, "\x53\xEF"))},
		{Name: "active-wrong/unused-slot", Finding: "active-wrong", Table: true, Guest: "win7-x86", Touches: []Place{MBRFlags}, image: flags(3)},

		{Name: "partition-hidden", Finding: "partition-hidden", Table: true, Guest: "win7-x86", Guests: []string{"winxp-x86", "winxp-two-parts"}, Touches: []Place{MBRTypes}, image: types(1, 0x17)},
		{Name: "partition-hidden/windows", Finding: "partition-hidden", Table: true, Guest: "win7-x64", Guests: []string{"win81-x64", "winxp-two-parts"}, Touches: []Place{MBRTypes}, image: types(2, 0x17)},
		{Name: "partition-hidden/system", Finding: "partition-hidden", Table: true, Guest: "win2003-system-c", Touches: []Place{MBRTypes}, image: types(1, 0x16)},
		{Name: "partition-hidden/recovery-type", Finding: "partition-hidden", Aside: true, Guest: "win7-x64", Touches: []Place{MBRTypes}, image: types(2, 0x27)},

		{Name: "partition-hidden/manufacturer-type", Finding: "partition-hidden", Aside: true, Guest: "win7-x64", Touches: []Place{MBRTypes}, image: types(2, 0x12)},
		{Name: "partition-hidden/linux-type", Finding: "partition-hidden", Table: true, OnRequest: true, Guest: "win7-x64", Touches: []Place{MBRTypes}, image: types(2, 0x83)},
		{Name: "partition-hidden/bsd-type-of-system", Finding: "partition-hidden", Table: true, OnRequest: true, Guest: "win7-x64", Touches: []Place{MBRTypes}, image: types(1, 0xA5)},

		{Name: "partition-overlap", Finding: "partition-overlap", Guest: "win7-x64", Touches: []Place{PartitionSizes}, Guests: []string{"winxp-two-parts"}, image: overlapping},
		{Name: "partition-overlap/gpt", Finding: "partition-overlap", Guest: "win10-x64", Touches: []Place{PartitionSizes, MBRTypes, GPTPrimary, GPTBackup}, image: overlappingGPT},

		{Name: "vbr-code-missing/donor", Finding: "vbr-code-missing", Table: true, Guest: "win7-x64", Guests: []string{"winxp-logical", "win81-x64", "winxp-two-parts"}, Touches: []Place{SystemCode}, image: sector(true, clearCode)},
		{Name: "vbr-code-missing/copy", Finding: "vbr-code-missing", Table: true, Guest: "win7-x86", Guests: []string{"winxp-x86", "win2003-system-c", "winxp-two-parts"}, Touches: []Place{SystemCode, SystemCopy}, image: sector(false, clearCode)},
		{Name: "vbr-code-missing/no-source", Finding: "vbr-code-missing", Aside: true, Guest: "win7-x86", Touches: []Place{SystemCode}, image: sector(true, clearCode)},
		{Name: "vbr-code-missing/in-a-file", Finding: "vbr-code-missing", Table: true, OnRequest: true, Guest: "win7-x86", Touches: []Place{SystemCode, Files}, describe: codeInFile, image: sector(true, clearCode)},
		{Name: "vbr-code-missing/grub", Harmless: true, Guest: "win7-x64", image: sector(true, func(b []byte, _ guests.Partition) {
			copy(b, "\xEB\x63")
			copy(b[0x180:], "GRUB ")
		})},

		{Name: "vbr-wrong-generation", Finding: "vbr-wrong-generation", Table: true, Guest: "win7-x64", Guests: []string{"win81-x64"}, Touches: []Place{SystemCode},
			image: sector(true, func(b []byte, p guests.Partition) { guests.PutNTLDR(b, p.Number) })},
		{Name: "vbr-wrong-generation/bootmgr-for-ntldr", Finding: "vbr-wrong-generation", Table: true, OnRequest: true, Guest: "winxp-logical", Touches: []Place{SystemCode}, Guests: []string{"winxp-two-parts"},
			image: sector(true, func(b []byte, p guests.Partition) { guests.PutBOOTMGR(b, p.Number) })},
		{Name: "vbr-wrong-generation/no-source", Finding: "vbr-wrong-generation", Aside: true, Guest: "win7-x86", Touches: []Place{SystemCode},
			image: sector(true, func(b []byte, p guests.Partition) { guests.PutNTLDR(b, p.Number) })},

		{Name: "vbr-hidden-sectors", Finding: "vbr-hidden-sectors", Table: true, Guest: "win7-x64", Guests: mbr, Touches: []Place{SystemHidden}, image: sector(true, func(b []byte, _ guests.Partition) {
			binary.LittleEndian.PutUint32(b[0x1C:], 7777)
		})},
		{Name: "vbr-geometry", Finding: "vbr-geometry", Table: true, Machine: "qemu-pc", Guest: "winxp-x86", Guests: []string{"winxp-logical", "win2003-system-c", "winxp-two-parts"}, Touches: []Place{SystemHeads},
			image: sector(true, func(b []byte, _ guests.Partition) { b[0x1A] = 240 })},
		{Name: "vbr-geometry/vista-or-later", Harmless: true, Guest: "win7-x86", image: sector(true, func(b []byte, _ guests.Partition) { b[0x1A] = 240 })},

		{Name: "vbr-damaged/fat32", Finding: "vbr-damaged", Table: true, Guest: "win2003-system-c", Touches: vbr, image: sector(false, func(b []byte, _ guests.Partition) { clear(b[:512]) })},
		{Name: "vbr-damaged/fat32-copy", Finding: "vbr-damaged", Noted: true, Guest: "win2003-system-c", image: at(63*512+6*512, zeros(512))},
		{Name: "vbr-damaged/fat32-copy-of-another", Finding: "vbr-damaged", Noted: true, Guest: "win10-x64", image: at(2048*512+6*512+0x0E, "\x40\x00")},
		{Name: "vbr-damaged/signature", Finding: "vbr-damaged", Table: true, Guest: "win2003-system-c", Touches: []Place{SystemMagic}, image: sector(false, func(b []byte, _ guests.Partition) { clear(b[0x1FE:0x200]) })},
		{Name: "vbr-damaged/both-signatures", Finding: "vbr-damaged", Table: true, Guest: "winxp-logical", Guests: []string{"win7-x64", "winxp-two-parts"}, Touches: []Place{SystemMagic, SystemCode, SystemCopy}, image: sector(true, func(b []byte, _ guests.Partition) { clear(b[0x1FE:0x200]) })},
		{Name: "vbr-damaged/second-sector", Finding: "vbr-damaged", Table: true, Guest: "win7-x64", Guests: []string{"win81-x64", "winxp-logical", "winxp-two-parts"}, Touches: []Place{SystemCode}, image: sector(true, func(b []byte, _ guests.Partition) { clear(b[0x200:0x400]) })},

		{Name: "gpt-primary-damaged/header", Finding: "gpt-primary-damaged", Table: true, Guest: "win10-x64", Touches: []Place{GPTPrimary}, image: at(512, zeros(512))},
		{Name: "gpt-primary-damaged/entries", Finding: "gpt-primary-damaged", Table: true, Guest: "win10-x64", Touches: []Place{GPTPrimary}, image: at(1024+0x20, "\xFF")},
		{Name: "gpt-backup-damaged/header", Finding: "gpt-backup-damaged", Table: true, Guest: "win10-x64", Touches: []Place{GPTBackup}, image: fromEnd(512, zeros(512))},
		{Name: "gpt-backup-damaged/entries", Finding: "gpt-backup-damaged", Table: true, Guest: "win10-x64", Touches: []Place{GPTBackup}, image: fromEnd(33*512, zeros(100))},
		{Name: "gpt-backup-damaged/grown-disk", Harmless: true, Guest: "win10-x64", image: grown},
		{Name: "protective-mbr-wrong", Finding: "protective-mbr-wrong", Table: true, Guest: "win10-x64", Touches: []Place{ProtectiveMBR}, image: at(0, zeros(512))},
		{Name: "protective-mbr-wrong/type", Finding: "protective-mbr-wrong", Table: true, Guest: "win10-x64", Touches: []Place{ProtectiveMBR}, image: at(0x1BE+4, "\x00")},
		{Name: "protective-mbr-wrong/hybrid", Finding: "protective-mbr-wrong", Noted: true, Guest: "win10-x64", image: sgdisk("--hybrid=3:EE")},
		{Name: "gpt-slot-gap", Finding: "gpt-slot-gap", Noted: true, Guest: "win10-x64", image: sgdisk("--delete=2")},
		{Name: "esp-type-wrong", Finding: "esp-type-wrong", Table: true, Guest: "win10-x64", Touches: []Place{MBRTypes}, image: espAsData},

		{Name: "disk-signature-collision", Finding: "disk-signature-collision", Clone: true, Guest: "data-disk"},

		{Name: "raid-member", Finding: "raid-member", Guest: "win7-x64", image: at(0x1000, "\xFC\x4E\x2B\xA9")},
		{Name: "raid-member/intel", Finding: "raid-member", Guest: "winxp-x86", image: fromEnd(1024, "Intel Raid ISM Cfg Sig. 1.3.00")},
		{Name: "dynamic-disk", Finding: "dynamic-disk", Guest: "win7-x64", Touches: []Place{MBRTypes}, Guests: []string{"winxp-two-parts"}, image: inTurn(types(1, 0x42), types(2, 0x42), at(6*512, "PRIVHEAD"))},
		{Name: "dynamic-disk/gpt", Finding: "dynamic-disk", Guest: "win10-x64", Touches: []Place{MBRTypes, GPTPrimary, GPTBackup}, image: windowsInLDM},
		{Name: "storage-spaces", Finding: "storage-spaces", Guest: "win10-x64", Touches: []Place{MBRTypes, GPTPrimary, GPTBackup}, image: windowsInStorageSpaces},
		{Name: "refs", Finding: "refs", Guest: "win7-x64", Touches: []Place{WindowsBoot, WindowsCopy}, image: windowsIsReFS},
		{Name: "firmware-mismatch", Finding: "firmware-mismatch", Aside: true, Guest: "win81-x64", Touches: []Place{Files, StorePaths, "winload-missing"}, describe: without(`\Windows\System32\winload.exe`)},
	}
}

func zeros(n int) string { return strings.Repeat("\x00", n) }

// at writes over bytes of the disk.
func at(off int64, content string) func(target) error {
	return func(t target) error { return overwrite(t.image, off, content) }
}

// fromEnd writes over bytes that begin so far before the end of the disk.
func fromEnd(before int64, content string) func(target) error {
	return func(t target) error { return overwrite(t.image, t.guest.Size-before, content) }
}

// inTurn does several things.
func inTurn(all ...func(target) error) func(target) error {
	return func(t target) error {
		for _, do := range all {
			if err := do(t); err != nil {
				return err
			}
		}
		return nil
	}
}

// flags gives the active flag to these slots and takes it from the others.
func flags(slots ...int) func(target) error {
	return func(t target) error {
		for slot := 1; slot <= 4; slot++ {
			flag := "\x00"
			for _, s := range slots {
				if s == slot {
					flag = "\x80"
				}
			}
			if err := overwrite(t.image, int64(0x1BE+16*(slot-1)), flag); err != nil {
				return err
			}
		}
		return nil
	}
}

// types gives a primary partition another type.
func types(slot int, typ byte) func(target) error {
	return at(int64(0x1BE+16*(slot-1)+4), string([]byte{typ}))
}

// grub puts the first sector of GRUB 2 into the MBR, as far as it is known by,
// and where it goes on into sector 1, or not.
func grub(whole bool) func(target) error {
	code := make([]byte, 0x1B8)
	copy(code, "\xEB\x63\x90")
	binary.LittleEndian.PutUint64(code[0x5C:], 1)
	copy(code[0x180:], "GRUB \x00Geom\x00Hard Disk\x00Read\x00 Error\r\n\x00")
	if !whole {
		return at(0, string(code))
	}
	return inTurn(at(0, string(code)), at(512, strings.Repeat("\x90", 512)))
}

// grubAt puts the first sector of GRUB 2, with its signature, into the first sector of a
// partition; of an extended one the table stays.
func grubAt(lba int64) func(target) error {
	return inTurn(at(lba*512, "\xEB\x63\x90"), at(lba*512+0x180, "GRUB \x00Geom\x00Hard Disk\x00Read\x00 Error\r\n\x00"),
		at(lba*512+0x1FE, "\x55\xAA"))
}

// behindWin7 is the first sector behind the partitions of win7-x64.
const behindWin7 = 206848 + 1800<<11

// besideLinux is win7-x64 with a third partition, of Linux, without boot code.
func besideLinux(g *guests.Guest) *guests.Guest {
	c := *g
	c.Parts = append(slices.Clone(g.Parts), guests.Partition{Number: 3, Type: "83", Start: behindWin7 * 512, Size: 64 << 20})
	return &c
}

// linuxBehind gives win7-x64 a third partition, of Linux, with the magic of ext4.
func linuxBehind(t target) error {
	entry := make([]byte, 16)
	entry[4] = 0x83
	binary.LittleEndian.PutUint32(entry[8:], behindWin7)
	binary.LittleEndian.PutUint32(entry[12:], 64<<11)
	return inTurn(at(0x1BE+32, string(entry)), at(behindWin7*512+0x438, "\x53\xEF"))(t)
}

// systemPartition is the one with the boot loader, or with what belongs to it.
func systemPartition(g *guests.Guest) (guests.Partition, bool) {
	for _, loader := range []string{`\bootmgr`, `\ntldr`, `\Boot\memtest.exe`, `\ntdetect.com`} {
		if n, e := g.Find(0, loader); e != nil {
			return *g.Partition(n), true
		}
	}
	return guests.Partition{}, false
}

// sector changes the first 8 KiB of the system partition; with the copy of the
// first sector, which gets the same, or without.
func sector(copyToo bool, change func(b []byte, p guests.Partition)) func(target) error {
	return func(t target) error {
		p, ok := systemPartition(t.guest)
		if !ok {
			return fmt.Errorf("guest %s has no boot loader", t.guest.Name)
		}
		f, err := os.OpenFile(t.image, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		b := make([]byte, 8<<10)
		if _, err := f.ReadAt(b, p.Start); err != nil {
			return err
		}
		was := bytes.Clone(b)
		change(b, p)
		if _, err := f.WriteAt(b, p.Start); err != nil || !copyToo {
			return err
		}
		backup := p.Start + p.Size - 512
		if p.FS != "ntfs" {
			backup = p.Start + 6*512
		}
		// Only what changed: another damage may have been at the copy.
		for i := range 512 {
			if b[i] != was[i] {
				if _, err := f.WriteAt(b[i:i+1], backup+int64(i)); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// clearCode takes out the boot code and leaves BPB and signature.
func clearCode(b []byte, p guests.Partition) {
	from := 0x54
	if p.FS != "ntfs" {
		from = 0x5A
	}
	clear(b[from:0x1FE])
}

// codeInFile gives Windows a library that carries the boot code, as untfs.dll does,
// at no round place.
func codeInFile(g *guests.Guest) *guests.Guest {
	b := make([]byte, 8<<10)
	guests.PutBOOTMGR(b, 1)
	copy(b[0x1FE:], "\x55\xAA")
	n, _ := g.SystemHive()
	data := append(append([]byte("MZ"+strings.Repeat("library ", 1001)), b...), strings.Repeat("rest ", 999)...)
	return g.With(n, guests.Entry{Kind: guests.File, Path: `\Windows\System32\untfs.dll`, Data: data})
}

// overlapping makes the first partition reach into the second.
func overlapping(t target) error {
	p := t.guest.Parts[0]
	return overwrite(t.image, 0x1BE+12, string(binary.LittleEndian.AppendUint32(nil, uint32(p.Size/512+4096))))
}

// espAsData gives the ESP the type of a data partition.
func espAsData(t target) error {
	n := storePartition(t.guest).Number
	return sgdisk(fmt.Sprintf("--typecode=%d:0700", n), fmt.Sprintf("--change-name=%d:EFI system partition", n))(t)
}

// overlappingGPT lets the partition before the last end behind its start, in both GPTs.
func overlappingGPT(t target) error {
	disk, err := os.OpenFile(t.image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer disk.Close()
	before := t.guest.Parts[len(t.guest.Parts)-2].Number
	for _, at := range []int64{guests.SectorSize, t.guest.Size - guests.SectorSize} {
		header := make([]byte, 92)
		if _, err := disk.ReadAt(header, at); err != nil {
			return err
		}
		table, le := make([]byte, 128*128), binary.LittleEndian
		from := int64(le.Uint64(header[72:])) * guests.SectorSize
		if _, err := disk.ReadAt(table, from); err != nil {
			return err
		}
		last := table[(before-1)*128+40:]
		le.PutUint64(last, le.Uint64(last)+4096)
		le.PutUint32(header[88:], crc32.ChecksumIEEE(table))
		le.PutUint32(header[16:], 0)
		le.PutUint32(header[16:], crc32.ChecksumIEEE(header))
		if _, err := disk.WriteAt(table, from); err != nil {
			return err
		}
		if _, err := disk.WriteAt(header, at); err != nil {
			return err
		}
	}
	return nil
}

// windowsInLDM gives the partition of Windows the type of data on a dynamic disk.
func windowsInLDM(t target) error {
	return sgdisk(fmt.Sprintf("--typecode=%d:af9b60a0-1431-4f62-bc68-3311714a69ad", t.part.Number))(t)
}

// windowsInStorageSpaces gives the partition of Windows the type of a pool of disks.
func windowsInStorageSpaces(t target) error {
	return sgdisk(fmt.Sprintf("--typecode=%d:e75caf8f-f680-4cee-afa3-b001e56efc2d", t.part.Number))(t)
}

func sgdisk(args ...string) func(target) error {
	return func(t target) error {
		if out, err := exec.Command("sgdisk", append(args, t.image)...).CombinedOutput(); err != nil {
			return fmt.Errorf("sgdisk %v: %w: %s", args, err, out)
		}
		return nil
	}
}

// grown is a disk that was made larger after it was partitioned.
func grown(t target) error { return os.Truncate(t.image, t.guest.Size+(64<<20)) }

// windowsIsReFS gives the Windows partition the boot sector of ReFS.
func windowsIsReFS(t target) error {
	b := make([]byte, 512)
	copy(b[3:], "ReFS\x00\x00\x00\x00")
	copy(b[0x10:], "FSRS\x00\x02")
	return inTurn(at(t.part.Start, string(b)), at(t.part.Start+t.part.Size-512, string(b)))(t)
}
