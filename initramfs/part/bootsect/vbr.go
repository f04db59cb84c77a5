package bootsect

import (
	"bytes"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Where code begins behind the BPB, by the kind of BPB that the code expects,
// and where it ends. The jump in the first bytes says the same.
const (
	codeFAT16 = 0x3E // FAT12 too
	codeNTFS  = 0x54
	codeFAT32 = 0x5A
	codeEnd   = 0x1FE

	// NTFS: $Boot has 16 sectors. The last is not code: there the volume shadow
	// service keeps where its catalog is.
	// Source: libvshadow; differs among volumes of one Windows 2003.
	bootSize   = 0x2000
	shadowArea = 0x1E00
)

const (
	startNTFS5  = "\xFA\x33\xC0\x8E\xD0\xBC\x00\x7C\xFB\xB8\xC0\x07\x8E\xD8"
	startNTFS6  = "\xFA\x33\xC0\x8E\xD0\xBC\x00\x7C\xFB\x68\xC0\x07\x1F\x1E\x68\x66"
	nameNTLDR   = "\x05\x00N\x00T\x00L\x00D\x00R\x00"
	nameBOOTMGR = "\x07\x00B\x00O\x00O\x00T\x00M\x00G\x00R\x00"
	offName     = 0x200
	offName2    = 0x25A

	// SHA-256 of code before its messages (from 54) and of what follows
	// (200 to 1E00), of Server 2003 and of Windows 10.
	sumNTFS5     = "fdbfcbb906e9c08e5c388cdc94e55df69b89377427369385dd127055e2ba8849"
	sumNTFS5Rest = "525788a688cfbe9e416122f0bc3cfb32ce9699fd12356b6ccaa173444c7d8f3f"
	sumNTFS8     = "8ee6cab3c70e892279a55b3db3d9a0a3f7dbf837341ec8d5fbda591c8e7e4e62"
	sumNTFS8Rest = "3fb7b2b08d696ff1502b26fc074e1dce6574ef735e54a74b54dfd69ae0166862"
)

// RecognizeVBR judges the code in the first sectors of a volume, whatever the
// volume holds. start is the first 8 KiB (16 sectors), or less where the
// volume is smaller; one sector at least.
func RecognizeVBR(start []byte) (Code, error) {
	if len(start) < sectorSize {
		return Code{}, fmt.Errorf("boot sector of %d bytes, want %d", len(start), sectorSize)
	}
	if c, ok := encrypted(start); ok {
		return c, nil
	}
	for _, try := range []func([]byte) (Code, bool){foreignVBR, ntfsCode, fatCode} {
		if c, ok := try(start); ok {
			return c, nil
		}
	}
	from := codeStart(start)
	if filled(start[from:codeEnd-6]) && from > 3 {
		return Code{Owner: None, Name: "no code", Features: []Feature{{from, bytes.Clone(start[from : from+8]), fmt.Sprintf("nothing but %02X", start[from])}}}, nil
	}
	return Code{Owner: Unknown, Starts: StartsUnknown, Features: []Feature{{0, bytes.Clone(start[:3]), ""}, {from, bytes.Clone(start[from : from+8]), ""}}}, nil
}

// codeStart is where the jump in the first bytes goes; the place behind the
// BPB that the sector has where there is no jump.
func codeStart(b []byte) int {
	off := 3
	switch b[0] {
	case 0xEB:
		off = 2 + int(int8(b[1]))
	case 0xE9:
		off = 3 + int(int16(uint16(b[1])|uint16(b[2])<<8))
	default:
		switch {
		case string(b[3:11]) == oemNTFS:
			off = codeNTFS
		case string(b[0x52:0x57]) == "FAT32":
			off = codeFAT32
		case string(b[0x36:0x39]) == "FAT":
			off = codeFAT16
		}
	}
	if off < 3 || off > codeEnd-16 {
		return 3
	}
	return off
}

// encrypted knows BitLocker, whose boot sector is code and key material, and
// BitLocker To Go, which looks like FAT32 but for a GUID. Source: libbde.
func encrypted(b []byte) (Code, bool) {
	for _, m := range []mark{
		{3, "-FVE-FS-", ""},
		{0x1A8, "\x3B\xD6\x67\x49\x29\x2E\xD8\x4A\x83\x99\xF6\xA3\x39\xE3\xD0\x01", "GUID of BitLocker"},
		{0x1A8, "\x3B\x4D\xA8\x92\x80\xDD\x0E\x4D\x9E\x4E\xB1\xE3\x28\x4E\xAE\xD8", "GUID of BitLocker"},
	} {
		if f, ok := m.find(b, codeEnd); ok {
			return Code{Owner: Encryption, Name: "BitLocker", Starts: StartsFile, Loads: "BOOTMGR", Features: []Feature{f}}, true
		}
	}
	return Code{}, false
}

// foreignVBR knows loaders that are put into boot sectors, and the code of
// format tools. They leave the BPB, so the first bytes do not tell.
func foreignVBR(b []byte) (Code, bool) {
	one := func(owner Owner, name string, start Target, marks ...mark) identity {
		return identity{owner: owner, name: name, start: start, marks: marks}
	}
	has := func(text string) mark { return mark{anywhere, text, ""} }
	for _, id := range []identity{
		one(Foreign, "GRUB 2", StartsOwn, mark{0, "\xEB\x63", ""}, has("GRUB ")),
		one(Foreign, "GRUB Legacy", StartsOwn, mark{0, "\xEB\x48", ""}, has("GRUB ")),
		one(Foreign, "GRUB 2 (1.96)", StartsOwn, mark{0, "\xEB\x4C", ""}, has("GRUB ")),
		one(Foreign, "GRUB", StartsOwn, has("GRUB "), has("Geom")),
		one(Foreign, "Grub4dos", StartsOwn, has("GRLDR")),
		one(Foreign, "Grub4dos", StartsOwn, has("grldr")),
		one(Foreign, "LILO", StartsOwn, mark{6, "LILO", ""}),
		one(Foreign, "LILO", StartsOwn, mark{2, "LILO", ""}),
		one(Foreign, "Syslinux", StartsOwn, mark{3, "SYSLINUX", "OEM name SYSLINUX"}),
		one(Foreign, "Extlinux", StartsOwn, mark{3, "EXTLINUX", "OEM name EXTLINUX"}),
		one(Foreign, "Syslinux", StartsOwn, has("LDLINUX SYS")),
		one(Placeholder, "mkfs.fat or mkntfs", StartsNothing, has("This is not a bootable disk")),
	} {
		if found, ok := all(b, codeEnd, id.marks); ok {
			return Code{Owner: id.owner, Name: id.name, Starts: id.start, Features: found}, true
		}
	}
	return Code{}, false
}

// ntfsCode knows Microsoft's code for NTFS: its first bytes behind the BPB, the
// names of the files that it looks for, and where its first message is, which
// differs by version and not by language.
func ntfsCode(b []byte) (Code, bool) {
	five, isFive := mark{codeNTFS, startNTFS5, ""}.find(b, codeEnd)
	six, isSix := mark{codeNTFS, startNTFS6, ""}.find(b, codeEnd)
	c := Code{Owner: Microsoft, Starts: StartsFile, Reads: fs.NTFS}
	switch {
	case isFive:
		c.Generation, c.Loads, c.Features = NT5, "NTLDR", []Feature{five}
		c.needMark(b, mark{0x1F8, "\x83", "first message at 0x183"})
		c.needMark(b, mark{offName, nameNTLDR, "the name NTLDR"})
		c.Pristine = sumIs(b, codeNTFS, 0x183, sumNTFS5) && sumIs(b, 0x200, shadowArea, sumNTFS5Rest)
	case isSix:
		c.Loads, c.Features = "BOOTMGR", []Feature{six}
		c.generationNTFS6(b)
		c.needMark(b, mark{offName, nameBOOTMGR, "the name BOOTMGR"})
		c.needMark(b, mark{offName2, nameNTLDR, "the name NTLDR"})
		c.Pristine = c.Generation == Win8 && sumIs(b, codeNTFS, 0x18A, sumNTFS8) && sumIs(b, 0x200, shadowArea, sumNTFS8Rest)
	default:
		return Code{}, false
	}
	c.Name = fmt.Sprintf("%v, for NTFS", c.Generation)
	return c, true
}

// generationNTFS6 goes by the address of the first message: a byte at 1F8, from
// Windows 8 on a word at 1F6.
func (c *Code) generationNTFS6(b []byte) {
	for _, g := range []struct {
		gen  Generation
		mark mark
	}{
		{Win8, mark{0x1F6, "\x8A\x01", "first message at 0x18a"}},
		{Win7, mark{0x1F8, "\x8C", "first message at 0x18c"}},
		{Vista, mark{0x1F8, "\x80", "first message at 0x180"}},
	} {
		if f, ok := g.mark.find(b, codeEnd); ok {
			c.Generation, c.Features = g.gen, append(c.Features, f)
			return
		}
	}
	c.Generation = VistaOrLater
	c.need(false, 0x1F6, "the address of the first message")
}

func (c *Code) needMark(b []byte, m mark) {
	if f, ok := m.find(b, codeEnd); ok {
		c.Features = append(c.Features, f)
	} else {
		c.Missing = append(c.Missing, f)
	}
}
