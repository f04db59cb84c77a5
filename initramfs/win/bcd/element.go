package bcd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// ErrFormat: the data of an element is not what its type promises.
var ErrFormat = errors.New("element has another format")

// ElementType is the number of an element: class, format, and what it is.
type ElementType uint32

// Class is who an element is for.
type Class uint32

// The classes.
const (
	ClassLibrary     Class = 1 // every object
	ClassApplication Class = 2 // depends on the application
	ClassDevice      Class = 3
	ClassTemplate    Class = 4 // setup
	ClassOEM         Class = 5
)

// Format is how an element's data is to be read.
type Format uint32

// The formats.
const (
	FormatDevice      Format = 1
	FormatString      Format = 2
	FormatObject      Format = 3
	FormatObjectList  Format = 4
	FormatInteger     Format = 5
	FormatBoolean     Format = 6
	FormatIntegerList Format = 7
)

// Class is the first digit.
func (t ElementType) Class() Class { return Class(t >> 28) }

// Format is the second digit.
func (t ElementType) Format() Format { return Format(t >> 24 & 0xf) }

// Key is the name of the element's key.
func (t ElementType) Key() string { return fmt.Sprintf("%08x", uint32(t)) }

// The elements that repairs and new stores deal with.
const (
	ElementDevice           ElementType = 0x11000001
	ElementPath             ElementType = 0x12000002
	ElementDescription      ElementType = 0x12000004
	ElementLocale           ElementType = 0x12000005
	ElementInherit          ElementType = 0x14000006
	ElementRecoverySequence ElementType = 0x14000008
	ElementRecoveryEnabled  ElementType = 0x16000009
	ElementBadMemoryAccess  ElementType = 0x1600000b
	ElementDebugType        ElementType = 0x15000011
	ElementDebugPort        ElementType = 0x15000013
	ElementBaudRate         ElementType = 0x15000014
	ElementBootEMS          ElementType = 0x16000020
	ElementGraphicsDisabled ElementType = 0x16000046
	ElementIsolatedContext  ElementType = 0x16000060
	ElementDisplayMessage   ElementType = 0x15000065
	ElementInMemorySettings ElementType = 0x17000077

	// of the boot manager
	ElementDisplayOrder ElementType = 0x24000001
	ElementBootSequence ElementType = 0x24000002
	ElementDefault      ElementType = 0x23000003
	ElementTimeout      ElementType = 0x25000004
	ElementMgrResume    ElementType = 0x23000006
	ElementToolsOrder   ElementType = 0x24000010

	// of loaders
	ElementOSDevice           ElementType = 0x21000001
	ElementSystemRoot         ElementType = 0x22000002
	ElementResumeObject       ElementType = 0x23000003
	ElementDetectHAL          ElementType = 0x26000010
	ElementNX                 ElementType = 0x25000020
	ElementWinPE              ElementType = 0x26000022
	ElementSafeBoot           ElementType = 0x25000080
	ElementEMS                ElementType = 0x260000b0
	ElementBootMenuPolicy     ElementType = 0x250000c2
	ElementBootStatusPolicy   ElementType = 0x250000e0
	ElementHypervisorDebug    ElementType = 0x250000f3
	ElementHypervisorPort     ElementType = 0x250000f4
	ElementHypervisorBaudRate ElementType = 0x250000f5
	ElementRecoveryOS         ElementType = 0x46000010

	// of resume objects
	ElementHiberDevice      ElementType = 0x21000001
	ElementHiberPath        ElementType = 0x22000002
	ElementResumePAE        ElementType = 0x26000004
	ElementResumeDebug      ElementType = 0x26000006
	ElementResumeMenuPolicy ElementType = 0x25000008

	// of devices
	ElementSDIDevice ElementType = 0x31000003
	ElementSDIPath   ElementType = 0x32000004
)

// Element is an element of an object.
type Element struct {
	Type ElementType
	Key  string    // name of its key as spelled, eight hexadecimal digits in either case
	Reg  regf.Type // of the value Element
	Data []byte    // as stored
}

func (e *Element) wrong(want string) error {
	return fmt.Errorf("element %s is %v of %d bytes, want %s: %w", e.Key, e.Reg, len(e.Data), want, ErrFormat)
}

// Text is a string, up to its NUL.
func (e *Element) Text() (string, error) {
	if e.Reg != regf.RegSZ && e.Reg != regf.RegExpandSZ {
		return "", e.wrong("a string")
	}
	return widePath(e.Data), nil
}

// Object is the object that the element names.
func (e *Element) Object() (GUID, error) {
	s, err := e.Text()
	if err != nil {
		return GUID{}, e.wrong("the GUID of an object")
	}
	g, err := ParseGUID(s)
	if err != nil {
		return GUID{}, fmt.Errorf("element %s: %w: %w", e.Key, ErrFormat, err)
	}
	return g, nil
}

// Objects are the objects that the element names, up to the first empty string.
func (e *Element) Objects() ([]GUID, error) {
	if e.Reg != regf.RegMultiSZ {
		return nil, e.wrong("a list of objects")
	}
	var all []GUID
	for b := e.Data; ; {
		s := widePath(b)
		if s == "" {
			return all, nil
		}
		g, err := ParseGUID(s)
		if err != nil {
			return all, fmt.Errorf("element %s: %w: %w", e.Key, ErrFormat, err)
		}
		all = append(all, g)
		b = b[min(len(b), 2*(len(registry.Units(s))/2+1)):]
	}
}

// Integer is a number. Windows' own template stores leave out high bytes that are
// zero.
func (e *Element) Integer() (uint64, error) {
	if e.Reg != regf.RegBinary || len(e.Data) == 0 || len(e.Data) > 8 {
		return 0, e.wrong("a number of 1 to 8 bytes")
	}
	return number(e.Data), nil
}

func number(b []byte) uint64 {
	var all [8]byte
	copy(all[:], b)
	return le.Uint64(all[:])
}

// Integers are the numbers of a list.
func (e *Element) Integers() ([]uint64, error) {
	if e.Reg != regf.RegBinary || len(e.Data)%8 != 0 {
		return nil, e.wrong("numbers of 8 bytes each")
	}
	var all []uint64
	for b := e.Data; len(b) > 0; b = b[8:] {
		all = append(all, le.Uint64(b))
	}
	return all, nil
}

// Boolean is yes or no.
func (e *Element) Boolean() (bool, error) {
	if e.Reg != regf.RegBinary || len(e.Data) == 0 || len(e.Data) > 8 {
		return false, e.wrong("yes or no in one byte")
	}
	return number(e.Data) != 0, nil
}

// Device is a device. Errors wrap ErrFormat or ErrDevice.
func (e *Element) Device() (Device, error) {
	if e.Reg != regf.RegBinary {
		return Device{}, e.wrong("a device")
	}
	d, err := ParseDevice(e.Data)
	if err != nil {
		err = fmt.Errorf("element %s: %w", e.Key, err)
	}
	return d, err
}

// parseElementKey reads the name of an element's key.
func parseElementKey(name string) (ElementType, bool) {
	n, err := strconv.ParseUint(name, 16, 32)
	return ElementType(n), err == nil && len(name) == 8
}

// parseUint reads a number; 0x and 0X are allowed in base 16, too.
func parseUint(s string, base, bits int) (uint64, error) {
	if base == 16 {
		s = strings.TrimPrefix(strings.ToLower(s), "0x")
	}
	return strconv.ParseUint(s, base, bits)
}
