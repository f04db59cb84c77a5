package ntfs

import "strconv"

// Offsets in a FILE record.
const (
	recSequence   = 0x10
	recLinks      = 0x12
	recAttrs      = 0x14
	recFlags      = 0x16
	recInUse      = 0x18
	recAllocated  = 0x1c
	recBase       = 0x20
	recNextAttr   = 0x28 // the next attribute instance
	recNumber     = 0x2c // NTFS 3.1
	recHeaderSize = 0x2a // without the record number at 2C, which 3.1 added
)

// Flags of a FILE record.
const (
	recFlagInUse     = 0x0001
	recFlagDirectory = 0x0002
)

// ref is a file reference: a record number and the sequence number that the
// record had when the reference was made.
type ref uint64

func (r ref) number() uint64 { return uint64(r) & (1<<48 - 1) }
func (r ref) seq() uint16    { return uint16(r >> 48) }

// record is a view of a FILE record with its fix-ups applied.
type record struct {
	no    uint64
	b     []byte
	label string // what it is called in errors; made once, every attribute wants it
}

func (r record) what() string     { return r.label }
func (r record) seq() uint16      { return le.Uint16(r.b[recSequence:]) }
func (r record) flags() uint16    { return le.Uint16(r.b[recFlags:]) }
func (r record) inUse() bool      { return r.flags()&recFlagInUse != 0 }
func (r record) isDir() bool      { return r.flags()&recFlagDirectory != 0 }
func (r record) base() ref        { return ref(le.Uint64(r.b[recBase:])) }
func (r record) bytesInUse() int  { return int(le.Uint32(r.b[recInUse:])) }
func (r record) attrsOffset() int { return int(le.Uint16(r.b[recAttrs:])) }

// newRecord checks the bytes of record no, which it keeps and changes.
func newRecord(b []byte, no uint64) (record, error) {
	r := record{no: no, b: b, label: "MFT record " + strconv.FormatUint(no, 10)}
	if len(b) < fixupStride {
		return r, damaged(r.what(), 0, "%d bytes", len(b))
	}
	switch magic := string(b[:4]); magic {
	case "FILE":
	case "BAAD":
		return r, damaged(r.what(), 0, "marked BAAD: chkdsk found a torn write")
	default:
		return r, damaged(r.what(), 0, "want \"FILE\", got %q", magic)
	}
	if err := applyFixups(b, r.what()); err != nil {
		return r, err
	}
	if n := le.Uint32(b[recAllocated:]); int64(n) != int64(len(b)) {
		return r, damaged(r.what(), recAllocated, "%d bytes allocated, records have %d", n, len(b))
	}
	if n := le.Uint32(b[recInUse:]); int64(n) > int64(len(b)) || n < recHeaderSize {
		return r, damaged(r.what(), recInUse, "%d of %d bytes in use", n, len(b))
	}
	if n := r.attrsOffset(); n < recHeaderSize || n%8 != 0 || n > r.bytesInUse()-4 {
		return r, damaged(r.what(), recAttrs, "attributes at %#x of %#x", n, r.bytesInUse())
	}
	return r, nil
}

// each calls fn for every attribute of the record in its order, until fn
// returns an error.
func (r record) each(fn func(attribute) error) error {
	used := r.b[:r.bytesInUse()]
	for off := r.attrsOffset(); ; {
		if off > len(used)-4 {
			return damaged(r.what(), int64(off), "attributes without an end mark")
		}
		if attrType(le.Uint32(used[off:])) == attrEnd {
			return nil
		}
		a, err := newAttribute(used[off:], r.what(), off)
		if err != nil {
			return err
		}
		if err := fn(a); err != nil {
			return err
		}
		off += len(a.b)
	}
}
