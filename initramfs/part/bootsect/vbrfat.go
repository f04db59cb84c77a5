package bootsect

import (
	"bytes"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// loader is a file that code in a FAT boot sector looks for: its name as a
// directory has it, and whose code it is.
type loader struct {
	name  string // 8 + 3 bytes
	loads string
	owner Owner
	label string
	gen   Generation
}

func loaders() []loader {
	return []loader{
		{"NTLDR      ", "NTLDR", Microsoft, "", NT5},
		{"BOOTMGR    ", "BOOTMGR", Microsoft, "", VistaOrLater},
		{"FREELDR SYS", "FREELDR.SYS", ReactOS, "ReactOS", NoGeneration},
		{"IO      SYS", "IO.SYS", Microsoft, "", DOS},
		{"WINBOOT SYS", "WINBOOT.SYS", Microsoft, "", Win95B},
		{"KERNEL  SYS", "KERNEL.SYS", Foreign, "FreeDOS", NoGeneration},
		{"IBMBIO  COM", "IBMBIO.COM", Foreign, "PC DOS or DR-DOS", NoGeneration},
		{"DRBIO   SYS", "DRBIO.SYS", Foreign, "DR-DOS", NoGeneration},
		{"KERNEL  MNT", "KERNEL.MNT", Foreign, "KolibriOS", NoGeneration},
	}
}

// fatCode goes by the name of the file that the code loads, which is the one
// thing that decides what starts. Where it stands differs among versions: BOOTMGR
// at 169 (Vista) and at 16D (later), NTLDR at 170, FREELDR.SYS for FAT32 in the
// second part of the code.
func fatCode(b []byte) (Code, bool) {
	c := Code{Starts: StartsFile, Reads: readsFAT(b)}
	reactos := c.findSecond(b)
	l, name, ok := findLoader(b, c.Second)
	switch {
	case ok:
		c.Features = append([]Feature{name}, c.Features...)
	case reactos:
		l = loader{"", "FREELDR.SYS", ReactOS, "ReactOS", NoGeneration}
		c.need(false, c.Second*sectorSize, "the name FREELDR.SYS")
	default:
		return Code{}, false
	}
	c.Owner, c.Name, c.Generation, c.Loads = l.owner, l.label, l.gen, l.loads
	c.needSecond(b)
	c.generationFAT(b)
	if c.Name == "" {
		c.Name = c.Generation.String()
	}
	if c.Reads != fs.Unknown {
		c.Name = fmt.Sprintf("%s, for %s", c.Name, map[fs.Kind]string{fs.FAT16: "FAT12 or FAT16", fs.FAT32: "FAT32"}[c.Reads])
	}
	return c, true
}

// findLoader looks for a name in the code of the first sector, then in that of
// the second.
func findLoader(b []byte, second int) (loader, Feature, bool) {
	from := second * sectorSize
	for _, r := range [][2]int{{codeFAT16, codeEnd}, {from, from + sectorSize}} {
		if r[0] == 0 || r[1] > len(b) {
			continue
		}
		for _, l := range loaders() {
			if off := bytes.Index(b[r[0]:r[1]], []byte(l.name)); off >= 0 {
				return l, Feature{r[0] + off, []byte(l.name), fmt.Sprintf("the name %q", l.name)}, true
			}
		}
	}
	return loader{}, Feature{}, false
}

// readsFAT tells by the jump which BPB the code expects.
func readsFAT(b []byte) fs.Kind {
	switch off := codeStart(b); {
	case off >= codeFAT32:
		return fs.FAT32
	case off >= codeFAT16:
		return fs.FAT16
	}
	return fs.Unknown
}

// How code for FAT32 reads its second part: the hidden sectors plus a number of
// sectors. Microsoft adds a byte to the field, ReactOS the field to a number.
const (
	loadSecond        = "\x66\x8B\x46\x1C\x66\x83\xC0"
	loadSecondReactOS = "\x66\x03\x86\x1C\x00"
)

// findSecond finds the sector in which FAT32 code goes on, and reports whether
// it is found as ReactOS' code has it.
func (c *Code) findSecond(b []byte) (reactos bool) {
	if c.Reads != fs.FAT32 {
		return false
	}
	at := bytes.Index(b[:codeEnd], []byte(loadSecond))
	if at >= 0 {
		at += len(loadSecond)
	} else if off := bytes.Index(b[:codeEnd], []byte(loadSecondReactOS)); off >= 6 && b[off-6] == 0x66 && b[off-5] == 0xB8 &&
		b[off-3]|b[off-2]|b[off-1] == 0 {
		at, reactos = off-4, true
	}
	if at < 0 || b[at] == 0 {
		return false
	}
	c.Second = int(b[at])
	c.Features = append(c.Features, Feature{at, bytes.Clone(b[at : at+1]), fmt.Sprintf("goes on in sector %d", c.Second)})
	return reactos
}

func (c *Code) needSecond(b []byte) {
	from := c.Second * sectorSize
	switch {
	case c.Second == 0:
	case from+sectorSize > len(b):
		c.need(false, from, "the second part of the code")
	default:
		c.need(!filled(b[from:from+sectorSize-2]), from, "the second part of the code")
	}
}

// generationFAT: a message that names the file was dropped with Windows 7.
func (c *Code) generationFAT(b []byte) {
	if c.Loads != "BOOTMGR" {
		return
	}
	if f, ok := (mark{anywhere, "BOOTMGR is missing", ""}).find(b, codeEnd); ok {
		c.Generation, c.Features = Vista, append(c.Features, f)
		return
	}
	// 7 and 8 are not told apart; nothing depends on it.
	if f, ok := (mark{0x16D, "BOOTMGR    ", ""}).find(b, codeEnd); ok {
		c.Generation, c.Features = Win7, append(c.Features, f)
	}
}
