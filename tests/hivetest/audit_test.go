package hivetest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// audit takes a hive apart byte by byte, with nothing of package regf but the
// upper case of a character, and demands what Windows' own check of a hive does
// and more: bins and cells without gaps, each cell referred to once, lists in
// order with the right hints and hashes, security cells in one ring with the
// right counts, and largest-of fields that are not too small.
type audit struct {
	b      []byte
	refs   map[uint32]string // cells by what refers to them
	sk     map[uint32]uint32 // how many keys have a security cell
	sizes  map[uint32]int    // allocated cells
	free   int               // bytes
	small  []string          // keys whose largest-of fields are too small
	faults []string
}

func auditHive(b []byte) *audit {
	a := &audit{b: b, refs: map[uint32]string{}, sk: map[uint32]uint32{}, sizes: map[uint32]int{}}
	a.bins()
	if len(a.faults) == 0 {
		a.key(binary.LittleEndian.Uint32(b[0x24:]), 0, "", true)
		a.ring()
	}
	return a
}

func (a *audit) fault(format string, args ...any) {
	if len(a.faults) < 20 {
		a.faults = append(a.faults, fmt.Sprintf(format, args...))
	}
}

// lost are the allocated cells that nothing refers to.
func (a *audit) lost() (n, bytes int) {
	for off, size := range a.sizes {
		if a.refs[off] == "" && a.sk[off] == 0 {
			n, bytes = n+1, bytes+size
		}
	}
	return n, bytes
}

func (a *audit) bins() {
	le := binary.LittleEndian
	end := int(le.Uint32(a.b[0x28:]))
	if end%4096 != 0 || end+4096 > len(a.b) {
		a.fault("%#x bytes of bins in a file of %#x", end, len(a.b))
		return
	}
	for bin := 0; bin < end; {
		h := a.b[4096+bin:]
		size := int(le.Uint32(h[8:]))
		if string(h[:4]) != "hbin" || int(le.Uint32(h[4:])) != bin || size <= 0 || size%4096 != 0 || bin+size > end {
			a.fault("bin at %#x: % x", bin, h[:12])
			return
		}
		for pos := bin + 32; pos < bin+size; {
			n := int(int32(le.Uint32(a.b[4096+pos:])))
			if n < 0 {
				n = -n
				a.sizes[uint32(pos)] = n
			} else {
				a.free += n
			}
			if n < 8 || n%8 != 0 || pos+n > bin+size {
				a.fault("cell at %#x has %#x bytes", pos, n)
				return
			}
			pos += n
		}
		bin += size
	}
}

// cell notes a reference and returns the content.
func (a *audit) cell(off uint32, what string, need int) []byte {
	size, ok := a.sizes[off]
	if !ok || size-4 < need {
		a.fault("%s refers to %#x, which is no cell of %d bytes", what, off, need)
		return nil
	}
	if a.refs[off] != "" {
		a.fault("cell %#x belongs to %s and to %s", off, a.refs[off], what)
		return nil
	}
	a.refs[off] = what
	return a.b[4096+4+off:][:size-4]
}

func rawName(b []byte, compressed bool) string {
	var u []uint16
	for i := 0; i < len(b); i++ {
		if compressed {
			u = append(u, uint16(b[i]))
		} else if i%2 == 0 && i+1 < len(b) {
			u = append(u, binary.LittleEndian.Uint16(b[i:]))
		}
	}
	return string(utf16.Decode(u))
}

func upper(name string) []uint16 {
	u := utf16.Encode([]rune(name))
	for i, c := range u {
		if c < 0xd800 || c > 0xdfff {
			u[i] = uint16(regf.Upper(rune(c)))
		}
	}
	return u
}

// largest are the longest name, class, value name and data of what a key has.
type largest struct{ name, class, valueName, data int }

func (a *audit) key(off, parent uint32, path string, root bool) (name string, classLen int) {
	le := binary.LittleEndian
	c := a.cell(off, "key "+path, 76)
	if c == nil || string(c[:2]) != "nk" {
		a.fault("key %s at %#x is no nk", path, off)
		return "", 0
	}
	n := int(le.Uint16(c[72:]))
	if len(c) < 76+n {
		a.fault("key %s: name of %d bytes", path, n)
		return "", 0
	}
	name = rawName(c[76:76+n], le.Uint16(c[2:])&0x20 != 0)
	path += `\` + name
	if !root && le.Uint32(c[16:]) != parent {
		a.fault("key %s: parent %#x, listed below %#x", path, le.Uint32(c[16:]), parent)
	}
	var most largest
	a.values(c, path, &most)
	if n := int(le.Uint16(c[74:])); n > 0 {
		classLen = n
		a.cell(le.Uint32(c[48:]), "class of "+path, n)
	}
	if sk := le.Uint32(c[44:]); sk != 0xffffffff {
		a.sk[sk]++
	}
	names := a.list(le.Uint32(c[28:]), int(le.Uint32(c[20:])), off, path, &most)
	for i := 1; i < len(names); i++ {
		if slices.Compare(upper(names[i-1]), upper(names[i])) >= 0 {
			a.fault("key %s: %q is listed before %q", path, names[i-1], names[i])
		}
	}
	is := largest{int(le.Uint16(c[52:])), int(le.Uint32(c[56:])), int(le.Uint32(c[60:])), int(le.Uint32(c[64:]))}
	if is.name < most.name || is.class < most.class || is.valueName < most.valueName || is.data < most.data {
		a.small = append(a.small, path)
	}
	return name, classLen
}

// list reads a subkey list and the keys in it, and returns their names.
func (a *audit) list(off uint32, count int, parent uint32, path string, most *largest) []string {
	le := binary.LittleEndian
	if count == 0 {
		return nil
	}
	c := a.cell(off, "list of "+path, 4)
	if c == nil {
		return nil
	}
	var names []string
	n := int(le.Uint16(c[2:]))
	if string(c[:2]) == "ri" {
		for i := range n {
			leaf := le.Uint32(c[4+4*i:])
			names = append(names, a.leaf(a.cell(leaf, "leaf of "+path, 4), parent, path, most)...)
		}
	} else {
		names = a.leaf(c, parent, path, most)
	}
	if len(names) != count {
		a.fault("key %s has %d subkeys, %d are listed", path, count, len(names))
	}
	return names
}

func (a *audit) leaf(c []byte, parent uint32, path string, most *largest) (names []string) {
	le := binary.LittleEndian
	if c == nil {
		return nil
	}
	kind, w := string(c[:2]), 8
	if kind == "li" {
		w = 4
	}
	n := int(le.Uint16(c[2:]))
	if n == 0 || 4+n*w > len(c) || !strings.Contains("lf lh li", kind) || kind == "lh" && a.b[0x18] < 5 {
		a.fault("key %s: leaf %q of %d entries in a cell of %d bytes in version 1.%d", path, kind, n, len(c), a.b[0x18])
		return nil
	}
	for i := range n {
		name, class := a.key(le.Uint32(c[4+w*i:]), parent, path, false)
		names = append(names, name)
		u := utf16.Encode([]rune(name))
		most.name, most.class = max(most.name, 2*len(u)), max(most.class, class)
		want := uint32(0)
		switch kind {
		case "lh":
			for _, c := range upper(name) {
				want = want*37 + uint32(c)
			}
		case "lf":
			for i, c := range u[:min(4, len(u))] {
				want |= uint32(c&0xff) << (8 * i)
				if c > 0xff {
					want = 0
					break
				}
			}
		}
		if w == 8 && le.Uint32(c[8+w*i:]) != want {
			a.fault(`key %s\%s: %s has %#x, want %#x`, path, name, kind, le.Uint32(c[8+w*i:]), want)
		}
	}
	return names
}

func (a *audit) values(k []byte, path string, most *largest) {
	le := binary.LittleEndian
	n := int(le.Uint32(k[36:]))
	if n == 0 {
		return
	}
	list := a.cell(le.Uint32(k[40:]), "value list of "+path, 4*n)
	for i := range min(n, len(list)/4) {
		c := a.cell(le.Uint32(list[4*i:]), "value of "+path, 20)
		if c == nil || string(c[:2]) != "vk" {
			a.fault("key %s: value %d is no vk", path, i)
			continue
		}
		name := int(le.Uint16(c[2:]))
		if le.Uint16(c[16:])&1 != 0 {
			name *= 2
		}
		size := le.Uint32(c[4:])
		most.valueName, most.data = max(most.valueName, name), max(most.data, int(size&^(1<<31)))
		if size>>31 == 0 && size > 0 {
			a.data(le.Uint32(c[8:]), int(size), "data in "+path)
		}
	}
}

func (a *audit) data(off uint32, n int, what string) {
	le := binary.LittleEndian
	if n <= 16344 || a.b[0x18] < 4 {
		a.cell(off, what, n)
		return
	}
	db := a.cell(off, what, 8)
	count := (n + 16343) / 16344
	if db == nil || string(db[:2]) != "db" || int(le.Uint16(db[2:])) != count {
		a.fault("%s: no db of %d segments", what, count)
		return
	}
	list := a.cell(le.Uint32(db[4:]), what, 4*count)
	for i := range min(count, len(list)/4) {
		a.cell(le.Uint32(list[4*i:]), what, 16344) // the last, too
	}
}

// ring follows the security cells, which must be those that keys have, with the
// right counts.
func (a *audit) ring() {
	le := binary.LittleEndian
	for start := range a.sk {
		left := len(a.sk) + 100
		for off := start; ; {
			size, ok := a.sizes[off]
			c := a.b[4096+4+off:]
			if !ok || size < 24 || string(c[:2]) != "sk" || a.refs[off] != "" {
				a.fault("security cell %#x", off)
				return
			}
			if n := le.Uint32(c[12:]); n != a.sk[off] {
				a.fault("security cell %#x counts %d keys, %d have it", off, n, a.sk[off])
			}
			a.refs[off] = "ring"
			next := le.Uint32(c[4:])
			if back := le.Uint32(a.b[4096+4+next+8:]); back != off {
				a.fault("security cell %#x is before %#x, which is behind %#x", off, next, back)
				return
			}
			if off = next; off == start {
				break
			}
			if left--; left < 0 {
				a.fault("the ring of security cells is no ring")
				return
			}
		}
		break
	}
	for off := range a.sk {
		if a.refs[off] == "" {
			a.fault("security cell %#x is not in the ring", off)
		}
	}
}
