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
// at 169 (Vista) and at 16D (later), NTLDR at 170.
func fatCode(b []byte) (Code, bool) {
	for _, l := range loaders() {
		off := bytes.Index(b[codeFAT16:codeEnd], []byte(l.name))
		if off < 0 {
			continue
		}
		off += codeFAT16
		c := Code{Owner: l.owner, Name: l.label, Generation: l.gen, Starts: StartsFile, Loads: l.loads,
			Reads: readsFAT(b), Features: []Feature{{off, []byte(l.name), fmt.Sprintf("the name %q", l.name)}}}
		c.second(b)
		c.generationFAT(b)
		if c.Name == "" {
			c.Name = c.Generation.String()
		}
		if c.Reads != fs.Unknown {
			c.Name = fmt.Sprintf("%s, for %s", c.Name, map[fs.Kind]string{fs.FAT16: "FAT12 or FAT16", fs.FAT32: "FAT32"}[c.Reads])
		}
		return c, true
	}
	return Code{}, false
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

// loadSecond is the code with which Microsoft's and ReactOS' boot sectors for
// FAT32 read their second part: the hidden sectors plus the byte that follows.
const loadSecond = "\x66\x8B\x46\x1C\x66\x83\xC0"

// second finds the sector in which FAT32 code goes on and what is there.
func (c *Code) second(b []byte) {
	if c.Reads != fs.FAT32 {
		return
	}
	off := bytes.Index(b[:codeEnd], []byte(loadSecond))
	if off < 0 {
		if c.Owner == ReactOS {
			c.Second = secondReactOS
			c.needSecond(b)
		}
		return
	}
	off += len(loadSecond)
	c.Second = int(b[off])
	c.Features = append(c.Features, Feature{off, bytes.Clone(b[off : off+1]), fmt.Sprintf("goes on in sector %d", c.Second)})
	c.needSecond(b)
}

// secondReactOS is where ReactOS' installer puts the second part (0x1C00).
// Source: ms-sys, br_fat32ros.
const secondReactOS = 14

func (c *Code) needSecond(b []byte) {
	from := c.Second * sectorSize
	if from+sectorSize > len(b) {
		c.need(false, from, "the second part of the code")
		return
	}
	c.need(!filled(b[from:from+sectorSize-2]), from, "the second part of the code")
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
