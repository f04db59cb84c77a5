package check

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

var le = binary.LittleEndian

// Type codes of attributes.
const (
	typeStandard    = 0x10
	typeList        = 0x20
	typeFileName    = 0x30
	typeData        = 0x80
	typeRoot        = 0x90
	typeAllocation  = 0xa0
	typeBitmap      = 0xb0
	typeEnd         = 0xffffffff
	flagInUse       = 1
	flagDirectory   = 2
	firstUserRecord = 24
	rootRecord      = 5
)

// reference is a record number (48 bits) and a sequence number (16 bits).
type reference uint64

func (r reference) number() int64  { return int64(r & (1<<48 - 1)) }
func (r reference) seq() uint16    { return uint16(r >> 48) }
func (r reference) String() string { return fmt.Sprintf("record %d sequence %d", r.number(), r.seq()) }

// attr is one attribute, decoded; value and pairs are views.
type attr struct {
	record           int64 // that holds it
	off              int
	typ              uint32
	name             string // UTF-16 as it is, two bytes a unit
	flags, instance  uint16
	resident         bool
	value            []byte // resident
	lowest, next     ntfs.VCN
	alloc, size      int64 // valid where lowest is 0
	init, compressed int64
	unit             uint8 // exponent of the compression unit
	pairs            []byte
}

func (a *attr) squeezed() bool { return a.flags&0x80ff != 0 } // compressed or sparse

// place names the attribute in problems.
func (a *attr) place() string { return attrPlace(a.typ, a.name) }

func attrPlace(typ uint32, name string) string {
	s := map[uint32]string{0x10: "$STANDARD_INFORMATION", 0x20: "$ATTRIBUTE_LIST", 0x30: "$FILE_NAME", 0x80: "$DATA",
		0x90: "$INDEX_ROOT", 0xa0: "$INDEX_ALLOCATION", 0xb0: "$BITMAP"}[typ]
	if s == "" {
		s = fmt.Sprintf("attribute %#x", typ)
	}
	if name != "" {
		s += ":" + text(name)
	}
	return s
}

// text decodes the bytes of a UTF-16 name for people.
func text(name string) string {
	u := make([]uint16, len(name)/2)
	for i := range u {
		u[i] = uint16(name[2*i]) | uint16(name[2*i+1])<<8
	}
	return string(utf16.Decode(u))
}

// record is one decoded FILE record.
type record struct {
	no         int64
	seq, links uint16
	flags      uint16
	base       reference
	attrs      []*attr
}

func (r *record) inUse() bool { return r.flags&flagInUse != 0 }
func (r *record) isDir() bool { return r.flags&flagDirectory != 0 }

// fixups checks the update sequence array of a structure and puts the words
// back. The structure is changed in any case.
func fixups(b []byte) error {
	ofs, n := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	if n != 1+len(b)/512 || ofs < 0x28 || ofs%2 != 0 || ofs+2*n > 510 {
		return fmt.Errorf("update sequence array of %d words at %#x", n, ofs)
	}
	for i := 1; i < n; i++ {
		if w := b[i*512-2 : i*512]; w[0] != b[ofs] || w[1] != b[ofs+1] {
			return fmt.Errorf("torn write in sector %d: update sequence number %#04x, not %#04x", i-1, le.Uint16(w), le.Uint16(b[ofs:]))
		}
		copy(b[i*512-2:], b[ofs+2*i:ofs+2*i+2])
	}
	return nil
}

// parse decodes record no, which b is. nil: nothing of it can be used. That is
// no problem where the record is free (wanted false).
func (c *checker) parse(b []byte, no int64, wanted bool) *record {
	if string(b[:4]) != "FILE" {
		if wanted {
			c.bad(Record, no, "header", 0, `"FILE"`, "%q", b[:4])
		}
		return nil
	}
	r := &record{no: no, seq: le.Uint16(b[0x10:]), links: le.Uint16(b[0x12:]), flags: le.Uint16(b[0x16:]), base: reference(le.Uint64(b[0x20:]))}
	if !r.inUse() && !wanted {
		return r
	}
	ofs := int(le.Uint16(b[4:]))
	if err := fixups(b); err != nil {
		c.bad(Record, no, "header", 4, "equal update sequence numbers", "%v", err)
		return nil
	}
	used, first := int(le.Uint32(b[0x18:])), int(le.Uint16(b[0x14:]))
	if n := int64(le.Uint32(b[0x1c:])); n != int64(len(b)) || used < 0x30 || used > len(b) || used%8 != 0 ||
		first < 0x2a || first%8 != 0 || first > used-8 {
		c.bad(Record, no, "header", 0x14, fmt.Sprintf("sizes inside %d bytes", len(b)), "%d allocated, %d used, attributes at %#x", n, used, first)
		return nil
	}
	if ofs >= 0x30 && int64(le.Uint32(b[0x2c:])) != no&0xffffffff {
		c.bad(Record, no, "header", 0x2c, fmt.Sprint(no), "record number %d", le.Uint32(b[0x2c:]))
	}
	if !c.attributes(r, b[:used], first) {
		return nil
	}
	c.instances(r, le.Uint16(b[0x28:]))
	return r
}

// attributes decodes all attributes of a record.
func (c *checker) attributes(r *record, b []byte, off int) bool {
	for {
		if off+4 > len(b) {
			c.bad(Attribute, r.no, "record", off, "an end mark", "%d bytes used", len(b))
			return false
		}
		if le.Uint32(b[off:]) == typeEnd {
			if off+8 != len(b) {
				c.bad(Record, r.no, "header", 0x18, fmt.Sprintf("%d bytes used", off+8), "%d", len(b))
			}
			return true
		}
		a, n := c.attribute(r, b[off:], off)
		if a == nil {
			return false
		}
		if len(r.attrs) > 0 && r.attrs[len(r.attrs)-1].typ > a.typ {
			c.bad(Attribute, r.no, a.place(), off, "attributes in order of their types", "type %#x behind %#x", a.typ, r.attrs[len(r.attrs)-1].typ)
		}
		r.attrs = append(r.attrs, a)
		off += n
	}
}

func (c *checker) attribute(r *record, b []byte, off int) (*attr, int) {
	bad := func(at int, format string, args ...any) (*attr, int) {
		c.bad(Attribute, r.no, "attribute", off+at, "sizes inside the record", format, args...)
		return nil, 0
	}
	if len(b) < 0x18 {
		return bad(0, "%d bytes left", len(b))
	}
	n := int(le.Uint32(b[4:]))
	if n < 0x18 || n%8 != 0 || n > len(b) {
		return bad(4, "type %#x, length %#x", le.Uint32(b), n)
	}
	b = b[:n]
	a := &attr{record: r.no, off: off, typ: le.Uint32(b), flags: le.Uint16(b[0xc:]), instance: le.Uint16(b[0xe:]), resident: b[8] == 0}
	if nn, at := 2*int(b[9]), int(le.Uint16(b[0xa:])); nn > 0 {
		if at < 0x18 || at+nn > n {
			return bad(9, "name of %d bytes at %#x of %#x", nn, at, n)
		}
		a.name = string(b[at : at+nn])
	}
	if a.resident {
		at, vn := int64(le.Uint16(b[0x14:])), int64(le.Uint32(b[0x10:]))
		if at < 0x18 && vn > 0 || at+vn > int64(n) {
			return bad(0x10, "value of %#x bytes at %#x of %#x", vn, at, n)
		}
		if vn > 0 {
			a.value = b[at : at+vn]
		}
		return a, n
	}
	if b[8] != 1 || n < 0x40 {
		return bad(8, "form %d, length %#x", b[8], n)
	}
	at := int(le.Uint16(b[0x20:]))
	if at < 0x40 || at >= n {
		return bad(0x20, "run list at %#x of %#x", at, n)
	}
	a.lowest, a.next = ntfs.VCN(le.Uint64(b[0x10:])), ntfs.VCN(le.Uint64(b[0x18:]))+1
	a.alloc, a.size, a.init = int64(le.Uint64(b[0x28:])), int64(le.Uint64(b[0x30:])), int64(le.Uint64(b[0x38:]))
	a.unit = b[0x22]
	a.pairs = b[at:]
	if a.lowest == 0 && a.squeezed() {
		if at < 0x48 {
			return bad(0x20, "compressed or sparse with its run list at %#x", at)
		}
		a.compressed = int64(le.Uint64(b[0x40:]))
	}
	if a.lowest < 0 || a.next < a.lowest || a.next > 1<<62 {
		return bad(0x10, "VCN %d to %d", a.lowest, a.next-1)
	}
	return a, n
}

// instances: every attribute of a record has its own instance number, below
// the next one to be given. Windows lets that counter wrap.
func (c *checker) instances(r *record, next uint16) {
	seen := map[uint16]bool{}
	for _, a := range r.attrs {
		if seen[a.instance] {
			c.bad(Attribute, r.no, a.place(), a.off+0xe, "an instance number of its own", "%d, again", a.instance)
		}
		seen[a.instance] = true
	}
	if seen[next] {
		c.bad(Record, r.no, "header", 0x28, "a free instance number", "%d", next)
	}
}
