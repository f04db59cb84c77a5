package txtsetup

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Value is a value in a service's key.
type Value struct {
	Service string
	// Key is below the service's, "" is that itself.
	Key, Name string
	// Type of the value and its bytes as the registry keeps them.
	Type uint32
	Data []byte
}

var types = map[string]uint32{"REG_SZ": 1, "REG_EXPAND_SZ": 2, "REG_BINARY": 3, "REG_DWORD": 4, "REG_MULTI_SZ": 7}

// config adds the values of [Config.service] for each of the services.
func (f *File) config(o *Option, services []string) error {
	var done []string
	for _, service := range services {
		key := strings.ToLower(service)
		s := f.sections["config."+key]
		if service == "" || s == nil || slices.Contains(done, key) {
			continue
		}
		done = append(done, key)
		for _, l := range s.lines {
			if !strings.EqualFold(l.key, "value") {
				continue
			}
			v := Value{Service: service, Key: relative(l.value(0)), Name: l.value(1), Type: types[strings.ToUpper(l.value(2))]}
			var err error
			if v.Data, err = data(v.Type, l); err != nil {
				return &Error{l.no, err.Error()}
			}
			if err := f.count(l); err != nil {
				return err
			}
			o.Values = append(o.Values, v)
		}
	}
	return nil
}

func data(typ uint32, l line) ([]byte, error) {
	var b []byte
	switch typ {
	case 4:
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(l.value(3)), "0x"), 16, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no number in hexadecimal", l.value(3))
		}
		return binary.LittleEndian.AppendUint32(nil, uint32(n)), nil
	case 3:
		for i := 3; i < len(l.values); i++ {
			n, err := strconv.ParseUint(l.values[i], 16, 8)
			if err != nil {
				return nil, fmt.Errorf("%q is no byte in hexadecimal", l.values[i])
			}
			b = append(b, byte(n))
		}
	case 1, 2:
		b = appendText(nil, l.value(3))
	case 7:
		for i := 3; i < len(l.values); i++ {
			b = appendText(b, l.values[i])
		}
		b = append(b, 0, 0)
	default:
		return nil, fmt.Errorf("%q is no type of value", l.value(2))
	}
	return b, nil
}

func appendText(b []byte, s string) []byte {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return append(b, 0, 0)
}
