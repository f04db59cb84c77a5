package registry

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MountedKind says how an entry of MountedDevices names its volume.
type MountedKind string

// The kinds of entries.
const (
	MountedMBR  MountedKind = "MBR"         // disk signature and byte offset of the partition
	MountedGPT  MountedKind = "GPT"         // GUID of the partition, or of a dynamic volume
	MountedPath MountedKind = "device path" // a device, such as a CD drive
	MountedData MountedKind = "other"       // none of these
)

// MountedDevice is a value of MountedDevices: the name that Windows gives a
// volume, and how it knows the volume again.
type MountedDevice struct {
	Name   string // `\DosDevices\C:`, `\??\Volume{...}`, or `#{...}` for what had a letter and lost it
	Letter byte   // 'C', 0 when the name is no drive letter
	Kind   MountedKind

	Signature uint32   // with MountedMBR
	Offset    int64    // with MountedMBR: bytes from the start of the disk
	GUID      [16]byte // with MountedGPT, in the byte order of partition entries
	Path      string   // with MountedPath
	Data      []byte   // as stored
}

// dmio introduces the GUID of a partition.
const dmio = "DMIO:ID:"

// MountedDevices reads the key of that name, in the order of the hive. There is
// none in a hive that Windows never started with; that is an empty list. With
// an error come those that could be read.
func (s *System) MountedDevices() ([]MountedDevice, error) {
	k, err := s.Hive.Key("MountedDevices")
	if err != nil {
		return nil, ignoreAbsent(err)
	}
	values, err := k.Values()
	errs := []error{err}
	var list []MountedDevice
	for _, v := range values {
		data, err := v.Data()
		if err != nil {
			if len(errs) < 10 {
				errs = append(errs, err)
			}
			continue
		}
		list = append(list, ParseMountedDevice(v.Name(), data))
	}
	return list, errors.Join(errs...)
}

// ParseMountedDevice decodes one value. Layout: 12 bytes are u32 disk signature
// and u64 byte offset; 24 bytes that start with "DMIO:ID:" a GUID; anything
// longer and printable a device path in UTF-16LE without a final NUL.
func ParseMountedDevice(name string, data []byte) MountedDevice {
	m := MountedDevice{Name: name, Kind: MountedData, Data: data}
	if letter, ok := cutFold(name, `\DosDevices\`); ok && len(letter) == 2 && letter[1] == ':' {
		m.Letter = letter[0] &^ 0x20
	}
	switch {
	case len(data) == 12:
		m.Kind, m.Signature = MountedMBR, binary.LittleEndian.Uint32(data)
		m.Offset = int64(binary.LittleEndian.Uint64(data[4:]))
	case len(data) == 24 && string(data[:8]) == dmio:
		m.Kind = MountedGPT
		copy(m.GUID[:], data[8:])
	case len(data) > 12 && len(data)%2 == 0:
		path := Text(data)
		if strings.HasPrefix(path, `\??\`) || strings.HasPrefix(path, `_??_`) {
			m.Kind, m.Path = MountedPath, path
		}
	}
	return m
}

// String says what the entry leads to.
func (m MountedDevice) String() string {
	switch m.Kind {
	case MountedMBR:
		return fmt.Sprintf("%s: disk %08x, byte %d", m.Name, m.Signature, m.Offset)
	case MountedGPT:
		return fmt.Sprintf("%s: partition %s", m.Name, FormatGUID(m.GUID))
	case MountedPath:
		return m.Name + ": " + m.Path
	}
	return fmt.Sprintf("%s: %d bytes", m.Name, len(m.Data))
}

// MountedMBRData is the data of an entry for a partition of an MBR disk.
func MountedMBRData(signature uint32, offset int64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, signature)
	return binary.LittleEndian.AppendUint64(b, uint64(offset))
}

// MountedGPTData is the data of an entry for a GPT partition.
func MountedGPTData(partition [16]byte) []byte { return append([]byte(dmio), partition[:]...) }

// FormatGUID writes a GUID from its 16 bytes on disk, where the first three
// fields are little endian: "{4d36e967-e325-11ce-bfc1-08002be10318}".
func FormatGUID(b [16]byte) string {
	le := binary.LittleEndian
	return fmt.Sprintf("{%08x-%04x-%04x-%s-%s}", le.Uint32(b[:]), le.Uint16(b[4:]), le.Uint16(b[6:]),
		hex.EncodeToString(b[8:10]), hex.EncodeToString(b[10:]))
}

// ParseGUID is the inverse of FormatGUID, with or without braces, in any case.
func ParseGUID(s string) (g [16]byte, err error) {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	parts := strings.Split(s, "-")
	raw, err := hex.DecodeString(strings.Join(parts, ""))
	if err != nil || len(raw) != 16 || len(parts) != 5 || len(parts[0]) != 8 || len(parts[1]) != 4 || len(parts[2]) != 4 || len(parts[3]) != 4 {
		return g, fmt.Errorf("%q is no GUID", s)
	}
	be, le := binary.BigEndian, binary.LittleEndian
	copy(g[8:], raw[8:])
	le.PutUint32(g[:], be.Uint32(raw))
	le.PutUint16(g[4:], be.Uint16(raw[4:]))
	le.PutUint16(g[6:], be.Uint16(raw[6:]))
	return g, nil
}

// LettersOf returns the entries that give the volume with that data a drive
// letter. More than one, or the wrong one, is why a moved Windows comes up
// under another letter than it was installed with.
func LettersOf(list []MountedDevice, data []byte) []MountedDevice {
	var found []MountedDevice
	for _, m := range list {
		if m.Letter != 0 && string(m.Data) == string(data) {
			found = append(found, m)
		}
	}
	return found
}
