package bcd

import (
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Value is what an element is to hold.
type Value struct {
	Format Format
	Reg    regf.Type
	Data   []byte
}

// String makes the value of a string element.
func String(s string) Value { return Value{FormatString, regf.RegSZ, registry.SZ(s)} }

// ObjectValue makes the value of an element that names an object.
func ObjectValue(id GUID) Value { return Value{FormatObject, regf.RegSZ, registry.SZ(id.String())} }

// ObjectList makes the value of an element that names objects.
func ObjectList(ids ...GUID) Value {
	var names []string
	for _, id := range ids {
		names = append(names, id.String())
	}
	return Value{FormatObjectList, regf.RegMultiSZ, registry.MultiSZ(names...)}
}

// Integer makes the value of a number element, 8 bytes.
func Integer(n uint64) Value {
	return Value{FormatInteger, regf.RegBinary, le.AppendUint64(nil, n)}
}

// IntegerList makes the value of a list of numbers.
func IntegerList(list ...uint64) Value {
	b := []byte{}
	for _, n := range list {
		b = le.AppendUint64(b, n)
	}
	return Value{FormatIntegerList, regf.RegBinary, b}
}

// Boolean makes the value of a yes-or-no element.
func Boolean(yes bool) Value {
	b := byte(0)
	if yes {
		b = 1
	}
	return Value{FormatBoolean, regf.RegBinary, []byte{b}}
}

// DeviceValue makes the value of a device element.
func DeviceValue(d Device) Value { return Value{FormatDevice, regf.RegBinary, d.Encode()} }
