package ntfs

// attrType is the type code of an attribute.
type attrType uint32

const (
	attrStandardInformation attrType = 0x10
	attrAttributeList       attrType = 0x20
	attrFileName            attrType = 0x30
	attrVolumeName          attrType = 0x60
	attrVolumeInformation   attrType = 0x70
	attrData                attrType = 0x80
	attrIndexRoot           attrType = 0x90
	attrIndexAllocation     attrType = 0xa0
	attrReparsePoint        attrType = 0xc0
	attrEnd                 attrType = 0xffffffff
)

// Flags of an attribute (u16 at 0C).
const (
	attrFlagCompressed = 0x00ff // a compression method, 1 = LZNT1
	attrFlagEncrypted  = 0x4000
	attrFlagSparse     = 0x8000
)

// Sizes of the two kinds of headers; that of a compressed or sparse attribute
// is 8 bytes longer.
const (
	residentHeaderSize    = 0x18
	nonResidentHeaderSize = 0x40
)

// attribute is a view of one attribute of a record, from its header on.
type attribute struct {
	off int // in the record
	b   []byte
}

func (a attribute) typ() attrType     { return attrType(le.Uint32(a.b)) }
func (a attribute) nonResident() bool { return a.b[8] != 0 }
func (a attribute) flags() uint16     { return le.Uint16(a.b[0x0c:]) }
func (a attribute) instance() uint16  { return le.Uint16(a.b[0x0e:]) }

func (a attribute) name() []uint16 {
	ofs := int(le.Uint16(a.b[0x0a:]))
	return units(a.b[ofs : ofs+2*int(a.b[9])])
}

// value is the content of a resident attribute.
func (a attribute) value() []byte {
	ofs, n := int(le.Uint16(a.b[0x14:])), int(le.Uint32(a.b[0x10:]))
	return a.b[ofs : ofs+n : ofs+n]
}

// lowest is the first VCN of a non-resident attribute, next the one behind its
// last. Sizes are only valid where lowest is 0.
func (a attribute) lowest() VCN      { return VCN(le.Uint64(a.b[0x10:])) }
func (a attribute) next() VCN        { return VCN(le.Uint64(a.b[0x18:])) + 1 }
func (a attribute) allocated() int64 { return int64(le.Uint64(a.b[0x28:])) }
func (a attribute) dataSize() int64  { return int64(le.Uint64(a.b[0x30:])) }
func (a attribute) initSize() int64  { return int64(le.Uint64(a.b[0x38:])) }

func (a attribute) mappingPairs() []byte { return a.b[le.Uint16(a.b[0x20:]):] }

// newAttribute checks the attribute at the start of b, which ends where the
// used part of the record does. what and off name the place in errors.
func newAttribute(b []byte, what string, off int) (attribute, error) {
	bad := func(at int, format string, args ...any) (attribute, error) {
		return attribute{}, damaged(what, int64(off+at), "attribute: "+format, args...)
	}
	if len(b) < residentHeaderSize {
		return bad(0, "%d bytes left", len(b))
	}
	n := int64(le.Uint32(b[4:]))
	if n < residentHeaderSize || n%8 != 0 || n > int64(len(b)) {
		return bad(4, "type %#x with length %#x, %#x left", le.Uint32(b), n, len(b))
	}
	a := attribute{off: off, b: b[:n:n]}
	if nn, ofs := int64(a.b[9]), int64(le.Uint16(a.b[0x0a:])); nn > 0 && ofs+2*nn > n || ofs > n {
		return bad(9, "name of %d characters at %#x of %#x", nn, ofs, n)
	}
	switch a.b[8] {
	case 0:
		ofs, vn := int64(le.Uint16(a.b[0x14:])), int64(le.Uint32(a.b[0x10:]))
		if ofs < residentHeaderSize && vn > 0 || ofs+vn > n {
			return bad(0x10, "value of %#x bytes at %#x of %#x", vn, ofs, n)
		}
		return a, nil
	case 1:
	default:
		return bad(8, "non-resident flag %#x", a.b[8])
	}
	if n < nonResidentHeaderSize {
		return bad(4, "non-resident with length %#x", n)
	}
	if ofs := int64(le.Uint16(a.b[0x20:])); ofs < nonResidentHeaderSize || ofs >= n {
		return bad(0x20, "run list at %#x of %#x", ofs, n)
	}
	if a.lowest() < 0 || a.next() < a.lowest() {
		return bad(0x10, "VCN %d to %d", a.lowest(), a.next()-1)
	}
	return a, nil
}

// checkSizes judges the three sizes of a non-resident attribute that starts at
// VCN 0.
func (a attribute) checkSizes(what string, clusterSize int64) error {
	const max = 1<<63 - 1 - maxClusterSize
	alloc, data, init := a.allocated(), a.dataSize(), a.initSize()
	if data < 0 || init < 0 || alloc < data || alloc > max || alloc%clusterSize != 0 {
		return damaged(what, int64(a.off+0x28), "allocated %d, data %d, initialized %d bytes", alloc, data, init)
	}
	return nil
}
