package logfile

import (
	"bytes"
	"math/bits"
)

// Geometry of the synthetic log and of the volume that it changes: clusters and
// file records of 1 KiB, index blocks of 4 KiB.
const (
	tPage     = 4096
	tData     = 0x40
	tPages    = 20
	tSize     = tPages * tPage
	tCluster  = 1024
	tClusters = 256
	tMFT      = 40 // LCN of file record 0
	tIndex    = 100
	tBitmap   = 120
	tMirror   = 200
)

// logBuilder writes records into a ring of pages.
type logBuilder struct {
	b     []byte
	off   int64 // of the next record
	round LSN
	last  LSN
	chain map[uint32]LSN
}

func newLog() *logBuilder {
	w := &logBuilder{b: make([]byte, tSize), off: 4*tPage + tData, round: 1, chain: map[uint32]LSN{}}
	for at := 4 * tPage; at < tSize; at += tPage {
		w.header(int64(at))
	}
	return w
}

func (w *logBuilder) header(at int64) {
	p := w.b[at : at+tPage]
	clear(p)
	copy(p, "RCRD")
	le.PutUint16(p[4:], pageHeader)
	le.PutUint16(p[6:], 1+tPage/stride)
}

const tOffsetBits = 64 - (67 - 17) // 20 pages of 4 KiB: 17 bits

// client makes the client's part of a standard record.
func client(redo, undo Op, target uint16, vcn int64, sector, recordOff, attrOff int, redoData, undoData []byte, lcns ...int64) []byte {
	b := make([]byte, recList-recHeader+8*len(lcns))
	put := func(at, v int) { le.PutUint16(b[at-recHeader:], uint16(v)) }
	put(recRedoOp, int(redo))
	put(recUndoOp, int(undo))
	put(recTarget, int(target))
	put(recLCNs, len(lcns))
	put(recRecordOff, recordOff)
	put(recAttrOff, attrOff)
	put(recCluster, sector)
	le.PutUint64(b[recVCN-recHeader:], uint64(vcn))
	for i, l := range lcns {
		le.PutUint64(b[recList-recHeader+8*i:], uint64(l))
	}
	for i, d := range [][]byte{redoData, undoData} {
		put(recRedoOff+4*i, len(b))
		put(recRedoLen+4*i, len(d))
		b = append(b, d...)
		b = append(b, make([]byte, -len(b)&7)...)
	}
	return b
}

// add appends a record of a transaction (0: a checkpoint).
func (w *logBuilder) add(transaction uint32, body []byte) LSN {
	n := w.round<<tOffsetBits | LSN(w.off>>3)
	b := make([]byte, recHeader, recHeader+len(body))
	le.PutUint64(b[recLSN:], uint64(n))
	le.PutUint64(b[recPrevious:], uint64(w.chain[transaction]))
	le.PutUint64(b[recUndoNext:], uint64(w.chain[transaction]))
	le.PutUint32(b[recLength:], uint32(len(body)))
	le.PutUint32(b[recType:], typeStandard)
	le.PutUint32(b[recTransact:], transaction)
	if transaction == 0 {
		le.PutUint32(b[recType:], typeCheckpoint)
	} else if w.chain[transaction] = n; Op(le.Uint16(body)) == ForgetTransaction {
		delete(w.chain, transaction)
	}
	for b = append(b, body...); ; {
		page := w.off / tPage * tPage
		k := copy(w.b[w.off:page+tPage], b)
		b = b[k:]
		w.off += int64(k)
		if len(b) == 0 {
			le.PutUint64(w.b[page+pageLastEnd:], uint64(n))
		}
		if w.off+recHeader > page+tPage {
			if w.off = page + tPage + tData; w.off >= tSize {
				w.off = 4*tPage + tData
				w.round++
			}
			w.header(w.off - tData)
		}
		if len(b) == 0 {
			w.last = n
			return n
		}
	}
}

// checkpoint appends one without tables, and what follows is after it.
func (w *logBuilder) checkpoint(dumps ...LSN) LSN {
	b := make([]byte, checkpointSize)
	le.PutUint32(b, 1)
	for i, d := range dumps {
		le.PutUint64(b[0x10+8*i:], uint64(d))
	}
	return w.add(0, b)
}

// open appends the opening of an attribute.
func (w *logBuilder) open(key uint16, ref uint64, typ uint32, indexSize int) {
	e := make([]byte, openAttrNew)
	le.PutUint32(e, entryInUse)
	le.PutUint32(e[4:], uint32(indexSize))
	le.PutUint32(e[8:], typ)
	le.PutUint64(e[0x10:], ref)
	w.add(0x18, client(OpenNonResidentAttribute, Noop, key, 0, 0, 0, 0, e, nil))
	w.add(0x18, client(ForgetTransaction, CompensationLogRecord, 0, 0, 0, 0, 0, nil, nil))
}

// finish writes both restart pages for the checkpoint cp and protects all
// pages.
func (w *logBuilder) finish(cp LSN, flags uint16) []byte {
	b := bytes.Clone(w.b)
	for at := 4 * tPage; at < tSize; at += tPage {
		protect(b[at : at+tPage])
	}
	for i := range 2 {
		p := b[i*tPage : (i+1)*tPage]
		copy(p, "RSTR")
		le.PutUint16(p[4:], 0x1e)
		le.PutUint16(p[6:], 1+tPage/stride)
		le.PutUint32(p[pageSystemSize:], tPage)
		le.PutUint32(p[pageLogSize:], tPage)
		le.PutUint16(p[pageArea:], 0x30)
		le.PutUint16(p[pageMinor:], 1)
		le.PutUint16(p[pageMajor:], 1)
		a := p[0x30:]
		le.PutUint64(a[areaCurrent:], uint64(w.last))
		le.PutUint16(a[areaClients:], 1)
		le.PutUint16(a[areaFlags:], flags)
		le.PutUint32(a[areaSeqBits:], uint32(67-bits.Len64(tSize)))
		le.PutUint16(a[areaClientsOff:], 0x40)
		le.PutUint64(a[areaFileSize:], tSize)
		le.PutUint16(a[areaHeaderLen:], recHeader)
		le.PutUint16(a[areaDataOffset:], tData)
		c := a[0x40:]
		le.PutUint64(c[clientRestart:], uint64(cp))
		le.PutUint64(c[clientOldest:], uint64(cp))
		le.PutUint32(c[clientNameLen:], 8)
		copy(c[clientName:], "N\x00T\x00F\x00S\x00")
		protect(p)
	}
	return b
}

// volume is a volume in memory.
type volume struct {
	b      []byte
	writes int
}

func newVolume() *volume { return &volume{b: make([]byte, tCluster*tClusters)} }

func (v *volume) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(v.b).ReadAt(p, off) }
func (v *volume) WriteAt(p []byte, off int64) (int, error) {
	v.writes++
	return copy(v.b[off:], p), nil
}

var tGeometry = Geometry{Cluster: tCluster, Volume: tCluster * tClusters, Record: 1024, Mirror: tMirror * tCluster, MirrorRecords: 4}

// structure makes the bytes of a file record or index block, not protected.
func fileRecord(attrs ...[]byte) []byte {
	b := make([]byte, 1024)
	copy(b, "FILE")
	le.PutUint16(b[4:], 0x30)
	le.PutUint16(b[6:], 3)
	le.PutUint16(b[frsSequence:], 5)
	le.PutUint16(b[frsAttrs:], 0x38)
	le.PutUint16(b[frsFlags:], frsInUse)
	at := 0x38
	for _, a := range attrs {
		at += copy(b[at:], a)
	}
	le.PutUint32(b[at:], attrEnd)
	le.PutUint32(b[frsUsed:], uint32(at+8))
	return b
}

func resident(typ uint32, id int, indexed byte, value string) []byte {
	b := make([]byte, minAttr)
	le.PutUint32(b, typ)
	le.PutUint16(b[attrID:], uint16(id))
	le.PutUint32(b[attrValueLen:], uint32(len(value)))
	le.PutUint16(b[attrValueOff:], minAttr)
	b[attrIndexed] = indexed
	b = append(b, value...)
	b = append(b, make([]byte, -len(b)&7)...)
	le.PutUint32(b[attrLen:], uint32(len(b)))
	return b
}

// put writes a file record or index block onto the volume.
func (v *volume) put(lcn int64, b []byte) {
	b = bytes.Clone(b)
	protect(b)
	copy(v.b[lcn*tCluster:], b)
}

// get reads one.
func (v *volume) get(lcn int64, size int) []byte {
	b := bytes.Clone(v.b[lcn*tCluster:][:size])
	unprotect(b)
	return b
}
