package catalog

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/bootmend/bootmend/drivers/inf"
)

// parseService reads the values of a service, parted by semicolons:
//
//	type error tag       numbers; type and error are 1 where they are not given
//	group image notes    text; image is system32\drivers and the first file
//	files                names parted by commas, the driver first; Name.sys
//	binds                ids to bind to it, as in a device line
//	inf class            class is hdc, scsi, disk, system or usb
//	Key:Name=type:data   a value below the key of the service, Key may be "";
//	                     types dword, sz, expand, multi (parted by commas), hex
func parseService(name, text string) (Service, error) {
	s := Service{Name: name, Type: 1, ErrorControl: 1, Files: []string{strings.ToLower(name) + ".sys"}}
	for _, f := range strings.Split(text, ";") {
		key, value, ok := strings.Cut(strings.TrimSpace(f), "=")
		if !ok {
			return s, fmt.Errorf("service %s: %q is no value", name, f)
		}
		if err := s.set(key, value); err != nil {
			return s, fmt.Errorf("service %s, %s: %w", name, key, err)
		}
	}
	if s.ImagePath == "" {
		s.ImagePath = `system32\drivers\` + s.Files[0]
	}
	if s.ClassGUID == "" {
		return s, fmt.Errorf("service %s has no class", name)
	}
	return s, nil
}

func (s *Service) set(key, value string) error {
	if strings.Contains(key, ":") {
		v, err := parseValue(key, value)
		s.Params = append(s.Params, v)
		return err
	}
	var err error
	switch key {
	case "type":
		s.Type, err = number(value)
	case "error":
		s.ErrorControl, err = number(value)
	case "tag":
		s.HasTag = true
		s.Tag, err = number(value)
	case "group":
		s.Group = value
	case "image":
		s.ImagePath = value
	case "notes":
		s.Notes = value
	case "files":
		s.Files = strings.Split(value, ",")
	case "binds":
		var ids []string
		ids, err = expandAll(value)
		for _, id := range ids {
			s.CriticalDevices = append(s.CriticalDevices, criticalID(id))
		}
	case "inf":
		s.INF = value
	case "class":
		s.ClassGUID, err = parseClass(value)
	default:
		err = fmt.Errorf("unknown")
	}
	return err
}

func number(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 0, 32)
	return uint32(n), err
}

func parseClass(s string) (string, error) {
	guid, ok := map[string]string{"hdc": ClassHDC, "scsi": ClassSCSIAdapter, "disk": ClassDiskDrive, "system": ClassSystem, "usb": ClassUSB}[s]
	if !ok {
		return "", fmt.Errorf("class %q", s)
	}
	return guid, nil
}

func parseValue(where, text string) (Value, error) {
	var v Value
	v.Key, v.Name, _ = strings.Cut(where, ":")
	kind, text, ok := strings.Cut(text, ":")
	if !ok || v.Name == "" {
		return v, fmt.Errorf("want Key:Name=type:data")
	}
	switch kind {
	case "dword":
		n, err := number(text)
		v.Type, v.Data = inf.Dword, binary.LittleEndian.AppendUint32(nil, n)
		return v, err
	case "sz":
		// A semicolon would end the value.
		v.Type, v.Data = inf.String, units(strings.ReplaceAll(text, "%3B", ";"))
	case "expand":
		v.Type, v.Data = inf.Expand, units(text)
	case "multi":
		v.Type = inf.MultiSZ
		for _, t := range strings.Split(text, ",") {
			v.Data = append(v.Data, units(t)...)
		}
		v.Data = append(v.Data, 0, 0)
	case "hex":
		var err error
		v.Type = inf.Binary
		v.Data, err = hex.DecodeString(text)
		return v, err
	default:
		return v, fmt.Errorf("type %q", kind)
	}
	return v, nil
}

// units is UTF-16LE with a NUL.
func units(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return append(b, 0, 0)
}
