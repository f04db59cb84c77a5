package regf

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Type is the type of a value's data.
type Type uint32

// The types of the Windows registry.
const (
	RegNone                     Type = 0
	RegSZ                       Type = 1
	RegExpandSZ                 Type = 2
	RegBinary                   Type = 3
	RegDWORD                    Type = 4
	RegDWORDBigEndian           Type = 5
	RegLink                     Type = 6
	RegMultiSZ                  Type = 7
	RegResourceList             Type = 8
	RegFullResourceDescriptor   Type = 9
	RegResourceRequirementsList Type = 10
	RegQWORD                    Type = 11
)

// String gives the name that Windows headers use, e.g. "REG_SZ".
func (t Type) String() string {
	names := [...]string{"REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD",
		"REG_DWORD_BIG_ENDIAN", "REG_LINK", "REG_MULTI_SZ", "REG_RESOURCE_LIST",
		"REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD"}
	if int64(t) < int64(len(names)) {
		return names[t]
	}
	return fmt.Sprintf("type %#x", uint32(t))
}

func (v *Value) wrongType(want string) error {
	return fmt.Errorf("value %q is %v of %d bytes, want %s: %w", v.name, v.Type(), v.Len(), want, ErrType)
}

// DWORD returns a REG_DWORD. Errors wrap ErrType when it is anything else.
func (v *Value) DWORD() (uint32, error) {
	if v.Type() != RegDWORD || v.Len() != 4 {
		return 0, v.wrongType("REG_DWORD")
	}
	b, err := v.Data()
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

// Text returns a REG_SZ or REG_EXPAND_SZ up to the first NUL, unexpanded: what
// follows the NUL is often left over from a longer string. Errors wrap ErrType.
func (v *Value) Text() (string, error) {
	if t := v.Type(); t != RegSZ && t != RegExpandSZ {
		return "", v.wrongType("REG_SZ or REG_EXPAND_SZ")
	}
	b, err := v.Data()
	if err != nil {
		return "", err
	}
	s, _, _ := strings.Cut(decodeUTF16(b), "\x00")
	return s, nil
}

// MultiString returns a REG_MULTI_SZ: the strings up to the first empty one.
// Errors wrap ErrType.
func (v *Value) MultiString() ([]string, error) {
	if v.Type() != RegMultiSZ {
		return nil, v.wrongType("REG_MULTI_SZ")
	}
	b, err := v.Data()
	if err != nil {
		return nil, err
	}
	var list []string
	rest := decodeUTF16(b)
	for rest != "" {
		var s string
		if s, rest, _ = strings.Cut(rest, "\x00"); s == "" {
			break
		}
		list = append(list, s)
	}
	return list, nil
}
