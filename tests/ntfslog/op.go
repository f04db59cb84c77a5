package ntfslog

// op is what a record does, by its number (ntfsrecover.h of ntfs-3g).
type op uint16

const (
	noop                         op = 0
	compensationLogRecord        op = 1
	initializeFileRecordSegment  op = 2
	deallocateFileRecordSegment  op = 3
	updateResidentValue          op = 7
	updateMappingPairs           op = 9
	setNewAttributeSizes         op = 11
	addIndexEntryRoot            op = 12
	deleteIndexEntryRoot         op = 13
	addIndexEntryAllocation      op = 14
	deleteIndexEntryAllocation   op = 15
	setBitsInNonResidentBitMap   op = 21
	clearBitsInNonResidentBitMap op = 22
	hotFix                       op = 23
	forgetTransaction            op = 27
	openNonResidentAttribute     op = 28
	openAttributeTableDump       op = 29
	attributeNamesDump           op = 30
	dirtyPageTableDump           op = 31
	transactionTableDump         op = 32
)

// What attribute_flags says the record acts on.
const (
	onNothing = 0
	onMFT     = 2
	onIndex   = 8
)

// change is the client's part of a standard record.
type change struct {
	redo, undo         op
	redoData, undoData []byte
	shared             bool // one data for both
	target             int  // key of an open attribute
	acts               uint16
	vcn, lcn           int64 // of the page; lcn 0: none
	sector             int   // of the structure in the page
	record, attr       int   // offset of the attribute in the structure, in the attribute
}

// encode lays it out: operations 00 and 02, offset and length of redo data 04
// and 06, of undo data 08 and 0a, target 0c, LCNs 0e, offsets 10 and 12, sector
// 14, flags 16, VCN 18, LCN 20 (there is room for one even without), data 28.
func (c change) encode() []byte {
	b := make([]byte, 0x28)
	put := func(at, n int) { le.PutUint16(b[at:], uint16(n)) }
	put(0x00, int(c.redo))
	put(0x02, int(c.undo))
	put(0x0C, c.target)
	put(0x10, c.record)
	put(0x12, c.attr)
	put(0x14, c.sector)
	put(0x16, int(c.acts))
	le.PutUint64(b[0x18:], uint64(c.vcn))
	if c.lcn != 0 {
		put(0x0E, 1)
		le.PutUint64(b[0x20:], uint64(c.lcn))
	}
	put(0x04, len(b))
	put(0x06, len(c.redoData))
	if c.shared {
		put(0x08, len(b))
		put(0x0A, len(c.redoData))
	}
	b = padded(append(b, c.redoData...))
	if !c.shared {
		put(0x08, len(b))
		put(0x0A, len(c.undoData))
		b = padded(append(b, c.undoData...))
	}
	return b
}

func padded(b []byte) []byte { return append(b, make([]byte, -len(b)&7)...) }

// bitRange is the data of an operation on bits of a page.
func bitRange(first, n uint32) []byte { return le.AppendUint32(le.AppendUint32(nil, first), n) }
