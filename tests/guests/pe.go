package guests

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// machines are the architectures of stand-in PE files and their
// IMAGE_FILE_MACHINE values.
var machines = map[string]uint16{"x86": 0x014C, "x64": 0x8664, "arm64": 0xAA64}

// peFile is a stand-in for a Windows binary: valid headers of the machine, one
// section .rsrc that holds nothing but a version resource, and no code. It
// serves everybody who asks a file what it is, and nobody who would run it.
//
//	0000 DOS header, e_lfanew 80
//	0080 "PE", COFF header, optional header (PE32 or PE32+), one section header
//	0400 .rsrc, mapped at 1000: directories 16/1/0409, VS_VERSIONINFO
func peFile(arch, version string) ([]byte, error) {
	return peImage(Entry{Arg: arch, Version: version})
}

// StandIn is such a file for tests that need one outside of a guest.
func StandIn(arch, version string) ([]byte, error) { return peFile(arch, version) }

// NamedStandIn is one that says under which name it was built.
func NamedStandIn(arch, version, original string) ([]byte, error) {
	return peImage(Entry{Arg: arch, Version: version, Original: original})
}

// peImage is peFile of an entry, which may say under which name the file was built
// and what it imports: then descriptors and names follow the resource, without
// functions.
func peImage(e Entry) ([]byte, error) {
	arch, version := e.Arg, e.Version
	machine, ok := machines[arch]
	if !ok {
		return nil, fmt.Errorf("no architecture %q", arch)
	}
	var v [4]uint16
	if _, err := fmt.Sscanf(version, "%d.%d.%d.%d", &v[0], &v[1], &v[2], &v[3]); err != nil {
		return nil, fmt.Errorf("file version %q: %w", version, err)
	}
	pe32plus := machine != machines["x86"]
	optional := 0xE0
	if pe32plus {
		optional = 0xF0
	}
	rsrc := versionSection(v, version, e.Original)
	imports := 0x1000 + uint32(len(rsrc))
	rsrc = append(rsrc, importTable(imports, e.Imports)...)
	f := make([]byte, 0x400, 0x1000)
	le := binary.LittleEndian
	copy(f, "MZ")
	le.PutUint32(f[0x3C:], 0x80)
	copy(f[0x80:], "PE\x00\x00")
	coff := f[0x84:]
	le.PutUint16(coff[0:], machine)
	le.PutUint16(coff[2:], 1)          // sections
	le.PutUint32(coff[4:], 0x4A5BC000) // time stamp, July 2009
	le.PutUint16(coff[16:], uint16(optional))
	le.PutUint16(coff[18:], 0x0102) // executable, 32 bit
	opt := coff[20:]
	directories := 0x60
	le.PutUint16(opt[0:], 0x10B)
	le.PutUint32(opt[0x1C:], 0x10000) // image base
	if pe32plus {
		le.PutUint16(coff[18:], 0x0022) // executable, large addresses
		le.PutUint16(opt[0:], 0x20B)
		le.PutUint32(opt[0x1C:], 0)
		le.PutUint64(opt[0x18:], 0x10000)
		directories = 0x70
	}
	le.PutUint32(opt[0x20:], 0x1000) // section alignment
	le.PutUint32(opt[0x24:], 0x200)  // file alignment
	le.PutUint16(opt[0x28:], v[0])   // OS version
	le.PutUint16(opt[0x30:], v[0])   // subsystem version
	le.PutUint32(opt[0x38:], 0x2000) // image size
	le.PutUint32(opt[0x3C:], 0x400)  // headers size
	le.PutUint16(opt[0x44:], 1)      // subsystem native
	le.PutUint32(opt[directories-4:], 16)
	le.PutUint32(opt[directories+2*8:], 0x1000)
	le.PutUint32(opt[directories+2*8+4:], imports-0x1000)
	if len(e.Imports) > 0 {
		le.PutUint32(opt[directories+8:], imports)
		le.PutUint32(opt[directories+8+4:], uint32(len(rsrc))-(imports-0x1000))
	}
	section := opt[optional:]
	copy(section, ".rsrc")
	le.PutUint32(section[8:], uint32(len(rsrc)))
	le.PutUint32(section[12:], 0x1000)
	le.PutUint32(section[16:], uint32((len(rsrc)+0x1FF)&^0x1FF))
	le.PutUint32(section[20:], 0x400)
	le.PutUint32(section[36:], 0x40000040) // initialised data, readable
	f = append(f, rsrc...)
	// Padded over the 900-odd bytes that NTFS keeps inside an MFT record.
	return append(f, make([]byte, 0x1000-len(f))...), nil
}

// importTable is an import directory at that address: a descriptor of 20 bytes for
// each file with the address of its name at 12, one of zeros, the names.
func importTable(rva uint32, names []string) []byte {
	if len(names) == 0 {
		return nil
	}
	table := make([]byte, 20*(len(names)+1))
	for i, name := range names {
		binary.LittleEndian.PutUint32(table[20*i+12:], rva+uint32(len(table)))
		table = append(append(table, name...), 0)
	}
	return append(table, make([]byte, -len(table)&3)...)
}

// versionSection is a resource section with one version resource.
func versionSection(v [4]uint16, text, original string) []byte {
	le := binary.LittleEndian
	s := make([]byte, 3*24+16)
	for i, id := range []uint32{16, 1, 0x0409} { // RT_VERSION, its name, US English
		d := s[24*i:]
		le.PutUint16(d[14:], 1) // entries by id
		le.PutUint32(d[16:], id)
		next := uint32(24 * (i + 1))
		if i < 2 {
			next |= 1 << 31 // another directory
		}
		le.PutUint32(d[20:], next)
	}
	fixed := make([]byte, 52)
	for i, n := range []uint32{0xFEEF04BD, 0x10000,
		uint32(v[0])<<16 | uint32(v[1]), uint32(v[2])<<16 | uint32(v[3]),
		uint32(v[0])<<16 | uint32(v[1]), uint32(v[2])<<16 | uint32(v[3]),
		0x3F, 0, 0x40004, 3, 7} { // Windows NT, driver, system driver
		le.PutUint32(fixed[4*i:], n)
	}
	texts := [][]byte{versionNode("FileVersion", 1, wide(text))}
	if original != "" {
		texts = append(texts, versionNode("OriginalFilename", 1, wide(original)))
	}
	table := versionNode("040904B0", 1, nil, texts...)
	info := versionNode("VS_VERSION_INFO", 0, fixed, versionNode("StringFileInfo", 1, nil, table))
	le.PutUint32(s[72:], 0x1000+uint32(len(s)))
	le.PutUint32(s[76:], uint32(len(info)))
	return append(s, info...)
}

// versionNode is the structure of which version resources are built: length,
// value length (in characters for text), type 0 binary or 1 text, key, value,
// children, everything aligned to 4.
func versionNode(key string, kind uint16, value []byte, children ...[]byte) []byte {
	le := binary.LittleEndian
	align := func(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
	n := align(append(make([]byte, 6), wide(key)...))
	n = append(n, value...)
	for _, c := range children {
		n = append(align(n), c...)
	}
	valueLength := len(value)
	if kind == 1 {
		valueLength /= 2
	}
	le.PutUint16(n[0:], uint16(len(n)))
	le.PutUint16(n[2:], uint16(valueLength))
	le.PutUint16(n[4:], kind)
	return n
}

// wide is s in UTF-16LE with a NUL.
func wide(s string) []byte {
	var b []byte
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
