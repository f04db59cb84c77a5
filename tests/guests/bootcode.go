package guests

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf16"
)

// The boot code of guests is none of Microsoft's. It is code of our own behind
// the few bytes by which each generation is known and that do the same in both
// (set up stack and segments), with the names of the files that such code loads
// in their places. A boot sector that is started writes GreetingOf its
// partition to port E9, the debug console of QEMU, and stops.
//
// Sources: ms-sys' headers and windows' own sectors for places and identities.

// code is a generation of boot code.
type code int

const (
	noCode      code = iota
	nt5Code          // NTLDR
	win7Code         // BOOTMGR, 7
	win8Code         // BOOTMGR, 8 and later
	reactosCode      // FREELDR.SYS
)

// GreetingOf is what the boot sector of a partition writes to port E9.
func GreetingOf(partition int) string {
	return fmt.Sprintf("boot sector of partition %d runs\n", partition)
}

// mbrCode is the code area of an MBR. It only stops: what it stands in for is
// not tried by starting it.
func mbrCode(gen code) []byte {
	b := make([]byte, 0x1B8)
	const stop = "\xFA\xF4\xEB\xFD" // cli; hlt; jmp hlt
	messages := []int{0x12C, 0x144, 0x163}
	if gen == reactosCode {
		copy(b, "\xFA\xFC\x31\xC0"+stop+"no active partition\x00")
		return b
	}
	if gen == nt5Code {
		copy(b, "\x33\xC0\x8E\xD0\xBC\x00\x7C\xFB\x50\x07\x50\x1F\xFC"+stop)
		copy(b[0x3A:], "\xA0\xB5\x07") // mov al, [07B5]
	} else {
		copy(b, "\x33\xC0\x8E\xD0\xBC\x00\x7C\x8E\xC0\x8E\xD8\xBE\x00\x7C\xBF\x00"+stop)
		copy(b[0xEF:], "TCPA")
		messages = []int{0x163, 0x17B, 0x19A}
	}
	for i, at := range messages {
		copy(b[at:], fmt.Sprintf("guest, message %d\x00", i+1))
		b[0x1B5+i] = byte(at - 0x100)
	}
	return b
}

// greeter is real-mode code, position at, for DS = 07C0, which writes the text
// at offset text up to its zero to port E9 and stops.
func greeter(text int) string {
	return "\xFC" + // cld
		"\xBE" + string([]byte{byte(text), byte(text >> 8)}) + // mov si, text
		"\xAC\x84\xC0\x74\x04" + // lodsb; test al, al; jz stop
		"\xE6\xE9\xEB\xF7" + // out E9, al; jmp lodsb
		"\xFA\xF4\xEB\xFD" // stop: cli; hlt; jmp hlt
}

// textAt is where the greeting is: behind code and before all names.
const textAt = 0xB0

// ntfsCode puts code into the first 16 sectors of an NTFS volume; the copy of
// the first sector is the caller's.
func ntfsCode(b []byte, gen code, greeting string) {
	clear(b[0x54:0x1FE])
	clear(b[0x200:0x1E00])
	copy(b, "\xEB\x52\x90")
	copy(b[textAt:], greeting+"\x00")
	if gen == nt5Code {
		copy(b[0x54:], "\xFA\x33\xC0\x8E\xD0\xBC\x00\x7C\xFB\xB8\xC0\x07\x8E\xD8"+greeter(textAt))
		b[0x1F8] = 0x83
		copy(b[0x200:], counted("NTLDR"))
		return
	}
	// push 07C0; pop ds; push ds; push 0066; retf
	copy(b[0x54:], "\xFA\x33\xC0\x8E\xD0\xBC\x00\x7C\xFB\x68\xC0\x07\x1F\x1E\x68\x66\x00\xCB"+greeter(textAt))
	if gen == win8Code {
		copy(b[0x1F6:], "\x8A\x01")
	} else {
		b[0x1F8] = 0x8C
	}
	copy(b[0x200:], counted("BOOTMGR"))
	copy(b[0x25A:], counted("NTLDR"))
}

// counted is a name as NTFS code has it: number of characters, UTF-16.
func counted(name string) string {
	b := []byte{byte(len(name)), 0}
	for _, u := range utf16.Encode([]rune(name)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// fat32Code puts code into the sectors 0 and 12 of a FAT32 volume.
func fat32Code(b []byte, gen code, greeting string) {
	clear(b[0x5A:0x1FE])
	copy(b, "\xEB\x58\x90")
	copy(b[0x5A:], "\xFA\x31\xC0\x8E\xD0\xBC\x00\x7C\xB8\xC0\x07\x8E\xD8"+greeter(textAt))
	copy(b[textAt:], greeting+"\x00")
	if gen == reactosCode {
		copy(b[0x120:], "\x66\xB8\x0E\x00\x00\x00\x66\x03\x86\x1C\x00") // 14 + hidden sectors
		second := b[14*SectorSize : 15*SectorSize]
		copy(second, "\xFA\xF4\xEB\xFD")
		copy(second[0x100:], "FREELDR SYS")
		copy(second[0x1FE:], "\x55\xAA")
		return
	}
	copy(b[0x120:], "\x66\x8B\x46\x1C\x66\x83\xC0\x0C") // hidden sectors + 12: where the code goes on
	name, at := "NTLDR      ", 0x170
	if gen != nt5Code {
		name, at = "BOOTMGR    ", 0x16D
	}
	copy(b[at:], name)
	second := b[12*SectorSize : 13*SectorSize]
	copy(second, "\xFA\xF4\xEB\xFD")
	copy(second[0x1FE:], "\x55\xAA")
}

// fat16Code puts code that loads NTLDR into the boot sector of a FAT16 volume.
func fat16Code(b []byte, greeting string) {
	clear(b[0x3E:0x1FE])
	copy(b, "\xEB\x3C\x90")
	copy(b[0x3E:], "\xFA\x31\xC0\x8E\xD0\xBC\x00\x7C\xB8\xC0\x07\x8E\xD8"+greeter(textAt))
	copy(b[textAt:], greeting+"\x00")
	copy(b[0x1E6:], "NTLDR      ")
}

// writeVolumeCode gives the volume in the file the boot code that Windows would
// have given it.
func writeVolumeCode(volume string, p Partition, gen code) error {
	if gen == noCode {
		return nil
	}
	f, err := os.OpenFile(volume, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, 8<<10)
	if _, err := f.ReadAt(b, 0); err != nil {
		return err
	}
	backup := int64(6 * SectorSize)
	switch {
	case p.FS == "ntfs":
		ntfsCode(b, gen, GreetingOf(p.Number))
		backup = p.Size - SectorSize
	case string(b[0x52:0x57]) == "FAT32":
		fat32Code(b, gen, GreetingOf(p.Number))
	default:
		fat16Code(b, GreetingOf(p.Number))
		_, err := f.WriteAt(b[:SectorSize], 0) // which has no copy
		return err
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		return err
	}
	_, err = f.WriteAt(b[:SectorSize], backup)
	return err
}

// generation is that of the Windows which formatted the partition: by the boot
// loader in it or what belongs to that, else by the Windows in it. What Linux
// formatted has none.
func (p Partition) generation() code {
	found := noCode
	for _, e := range p.Entries {
		name := strings.ToLower(e.Path)
		switch {
		case name == `\ntldr`, name == `\ntdetect.com`: // whatever became of them
			found = nt5Code
		case name == `\freeldr.sys`, name == `\freeldr.ini`:
			return reactosCode
		case e.Kind != PE:
		case name == `\bootmgr`, name == `\boot\memtest.exe`:
			return sinceVista(e.Version)
		case found == noCode && p.FS == "ntfs" && (strings.HasSuffix(name, `\ntoskrnl.exe`) || strings.HasSuffix(name, `\winload.exe`)):
			if found = sinceVista(e.Version); strings.HasPrefix(e.Version, "5.") || strings.HasPrefix(e.Version, "4.") {
				found = nt5Code
			}
		}
	}
	return found
}

func sinceVista(version string) code {
	if strings.HasPrefix(version, "6.0.") || strings.HasPrefix(version, "6.1.") {
		return win7Code
	}
	return win8Code
}

// generation is that of the code in the MBR: the youngest Windows writes it.
func (g *Guest) generation() code {
	found := nt5Code
	for _, p := range g.Parts {
		found = max(found, p.generation())
	}
	return found
}

// heads is what the BIOS of a virtual machine reports for a disk of this size,
// and what Windows, which asks the BIOS, writes into boot sectors. Source: the
// measurement in tests/bootsecttest; virt-v2v for disks of a gigabyte and more.
func heads(disk int64) int {
	for _, limit := range []struct {
		size  int64
		heads int
	}{{1025 * 516096, 16}, {2050 * 516096, 32}, {4100 * 516096, 64}, {8256 * 516096, 128}} {
		if disk < limit.size {
			return limit.heads
		}
	}
	return 255
}

// PutNTLDR and PutBOOTMGR give the start of an NTFS volume (8 KiB or more) code
// that loads that file, as guests have it.
func PutNTLDR(start []byte, partition int) { ntfsCode(start, nt5Code, GreetingOf(partition)) }

// PutBOOTMGR is PutNTLDR for Windows 7.
func PutBOOTMGR(start []byte, partition int) { ntfsCode(start, win7Code, GreetingOf(partition)) }

// PutMBR gives a sector the code area that stands in for the MBR of Windows 7.
func PutMBR(sector []byte) { copy(sector, mbrCode(win7Code)) }
