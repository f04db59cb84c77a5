package efi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Vendors of variables, as they stand in file names of efivarfs.
const (
	Global        = "8be4df61-93ca-11d2-aa0d-00e098032b8c" // EFI_GLOBAL_VARIABLE
	ImageSecurity = "d719b2cb-3d3a-4596-a3bc-dad00e67656f" // EFI_IMAGE_SECURITY_DATABASE_GUID
)

// Names of variables, each with its vendor.
const (
	BootOrder   = "BootOrder-" + Global
	BootCurrent = "BootCurrent-" + Global
	SecureBoot  = "SecureBoot-" + Global
	Allowed     = "db-" + ImageSecurity  // signatures that Secure Boot takes
	Forbidden   = "dbx-" + ImageSecurity // and those that it refuses
)

// Attributes of variables.
const (
	NonVolatile    = 1
	BootService    = 2
	RuntimeService = 4
	// Kept is what boot entries and their order have.
	Kept = NonVolatile | BootService | RuntimeService
)

// ErrDamaged: the bytes are not what they should be.
var ErrDamaged = errors.New("damaged variable of the firmware")

var le = binary.LittleEndian

// Variable is the value of a variable.
type Variable struct {
	Attributes uint32
	Data       []byte
}

// Equal compares attributes and bytes; nil is no variable.
func (v *Variable) Equal(o *Variable) bool {
	if v == nil || o == nil {
		return v == o
	}
	return v.Attributes == o.Attributes && slices.Equal(v.Data, o.Data)
}

// Variables are variables by name and vendor: BootOrder, EntryName(0), ...
type Variables map[string]Variable

// Get is a variable, nil where there is none.
func (v Variables) Get(name string) *Variable {
	if one, ok := v[name]; ok {
		return &one
	}
	return nil
}

// EntryName is the variable of a boot entry.
func EntryName(number uint16) string { return fmt.Sprintf("Boot%04X-%s", number, Global) }

// EntryNumber reads the name of a boot entry; ok is false for other variables.
func EntryNumber(name string) (number uint16, ok bool) {
	const digits = 4
	if len(name) != len(EntryName(0)) || name[:len("Boot")] != "Boot" {
		return 0, false
	}
	n, err := strconv.ParseUint(name[len("Boot"):][:digits], 16, 16)
	return uint16(n), err == nil && name == EntryName(uint16(n))
}

// ParseOrder reads BootOrder. Errors wrap ErrDamaged.
func ParseOrder(b []byte) ([]uint16, error) {
	if len(b)%2 != 0 {
		return nil, fmt.Errorf("%w: BootOrder has %d bytes", ErrDamaged, len(b))
	}
	order := make([]uint16, len(b)/2)
	for i := range order {
		order[i] = le.Uint16(b[2*i:])
	}
	return order, nil
}

// EncodeOrder is ParseOrder turned around.
func EncodeOrder(order []uint16) []byte {
	var b []byte
	for _, n := range order {
		b = le.AppendUint16(b, n)
	}
	return b
}
