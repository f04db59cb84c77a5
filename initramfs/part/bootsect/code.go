package bootsect

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Owner says whose the boot code is, and with it what may be done to it.
type Owner string

// The owners.
const (
	None        Owner = "none"        // zeros or a fill byte: nothing can start
	Placeholder Owner = "placeholder" // code of a format tool that only says that nothing can be started
	Microsoft   Owner = "microsoft"
	ReactOS     Owner = "reactos"
	Foreign     Owner = "foreign"    // another boot loader's: goes only with Consent
	Encryption  Owner = "encryption" // asks for a password before anything can be read: never overwritten
	Unknown     Owner = "unknown"    // bytes that nobody has described: as Foreign
)

// Generation of Microsoft's boot code, in order of age.
type Generation int

// The generations. VBR code knows no DOS/95B difference that matters here.
const (
	NoGeneration Generation = iota
	DOS                     // MS-DOS to Windows 95A
	Win95B                  // Windows 95B to ME
	NT5                     // NT 4 to Server 2003: NTLDR
	Vista                   // Vista and Server 2008: BOOTMGR
	Win7                    // Windows 7 and later (MBR); 7 and 2008 R2 (VBR)
	Win8                    // Windows 8 and later (VBR)
	VistaOrLater            // BOOTMGR, of no known generation
)

func (g Generation) String() string {
	return [...]string{"", "MS-DOS to Windows 95A", "Windows 95B to ME", "Windows 2000 to 2003", "Windows Vista",
		"Windows 7", "Windows 8 and later", "Windows Vista or later"}[g]
}

// Target is what the code passes control to.
type Target string

// The targets.
const (
	StartsNothing Target = ""
	StartsActive  Target = "the active partition"
	StartsOwn     Target = "what it was set up for"
	StartsFile    Target = "a file of the volume" // VBR; see Code.Loads
	StartsUnknown Target = "unknown"
)

// Feature is what a verdict rests on: bytes at a place of the sector, or of
// the first sectors of the volume.
type Feature struct {
	Off   int
	Bytes []byte
	What  string
}

func (f Feature) String() string {
	if f.What != "" {
		return fmt.Sprintf("%s at %#x", f.What, f.Off)
	}
	return fmt.Sprintf("% X at %#x", f.Bytes, f.Off)
}

// Code is the verdict on boot code.
type Code struct {
	Owner      Owner
	Name       string // "Windows 7 and later", "GRUB 2"
	Generation Generation
	Starts     Target
	// VBR code only.
	Loads  string  // "NTLDR", "BOOTMGR", "FREELDR.SYS": the file that is loaded
	Reads  fs.Kind // the file system that the code can read; FAT16 stands for FAT12 too
	Second int     // FAT32: the sector in which the code goes on; 0: none

	Features []Feature // what the verdict rests on
	Missing  []Feature // what such code has and this has not: it is damaged or cut off
	Pristine bool      // equal, byte for byte, to code that was seen before
}

// Whole reports whether nothing is missing from Microsoft's or ReactOS' code.
func (c Code) Whole() bool {
	return (c.Owner == Microsoft || c.Owner == ReactOS) && len(c.Missing) == 0
}

func (c Code) String() string {
	s := c.Name
	if s == "" {
		s = "code of nobody known"
	}
	var why []string
	for _, f := range c.Features {
		why = append(why, f.String())
	}
	if len(why) > 0 {
		s += " (" + strings.Join(why, ", ") + ")"
	}
	for i, f := range c.Missing {
		s += map[bool]string{true: "; missing: ", false: ", "}[i == 0] + f.String()
	}
	return s
}

// mark is a feature that an identity asks for. Off anywhere: somewhere in the
// code.
type mark struct {
	off   int
	bytes string
	what  string // for people, where the bytes say nothing
}

const anywhere = -1

// find looks for the mark in b. The code of a sector ends at end.
func (m mark) find(b []byte, end int) (Feature, bool) {
	off := m.off
	if off == anywhere {
		off = bytes.Index(b[:min(end, len(b))], []byte(m.bytes))
	}
	if off < 0 || off+len(m.bytes) > len(b) || string(b[off:off+len(m.bytes)]) != m.bytes {
		return Feature{Off: m.off, Bytes: []byte(m.bytes), What: m.label()}, false
	}
	return Feature{Off: off, Bytes: []byte(m.bytes), What: m.label()}, true
}

func (m mark) label() string {
	if m.what != "" {
		return m.what
	}
	for _, c := range m.bytes {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return fmt.Sprintf("%q", m.bytes)
}

// all finds every mark, or none.
func all(b []byte, end int, marks []mark) (found []Feature, ok bool) {
	for _, m := range marks {
		f, ok := m.find(b, end)
		if !ok {
			return nil, false
		}
		found = append(found, f)
	}
	return found, len(marks) > 0
}

// filled reports whether b is one byte over and over: nothing was ever there.
func filled(b []byte) bool {
	return len(b) == 0 || len(bytes.Trim(b, string(b[:1]))) == 0 && (b[0] == 0 || b[0] == 0xF6 || b[0] == 0xFF)
}

// sumIs compares a part of b with the SHA-256 of code that was seen.
func sumIs(b []byte, from, to int, want string) bool {
	if to > len(b) {
		return false
	}
	sum := sha256.Sum256(b[from:to])
	return hex.EncodeToString(sum[:]) == want
}

// text reports whether a message of at least four printable bytes with an end
// lies at off. Messages of other languages have bytes above 7F.
func text(b []byte, off, end int) bool {
	for i := off; i < end && i < len(b); i++ {
		switch c := b[i]; {
		case c == 0 || c == 0xFF:
			return i-off >= 4
		case c < ' ' && c != '\r' && c != '\n':
			return false
		}
	}
	return false
}
