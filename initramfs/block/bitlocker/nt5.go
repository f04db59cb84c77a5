//go:build nt5

package bitlocker

import (
	"errors"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The build that knows NT 4 to Server 2003 only (package edition) recognises volumes of
// BitLocker, so that nothing is written to them, and opens none.

// ErrUnsupported says so; ErrKey is wrapped by nothing here.
var (
	ErrUnsupported = errors.New("this small bootmend cannot unlock volumes of BitLocker; the whole one can")
	ErrKey         = errors.New("the key opens nothing")
)

// Kind is what a protector is.
type Kind uint16

// Kinds that callers ask for.
const (
	ClearKey         Kind = 0x0000
	StartupKey       Kind = 0x0200
	RecoveryPassword Kind = 0x0800
)

func (Kind) String() string { return "protector" }

// Protector protects the key of a volume.
type Protector struct {
	ID   bcd.GUID
	Kind Kind
}

// ShortID is not known.
func (Protector) ShortID() string { return "" }

// Key is a key that somebody has.
type Key struct{}

// Volume is an encrypted volume; Open gives none.
type Volume struct {
	GUID        bcd.GUID
	Description string
	Method      string
	Protectors  []Protector
	Doubts      []string
}

// Secret is the key of a volume.
type Secret struct{ By Protector }

// Unlocked is a volume of a disk with its key; there is none.
type Unlocked struct {
	Range  block.Range
	Volume *Volume
	Secret *Secret
}

// Disk would show a disk with volumes unlocked.
type Disk struct{ block.Device }

// Open opens none.
func Open(block.Device) (*Volume, error) { return nil, ErrUnsupported }

// Unlock unlocks nothing.
func (*Volume) Unlock(...Key) (*Secret, error) { return nil, ErrUnsupported }

// SectorSize is not known.
func (*Volume) SectorSize() int { return 0 }

// Reserved are no places.
func (*Volume) Reserved() []block.Range { return nil }

// NewDisk makes none.
func NewDisk(block.Device, []Unlocked) (*Disk, error) { return nil, ErrUnsupported }

// ParseKey takes none.
func ParseKey(string) (Key, error) { return Key{}, ErrUnsupported }

// ReadKeyFile takes none.
func ReadKeyFile(io.Reader) (Key, error) { return Key{}, ErrUnsupported }

// KeyVariable is as in the whole program.
const KeyVariable = "BOOTMEND_BITLOCKER_KEY"

// Redact replaces what may be a recovery password in a text that is shown or kept:
// eight groups of six digits, with a space or hyphen between them or nothing.
func Redact(text string) string {
	out := ""
	for i := 0; i < len(text); {
		if n := passwordLength(text[i:]); n > 0 {
			out += "(recovery key)"
			i += n
			continue
		}
		out += text[i : i+1]
		i++
	}
	return out
}

// passwordLength is the length of the password that a text begins with, 0 for none.
func passwordLength(text string) int {
	at := 0
	for group := range 8 {
		if group > 0 && at < len(text) && (text[at] == '-' || text[at] == ' ') {
			at++
		}
		for range 6 {
			if at >= len(text) || text[at] < '0' || text[at] > '9' {
				return 0
			}
			at++
		}
	}
	return at
}
