package regftest

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// Value is a value to put into a key.
type Value struct {
	Name string
	Type uint32
	Data []byte
}

// Key is a key with everything below it. Subkeys are sorted by Build.
type Key struct {
	Name     string
	Class    string
	Values   []Value
	Keys     []Key
	Security string // another descriptor than that of the hive, unchecked
	Link     bool   // the flag of a symbolic link
}

// Options says how the hive is laid out; the zero value is a clean hive of
// version 1.5 with lh lists.
type Options struct {
	Minor   uint32 // 1 to 6; 0 means 5
	List    string // "lf", "lh" or "li"; "" means "lh"
	PerLeaf int    // above 0: an ri list with leaves of this many keys
	Seq1    uint32 // 0 means 1
	Seq2    uint32 // 0 means Seq1
	Tail    int    // bytes behind the hbins

	NoSecurity bool // keys have no security cell but those with another descriptor
}

const (
	base    = 4096 // base block
	bigData = 16344
	unused  = 0xffffffff
)

var le = binary.LittleEndian

type builder struct {
	opt  Options
	bins []byte // everything behind the base block
	last uint32 // cell, for version 1.1
	sk   map[string]uint32
	ring []uint32
}

// Build returns the bytes of a hive file whose root key is root. Cells are laid
// out in a fixed order, so that the same input gives the same bytes.
func Build(root Key, opt Options) []byte {
	if opt.Minor == 0 {
		opt.Minor = 5
	}
	if opt.List == "" {
		opt.List = "lh"
	}
	if opt.Seq1 == 0 {
		opt.Seq1 = 1
	}
	if opt.Seq2 == 0 {
		opt.Seq2 = opt.Seq1
	}
	b := &builder{opt: opt, bins: make([]byte, 32), last: unused, sk: map[string]uint32{}}
	rootOff := b.key(root, unused, 0x2c)
	b.link()
	if free := -len(b.bins) & 4095; free > 0 {
		b.bins = append(b.bins, make([]byte, free)...)
		le.PutUint32(b.bins[len(b.bins)-free:], uint32(free)) // positive: not allocated
	}
	copy(b.bins, "hbin")
	le.PutUint32(b.bins[8:], uint32(len(b.bins)))
	return slices.Concat(b.head(rootOff), b.bins, make([]byte, opt.Tail))
}

func (b *builder) head(root uint32) []byte {
	h := make([]byte, base)
	copy(h, "regf")
	le.PutUint32(h[4:], b.opt.Seq1)
	le.PutUint32(h[8:], b.opt.Seq2)
	le.PutUint64(h[0xc:], 0x01d00000_00000000)
	le.PutUint32(h[0x14:], 1)
	le.PutUint32(h[0x18:], b.opt.Minor)
	le.PutUint32(h[0x20:], 1)
	le.PutUint32(h[0x24:], root)
	le.PutUint32(h[0x28:], uint32(len(b.bins)))
	le.PutUint32(h[0x2c:], 1)
	copy(h[0x30:], UTF16("regftest"))
	Seal(h)
	return h
}

// Seal writes the right checksum into a base block that was changed.
func Seal(hive []byte) {
	var x uint32
	for i := 0; i < 0x1fc; i += 4 {
		x ^= le.Uint32(hive[i:])
	}
	if x == 0 {
		x = 1
	} else if x == 0xffffffff {
		x = 0xfffffffe
	}
	le.PutUint32(hive[0x1fc:], x)
}

// cellHead is the length of what precedes the content of a cell.
func (b *builder) cellHead() uint32 {
	if b.opt.Minor == 1 {
		return 8
	}
	return 4
}

// alloc appends a cell with content and returns its offset.
func (b *builder) alloc(content []byte) uint32 {
	off, head := len(b.bins), int(b.cellHead())
	size := (len(content) + head + 2*head - 1) &^ (2*head - 1)
	b.bins = append(b.bins, make([]byte, size)...)
	le.PutUint32(b.bins[off:], uint32(-int32(size)))
	if head == 8 {
		le.PutUint32(b.bins[off+4:], b.last)
		b.last = uint32(off)
	}
	copy(b.bins[off+head:], content)
	return uint32(off)
}

// at is the content of a cell from a field on.
func (b *builder) at(off, field uint32) []byte { return b.bins[off+b.cellHead()+field:] }

// security is the cell of a descriptor; "" is an empty self-relative one, which
// all keys have that name no other.
func (b *builder) security(descriptor string) uint32 {
	if descriptor == "" {
		if b.opt.NoSecurity {
			return unused
		}
		descriptor = "\x01\x00\x00\x80" + strings.Repeat("\x00", 16)
	}
	off, ok := b.sk[descriptor]
	if !ok {
		c := make([]byte, 20)
		copy(c, "sk")
		le.PutUint32(c[16:], uint32(len(descriptor)))
		off = b.alloc(append(c, descriptor...))
		b.sk[descriptor] = off
		b.ring = append(b.ring, off)
	}
	count := b.at(off, 12)
	le.PutUint32(count, le.Uint32(count)+1)
	return off
}

// link makes a ring of the security cells.
func (b *builder) link() {
	for i, off := range b.ring {
		next := b.ring[(i+1)%len(b.ring)]
		le.PutUint32(b.at(off, 4), next)
		le.PutUint32(b.at(next, 8), off)
	}
}

func (b *builder) key(k Key, parent uint32, flags uint16) uint32 {
	name, compressed := b.encode(k.Name)
	if k.Link {
		flags |= 0x10
	}
	nk := make([]byte, 76+len(name))
	copy(nk, "nk")
	if compressed {
		flags |= 0x20
	} else {
		flags &^= 0x20
	}
	le.PutUint16(nk[2:], flags)
	le.PutUint64(nk[4:], 0x01d00000_00000000)
	for off, n := range map[int]uint32{16: parent, 20: uint32(len(k.Keys)), 28: unused, 32: unused,
		36: uint32(len(k.Values)), 40: unused, 44: b.security(k.Security), 48: unused} {
		le.PutUint32(nk[off:], n)
	}
	le.PutUint16(nk[72:], uint16(len(name)))
	copy(nk[76:], name)
	off := b.alloc(nk)
	set := func(field, n uint32) { le.PutUint32(b.at(off, field), n) }
	if k.Class != "" {
		class := UTF16(k.Class)
		set(48, b.alloc(class))
		le.PutUint16(b.at(off, 74), uint16(len(class)))
	}
	if len(k.Values) > 0 {
		var list []byte
		for _, v := range k.Values {
			list = le.AppendUint32(list, b.value(v))
		}
		set(40, b.alloc(list))
	}
	if len(k.Keys) > 0 {
		set(28, b.subkeys(k.Keys, off))
	}
	return off
}

func (b *builder) subkeys(keys []Key, parent uint32) uint32 {
	keys = slices.Clone(keys)
	slices.SortStableFunc(keys, func(x, y Key) int {
		return slices.Compare(upper(x.Name), upper(y.Name))
	})
	var offs []uint32
	for _, k := range keys {
		offs = append(offs, b.key(k, parent, 0))
	}
	per := b.opt.PerLeaf
	if per <= 0 {
		return b.leaf(keys, offs)
	}
	ri := le.AppendUint16([]byte("ri"), uint16((len(keys)+per-1)/per))
	for i := 0; i < len(keys); i += per {
		end := min(i+per, len(keys))
		ri = le.AppendUint32(ri, b.leaf(keys[i:end], offs[i:end]))
	}
	return b.alloc(ri)
}

func (b *builder) leaf(keys []Key, offs []uint32) uint32 {
	list := le.AppendUint16([]byte(b.opt.List), uint16(len(keys)))
	for i, k := range keys {
		list = le.AppendUint32(list, offs[i])
		switch b.opt.List {
		case "lf":
			list = append(list, hint(k.Name)...)
		case "lh":
			var hash uint32
			for _, u := range upper(k.Name) {
				hash = hash*37 + uint32(u)
			}
			list = le.AppendUint32(list, hash)
		}
	}
	return b.alloc(list)
}

// upper is good enough for the letters of tests.
func upper(name string) []uint16 { return utf16.Encode([]rune(strings.ToUpper(name))) }

func hint(name string) []byte {
	var b [4]byte
	for i, u := range utf16.Encode([]rune(name)) {
		if i == len(b) {
			break
		}
		if u > 0xff {
			return make([]byte, 4)
		}
		b[i] = byte(u)
	}
	return b[:]
}

func (b *builder) value(v Value) uint32 {
	name, compressed := b.encode(v.Name)
	vk := make([]byte, 20+len(name))
	copy(vk, "vk")
	le.PutUint16(vk[2:], uint16(len(name)))
	n := uint32(len(v.Data))
	switch {
	case n <= 4:
		n |= 1 << 31
		copy(vk[8:12], v.Data)
	case n > bigData && b.opt.Minor > 3:
		le.PutUint32(vk[8:], b.big(v.Data))
	default:
		le.PutUint32(vk[8:], b.alloc(v.Data))
	}
	le.PutUint32(vk[4:], n)
	le.PutUint32(vk[12:], v.Type)
	if compressed {
		le.PutUint16(vk[16:], 1)
	}
	copy(vk[20:], name)
	return b.alloc(vk)
}

func (b *builder) big(data []byte) uint32 {
	var list []byte
	n := uint16(0)
	for part := range slices.Chunk(data, bigData) {
		list = le.AppendUint32(list, b.alloc(part))
		n++
	}
	db := le.AppendUint16([]byte("db"), n)
	return b.alloc(le.AppendUint32(db, b.alloc(list)))
}

// encode stores a name as Latin-1 where that is possible.
func (b *builder) encode(name string) (stored []byte, compressed bool) {
	for _, r := range name {
		if r > 0xff || b.opt.Minor == 1 {
			return UTF16(name), false
		}
		stored = append(stored, byte(r))
	}
	return stored, b.opt.Minor > 1
}
