package sourcetest

import (
	"encoding/binary"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/bootmend/bootmend/drivers/pe"
)

var le = binary.LittleEndian

// image is a PE file to be made.
type image struct {
	machine   pe.Machine
	version   pe.Version // zero: no version resource
	subsystem pe.Subsystem
	imports   map[string][]string // functions by file
	exports   []string
	size      int // bytes at least
}

// sectionRVA is where the only section is mapped; it lies at 0x400 of the file.
const sectionRVA = 0x1000

// section grows by parts that know their address.
type section struct{ b []byte }

func (s *section) rva() uint32 { return sectionRVA + uint32(len(s.b)) }

func (s *section) align(n int) {
	for len(s.b)%n != 0 {
		s.b = append(s.b, 0)
	}
}

func (s *section) add(b []byte) uint32 {
	s.align(4)
	at := s.rva()
	s.b = append(s.b, b...)
	return at
}

// words encodes numbers of 32 bits.
func words(all ...uint32) []byte {
	var b []byte
	for _, n := range all {
		b = le.AppendUint32(b, n)
	}
	return b
}

// bytes makes the file.
func (i image) bytes() []byte {
	plus := i.machine == pe.AMD64 || i.machine == pe.ARM64
	s := &section{}
	s.add(make([]byte, 16)) // so that no address is that of the section
	dirs := map[int][2]uint32{}
	if len(i.exports) > 0 {
		at, n := i.addExports(s)
		dirs[0] = [2]uint32{at, n}
	}
	if len(i.imports) > 0 {
		at := i.addImports(s, plus)
		dirs[1] = [2]uint32{at, 20}
	}
	if i.version != (pe.Version{}) {
		at, n := i.addVersion(s)
		dirs[2] = [2]uint32{at, n}
	}
	s.align(0x200)
	b := make([]byte, 0x400)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], 0x80)
	copy(b[0x80:], "PE\x00\x00")
	le.PutUint16(b[0x84:], uint16(i.machine))
	le.PutUint16(b[0x86:], 1)
	opt, at := b[0x98:], 96
	le.PutUint16(opt, 0x10b)
	if plus {
		at = 112
		le.PutUint16(opt, 0x20b)
	}
	le.PutUint16(b[0x94:], uint16(at+16*8))
	if i.subsystem == 0 {
		i.subsystem = pe.Native
	}
	le.PutUint16(opt[68:], uint16(i.subsystem))
	le.PutUint32(opt[at-4:], 16)
	for n, d := range dirs {
		le.PutUint32(opt[at+8*n:], d[0])
		le.PutUint32(opt[at+8*n+4:], d[1])
	}
	head := opt[at+16*8:]
	copy(head, ".data")
	for n, v := range []uint32{uint32(len(s.b)), sectionRVA, uint32(len(s.b)), 0x400} {
		le.PutUint32(head[8+4*n:], v)
	}
	b = append(b, s.b...)
	return append(b, make([]byte, max(0, i.size-len(b)))...)
}

// addExports: the tables lie behind the directory, as linkers make it.
func (i image) addExports(s *section) (at, size uint32) {
	names := slices.Sorted(slices.Values(i.exports))
	at = s.add(make([]byte, 40))
	var pointers, addresses []uint32
	var ordinals []byte
	for n, name := range names {
		pointers = append(pointers, s.add(append([]byte(name), 0)))
		addresses = append(addresses, sectionRVA)
		ordinals = le.AppendUint16(ordinals, uint16(n))
	}
	module := s.add([]byte("module\x00"))
	a, p, o := s.add(words(addresses...)), s.add(words(pointers...)), s.add(ordinals)
	copy(s.b[at-sectionRVA:], words(0, 0, 0, module, 1, uint32(len(names)), uint32(len(names)), a, p, o))
	s.add(make([]byte, 16)) // objdump wants room behind the last table
	return at, s.rva() - at
}

func (i image) addImports(s *section, plus bool) uint32 {
	var table []uint32
	var files []string
	for file := range i.imports {
		files = append(files, file)
	}
	slices.Sort(files)
	for _, file := range files {
		var thunks []byte
		for _, f := range append(slices.Clone(i.imports[file]), "") {
			at := uint32(0)
			if f != "" {
				at = s.add(append(append([]byte{0, 0}, f...), 0))
			}
			thunks = le.AppendUint32(thunks, at)
			if plus {
				thunks = le.AppendUint32(thunks, 0)
			}
		}
		name := s.add(append([]byte(file), 0))
		at := s.add(thunks)
		table = append(table, at, 0, 0, name, at)
	}
	return s.add(words(append(table, 0, 0, 0, 0, 0)...))
}

func (i image) addVersion(s *section) (at, size uint32) {
	info := make([]byte, 92)
	le.PutUint16(info, 92)
	le.PutUint16(info[2:], 52)
	for n, c := range utf16.Encode([]rune("VS_VERSION_INFO")) {
		le.PutUint16(info[6+2*n:], c)
	}
	v := i.version
	high, low := uint32(v[0])<<16|uint32(v[1]), uint32(v[2])<<16|uint32(v[3])
	copy(info[40:], words(0xfeef04bd, 0x10000, high, low, high, low, 0x3f))
	data := s.add(info)
	root := s.add(make([]byte, 3*24+16))
	d := s.b[root-sectionRVA:]
	for n, id := range []uint32{16, 1, 0x409} {
		le.PutUint16(d[24*n+14:], 1)
		le.PutUint32(d[24*n+16:], id)
		next := uint32(24 * (n + 1))
		if n < 2 {
			next |= 1 << 31
		}
		le.PutUint32(d[24*n+20:], next)
	}
	copy(d[72:], words(data, 92))
	return root, 88
}

// driver is a native image with a version.
func driver(m pe.Machine, v pe.Version) []byte { return image{machine: m, version: v}.bytes() }

// xp makes a version of Windows XP.
func xp(n uint16) pe.Version { return pe.Version{5, 1, 2600, n} }

func TestImageIsRead(t *testing.T) {
	for _, m := range []pe.Machine{pe.X86, pe.AMD64} {
		i := image{machine: m, version: xp(5512), exports: []string{"B", "A"}, imports: map[string][]string{"ntoskrnl.exe": {"X", "Y"}, "hal.dll": {"Z"}}}
		f, err := pe.Open(fileOf(i.bytes()), fileOf(i.bytes()).Size())
		if err != nil {
			t.Fatal(err)
		}
		v, err := f.Version()
		if err != nil || v.File != xp(5512) {
			t.Errorf("version %v, %v", v, err)
		}
		exports, err := f.Exports()
		if err != nil || len(exports) != 2 || exports[0].Name != "A" || exports[1].Ordinal != 2 {
			t.Errorf("exports %v, %v", exports, err)
		}
		got, err := f.ImportsFrom("NTOSKRNL.EXE")
		if err != nil || len(got) != 2 || got[1].Name != "Y" {
			t.Errorf("imports %v, %v", got, err)
		}
	}
}
