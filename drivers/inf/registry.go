package inf

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Flags of AddReg.
const (
	FlagBinary        = 0x00001
	FlagNoClobber     = 0x00002 // keeps a value that is there
	FlagDelete        = 0x00004 // deletes the value, or the key
	FlagAppend        = 0x00008 // adds strings that are not there to a list
	FlagKeyOnly       = 0x00010
	FlagOverwriteOnly = 0x00020 // writes only what is there
	flagType          = 0xffff0001
)

// Types of values, as in the registry.
const (
	None     = 0
	String   = 1
	Expand   = 2
	Binary   = 3
	Dword    = 4
	MultiSZ  = 7
	typeNone = 0x00020001
)

// Registry is one change of the registry.
type Registry struct {
	// Root is HKR (relative), HKLM, HKCR, HKCU or HKU.
	Root      string
	Key, Name string // Name "" is the value without name
	// Flags as written.
	Flags uint32
	// Delete: the value, or with no name the key, goes (DelReg and
	// FlagDelete). KeyOnly: the key is made and no value.
	Delete, KeyOnly bool
	// Type of the value and its bytes as the registry keeps them, strings in
	// UTF-16 with their ends.
	Type uint32
	Data []byte
}

// registry reads the AddReg and DelReg entries of a section, in their order.
func (in *installer) registry(s *section) ([]Registry, error) {
	var all []Registry
	for _, l := range s.lines {
		add := strings.EqualFold(l.key, "AddReg")
		if !add && !strings.EqualFold(l.key, "DelReg") {
			continue
		}
		if err := in.count(s, l); err != nil {
			return nil, err
		}
		for _, name := range in.d.names(l) {
			list := in.f.section(name)
			if list == nil {
				in.note(s, l, "%s names [%s], which is not there", l.key, name)
				continue
			}
			for _, e := range list.lines {
				if err := in.count(list, e); err != nil {
					return nil, err
				}
				r, err := in.change(list, e, add)
				if err != nil {
					return nil, &Error{e.no, list.name, err.Error()}
				}
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// change reads root,[key],[name],[flags],[value],...
func (in *installer) change(s *section, l line, add bool) (Registry, error) {
	v := in.d.values(l, 0)
	for i := min(4, len(v)); i < len(v); i++ {
		v[i] = in.t.directories(v[i])
	}
	if l.hasKey { // an equals sign in the first field belongs to the text
		v[0] = in.d.text(l.key) + "=" + v[0]
	}
	at := func(i int) string {
		if i < len(v) {
			return v[i]
		}
		return ""
	}
	r := Registry{Root: strings.ToUpper(at(0)), Key: strings.Trim(at(1), `\`), Name: at(2)}
	switch r.Root {
	case "HKR", "HKLM", "HKCR", "HKCU", "HKU":
	default:
		return r, fmt.Errorf("%q is no root of the registry", at(0))
	}
	r.Flags = in.flags(s, l, 3)
	r.KeyOnly = r.Flags&(FlagKeyOnly|0x2000) != 0
	if r.Delete = !add || r.Flags&FlagDelete != 0; r.Delete || r.KeyOnly {
		return r, nil
	}
	return r, r.setData(v[min(4, len(v)):])
}

// setData sets type and bytes by the flags.
func (r *Registry) setData(v []string) error {
	first := ""
	if len(v) > 0 {
		first = v[0]
	}
	var err error
	switch r.Flags & flagType {
	case 0:
		r.Type, r.Data = String, utf16Bytes(first)
	case 0x20000:
		r.Type, r.Data = Expand, utf16Bytes(first)
	case 0x10000:
		r.Type = MultiSZ
		for _, s := range v {
			if s != "" { // would end the list
				r.Data = append(r.Data, utf16Bytes(s)...)
			}
		}
		r.Data = append(r.Data, 0, 0)
	case 0x10001:
		r.Type = Dword
		if len(v) == 4 { // byte by byte
			r.Data, err = hexBytes(v)
			break
		}
		var n uint32
		n, err = number(first)
		r.Data = binary.LittleEndian.AppendUint32(nil, n)
	case typeNone:
		r.Type = None
		r.Data, err = hexBytes(v)
	case FlagBinary:
		r.Type = Binary
		r.Data, err = hexBytes(v)
	default:
		if r.Type = r.Flags >> 16; r.Flags&FlagBinary == 0 {
			return fmt.Errorf("flags %#x: type %d of text is not known", r.Flags, r.Type)
		}
		r.Data, err = hexBytes(v)
	}
	return err
}

func utf16Bytes(s string) []byte {
	b := make([]byte, 0, 2*len(s)+2)
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return append(b, 0, 0)
}

func hexBytes(v []string) ([]byte, error) {
	b := []byte{}
	for _, s := range v {
		if s == "" && len(v) == 1 {
			break
		}
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(s), "0x"), 16, 8)
		if err != nil {
			return nil, fmt.Errorf("%q is no byte in hexadecimal", s)
		}
		b = append(b, byte(n))
	}
	return b, nil
}
