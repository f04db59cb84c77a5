package ntfslog

// open is an open attribute; its key is its place in the table.
type open struct {
	ref   uint64
	kind  uint32
	index uint32 // bytes of an index block
	name  string
}

// page is a page of an attribute that is not on the disk.
type page struct {
	key    int
	vcn    int64
	lcn    int64
	oldest uint64
}

// table is a dump: the header with the size of an entry 00, entries 02, entries
// in use 04, goal 0c, first and last free entry 10 and 14; entries from 18 on. A
// nil entry is a free one.
func table(size int, entries [][]byte) []byte {
	b := make([]byte, 0x18+size*len(entries))
	le.PutUint16(b[0x00:], uint16(size))
	le.PutUint16(b[0x02:], uint16(len(entries)))
	le.PutUint32(b[0x0C:], 0xFFFFFFFF)
	used, last := 0, 0
	for i := len(entries) - 1; i >= 0; i-- {
		at := 0x18 + i*size
		if entries[i] == nil {
			le.PutUint32(b[at:], le.Uint32(b[0x10:])) // the next free one
			le.PutUint32(b[0x10:], uint32(at))
			last = max(last, at)
			continue
		}
		copy(b[at:at+size], entries[i])
		le.PutUint32(b[at:], 0xFFFFFFFF)
		used++
	}
	le.PutUint16(b[0x04:], uint16(used))
	le.PutUint32(b[0x14:], uint32(last))
	return b
}

// Sizes of entries: open attributes and dirty pages, until Windows 8.1 and
// since Windows 10; transactions.
const (
	openOld        = 0x2C
	openNew        = 0x28
	pageOld        = 0x2C
	pageNew        = 0x28
	transactionLen = 0x28
)

func (l *Log) openSize() int {
	if l.Old {
		return openOld
	}
	return openNew
}

// key is the name of the attribute i.
func (l *Log) key(i int) int { return 0x18 + i*l.openSize() }

// openEntry: until Windows 8.1 key 04, reference 08, type 1c, index block 28;
// since Windows 10 index block 04, type 08, reference 10, LSN 18.
func (l *Log) openEntry(key int, o open) []byte {
	b := make([]byte, l.openSize())
	le.PutUint32(b, 0xFFFFFFFF)
	if l.Old {
		le.PutUint32(b[0x04:], uint32(key))
		le.PutUint64(b[0x08:], o.ref)
		le.PutUint32(b[0x1C:], o.kind)
		le.PutUint32(b[0x28:], o.index)
		return b
	}
	le.PutUint32(b[0x04:], o.index)
	le.PutUint32(b[0x08:], o.kind)
	le.PutUint64(b[0x10:], o.ref)
	return b
}

// pageEntry: key 04, bytes 08, LCNs 0c; then VCN, oldest LSN and the LCN, from
// 14 on until Windows 8.1, from 10 on since.
func (l *Log) pageEntry(p page) []byte {
	b := make([]byte, pageNew)
	at := 0x10
	if l.Old {
		b, at = make([]byte, pageOld), 0x14
	}
	le.PutUint32(b[0x04:], uint32(p.key))
	le.PutUint32(b[0x08:], pageSize)
	le.PutUint32(b[0x0C:], 1)
	le.PutUint64(b[at:], uint64(p.vcn))
	le.PutUint64(b[at+8:], p.oldest)
	le.PutUint64(b[at+16:], uint64(p.lcn))
	return b
}

// transactionEntry: state 04 (1: active), first, last and next LSN to undo 08,
// 10 and 18.
func transactionEntry(first, last uint64) []byte {
	b := make([]byte, transactionLen)
	b[0x04] = 1
	le.PutUint64(b[0x08:], first)
	le.PutUint64(b[0x10:], last)
	le.PutUint64(b[0x18:], last)
	return b
}
