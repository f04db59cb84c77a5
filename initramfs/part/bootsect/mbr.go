package bootsect

import (
	"bytes"
	"fmt"
)

// Offsets in an MBR. Source: ms-sys; testdisk, which replaces as much.
const (
	MBRCodeSize  = 0x1B8 // the code ends where the disk signature begins
	offMBRText   = 0x1B5 // three bytes: where the messages are, less 0x100
	offTable     = 0x1BE
	offMagic     = 0x1FE
	sectorSize   = 512
	maxMBRPrefix = 0x10
)

// identity is boot code by what it has. The first that fits is taken.
type identity struct {
	owner Owner
	name  string
	gen   Generation
	start Target
	marks []mark
}

const (
	startNT5  = "\x33\xC0\x8E\xD0\xBC\x00\x7C\xFB\x50\x07\x50\x1F\xFC"
	startNT6  = "\x33\xC0\x8E\xD0\xBC\x00\x7C\x8E\xC0\x8E\xD8\xBE\x00\x7C\xBF\x00"
	startDOS  = "\xFA\x33\xC0\x8E\xD0\xBC\x00\x7C"
	sumMBRNT5 = "b5ed343494f0326a08aa6abf7cc9aa4d96207532cf0d2b39453c6eb7bede19e3" // 0 to 12C, Server 2003
	sumMBR7   = "088995559ab317af9b3291408da689651e8353f62e0a478d92eb0b5a947063fd" // 0 to 163, 7 and 10
)

// microsoftMBRs share their first bytes by twos; what tells them apart is the
// instruction that loads the address of a message, and where the call of the
// TPM ("TCPA") stands.
func microsoftMBRs() []identity {
	return []identity{
		{Microsoft, "Windows 7 and later", Win7, StartsActive, []mark{{0, startNT6, ""}, {0xEF, "TCPA", ""}}},
		{Microsoft, "Windows Vista", Vista, StartsActive, []mark{{0, startNT6, ""}, {0xF1, "TCPA", ""}}},
		{Microsoft, "Windows Vista or later", VistaOrLater, StartsActive, []mark{{0, startNT6, ""}}},
		{Microsoft, "Windows 2000 to 2003", NT5, StartsActive, []mark{{0, startNT5, ""}, {0x3A, "\xA0\xB5\x07", "message through the byte at 0x1b5"}}},
		{Microsoft, "Windows 95B to ME", Win95B, StartsActive, []mark{{0, startNT5, ""}, {0x3B, "\xBE\x10\x07", "message at 0x10f"}}},
		{Microsoft, "Windows 95B to 2003", NT5, StartsActive, []mark{{0, startNT5, ""}}},
		{Microsoft, "MS-DOS to Windows 95A", DOS, StartsActive, []mark{{0, startDOS, ""}}},
	}
}

// foreignMBRs: the first bytes of boot-info-script and ms-sys, with a text of
// the loader's own where it has one.
func foreignMBRs() []identity {
	one := func(owner Owner, name string, start Target, marks ...mark) identity {
		return identity{owner, name, NoGeneration, start, marks}
	}
	at := func(bytes string) mark { return mark{0, bytes, ""} }
	has := func(text string) mark { return mark{anywhere, text, ""} }
	return []identity{
		one(Encryption, "VeraCrypt", StartsOwn, at("\xEA\x1E"), has("VeraCrypt")),
		one(Encryption, "TrueCrypt", StartsOwn, at("\xEA\x1E")),
		one(Encryption, "DiskCryptor", StartsOwn, at("\x33\xC0\x90")),
		one(Encryption, "PGP Whole Disk Encryption", StartsOwn, has("PGPGUARD")),
		one(Encryption, "SafeBoot", StartsOwn, has("SafeBoot")),

		one(Foreign, "GRUB Legacy", StartsOwn, at("\xEB\x48"), has("GRUB ")),
		one(Foreign, "GRUB 2", StartsOwn, at("\xEB\x63"), has("GRUB ")),
		one(Foreign, "GRUB 2 (1.96)", StartsOwn, at("\xEB\x4C"), has("GRUB ")),
		one(Foreign, "LILO", StartsOwn, mark{6, "LILO", ""}),
		one(Foreign, "Syslinux GPTMBR", StartsOwn, at("\x33\xC0\xFA\x8E\xD8"), has("Missing OS")),
		one(Foreign, "Syslinux MBR", StartsActive, at("\x33\xC0\xFA\x8E\xD8"), has("Multiple active partitions")),
		one(Foreign, "Syslinux ALTMBR", StartsOwn, at("\x33\xC0\xFA\x8E\xD8"), has("Missing operating system")),
		one(Foreign, "Syslinux MBR before 4.04", StartsUnknown, at("\xFA\x31\xC0\x8E\xD8")),
		one(Foreign, "isohybrid of Syslinux", StartsOwn, at("\x33\xED")),
		one(Foreign, "isohybrid of Syslinux before 4.04", StartsOwn, at("\xFA\x31\xED")),
		one(Foreign, "Grub4dos", StartsOwn, at("\xEB\x5E\x80")),
		one(Foreign, "WEE or Grub4dos", StartsOwn, at("\xEB\x5E\x90")),
		one(Foreign, "fbinst", StartsOwn, at("\xEB\x5E\x00")),
		one(ReactOS, "ReactOS", StartsActive, at("\xFA\xFC\x31\xC0"), has("no active partition")),
		one(Foreign, "Debian's install-mbr or TestDisk", StartsOwn, at("\xFC\x31\xC0\x8E\xD0\x31\xE4\x8E")),
		one(Foreign, "boot0 of FreeBSD", StartsOwn, at("\xFC\x31\xC0\x8E\xC0\x8E\xD8\x8E")),
		one(Foreign, "GAG", StartsOwn, at("\xFC\x33")),
		one(Foreign, "BootIt", StartsOwn, at("\xFC\xEB")),
		one(Foreign, "Paragon", StartsOwn, at("\xEB\x31")),
		one(Foreign, "ThinkPad", StartsUnknown, at("\x0E\xBE")),
		one(Foreign, "Acer PQService", StartsUnknown, at("\x31\xC0\x8E\xD0\xBC\x00\x7C\xFB")),
		one(Foreign, "generic MBR of NetBSD or SUSE", StartsActive, at("\x31\xC0\x8E\xD0\xBC\x00\x7C\x8E")),
		one(Foreign, "HP or Gateway", StartsUnknown, at("\x33\xFF")),
		one(Foreign, "Plop", StartsOwn, at("\xB8\x00"), has("lop")),
		one(Foreign, "OpenBSD", StartsActive, at("\xEA\x05\x00")),
		one(Foreign, "XOSL", StartsOwn, at("\xEA\x05\x01")),
		one(Foreign, "Master Boot LoaDeR", StartsOwn, at("\xFA\x31\xC9")),
		one(Foreign, "FreeDOS XFDISK", StartsOwn, at("\xFA\xB8\x00\x00")),
		one(Foreign, "libparted", StartsActive, at("\xFA\xB8\x00\x10")),
		one(Foreign, "Rufus", StartsUnknown, has("AKEO")),
	}
}

// RecognizeMBR judges the code in sector 0 of a disk.
func RecognizeMBR(sector []byte) (Code, error) {
	if len(sector) < sectorSize {
		return Code{}, fmt.Errorf("MBR of %d bytes, want %d", len(sector), sectorSize)
	}
	code := sector[:MBRCodeSize]
	if filled(code) {
		return Code{Owner: None, Name: "no code", Features: []Feature{{0, bytes.Clone(code[:maxMBRPrefix]), fmt.Sprintf("nothing but %02X", code[0])}}}, nil
	}
	for _, id := range microsoftMBRs() {
		if found, ok := all(code, MBRCodeSize, id.marks); ok {
			c := Code{Owner: id.owner, Name: id.name, Generation: id.gen, Starts: id.start, Features: found}
			c.judgeMBR(code)
			return c, nil
		}
	}
	for _, id := range foreignMBRs() {
		if found, ok := all(code, MBRCodeSize, id.marks); ok {
			return Code{Owner: id.owner, Name: id.name, Starts: id.start, Features: found}, nil
		}
	}
	return Code{Owner: Unknown, Starts: StartsUnknown, Features: []Feature{{Bytes: bytes.Clone(code[:maxMBRPrefix])}}}, nil
}

// judgeMBR looks for what Microsoft's code needs beyond its first bytes: the
// messages, whose language differs and whose places the last three bytes give.
func (c *Code) judgeMBR(code []byte) {
	switch c.Generation {
	case Win95B:
		for _, off := range []int{0x10F, 0x127, 0x146} {
			c.need(text(code, off, MBRCodeSize), off, "a message")
		}
	case NT5:
		c.needPointers(code)
		c.Pristine = sumIs(code, 0, 0x12C, sumMBRNT5)
	case Vista:
		c.needPointers(code)
	case Win7:
		c.needPointers(code)
		c.Pristine = sumIs(code, 0, 0x163, sumMBR7)
	case VistaOrLater:
		c.need(false, 0xEF, `"TCPA"`)
		c.needPointers(code)
	}
	if c.Name == "Windows 95B to 2003" {
		c.need(false, 0x3B, "the code that finds the messages")
	}
}

func (c *Code) needPointers(code []byte) {
	for i := offMBRText; i < MBRCodeSize; i++ {
		at := 0x100 + int(code[i])
		c.need(text(code, at, offMBRText), i, fmt.Sprintf("address of a message (%#x, where none is)", at))
	}
}

// need notes as missing what is not there.
func (c *Code) need(there bool, off int, what string) {
	if !there {
		c.Missing = append(c.Missing, Feature{Off: off, What: what})
	}
}
