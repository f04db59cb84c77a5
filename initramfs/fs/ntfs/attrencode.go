package ntfs

import "math/bits"

// attrPart is an encoded part of an attribute, as one record holds it.
type attrPart struct {
	a        *attr
	lowest   VCN
	b        []byte
	instance uint16
	rec      uint64 // of the record that holds it
}

// headerSize is the length of the first bytes of an attribute: the head of n
// bytes, then the name, padded.
func (a *attr) headerSize(n int) int { return (n + 2*len(a.name) + 7) &^ 7 }

// header makes these bytes, with room for more behind them.
func (a *attr) header(n, more int) []byte {
	b := make([]byte, a.headerSize(n), (a.headerSize(n)+more+7)&^7)
	le.PutUint32(b, uint32(a.typ))
	b[9] = byte(len(a.name))
	le.PutUint16(b[0x0a:], uint16(n))
	le.PutUint16(b[0x0c:], a.flags)
	for i, u := range a.name {
		le.PutUint16(b[n+2*i:], u)
	}
	return b
}

// encode makes the parts of an attribute; the run list of each takes limit
// bytes at most.
func (a *attr) encode(clusterSize int64, limit int) []attrPart {
	if a.raw != nil {
		return []attrPart{{a: a, b: append([]byte(nil), a.raw...)}}
	}
	if !a.nonRes {
		b := a.header(residentHeaderSize, len(a.value))
		le.PutUint32(b[0x10:], uint32(len(a.value)))
		le.PutUint16(b[0x14:], uint16(len(b)))
		b[0x16] = a.indexed
		b = append(b, a.value...)
		return []attrPart{{a: a, b: closeAttr(b)}}
	}
	var parts []attrPart
	for runs := a.runs; ; {
		pairs, n := encodePairs(runs, limit)
		parts = append(parts, a.encodePart(runs[:n], pairs, clusterSize))
		if runs = runs[n:]; len(runs) == 0 {
			return parts
		}
	}
}

func closeAttr(b []byte) []byte {
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	le.PutUint32(b[4:], uint32(len(b)))
	return b
}

func (a *attr) headSize() int {
	if a.flags&(attrFlagCompressed|attrFlagSparse) != 0 {
		return nonResidentHeaderSize + 8
	}
	return nonResidentHeaderSize
}

func (a *attr) encodePart(runs []run, pairs []byte, clusterSize int64) attrPart {
	b := a.header(a.headSize(), len(pairs))
	var first, next VCN
	if len(runs) > 0 {
		first, next = runs[0].vcn, runs[len(runs)-1].end()
	}
	b[8] = 1
	le.PutUint64(b[0x10:], uint64(first))
	le.PutUint64(b[0x18:], uint64(next-1))
	le.PutUint16(b[0x20:], uint16(len(b)))
	b[0x22] = a.unit
	if first == 0 {
		le.PutUint64(b[0x28:], uint64(a.allocated(clusterSize)))
		le.PutUint64(b[0x30:], uint64(a.size))
		le.PutUint64(b[0x38:], uint64(a.init))
		if a.headSize() > nonResidentHeaderSize {
			le.PutUint64(b[0x40:], uint64(a.onDisk(clusterSize)))
		}
	}
	return attrPart{a: a, lowest: first, b: closeAttr(append(b, pairs...))}
}

// encodePairs encodes as many runs as fit into limit bytes, the closing zero
// counted, and says how many. It takes one run at least.
func encodePairs(runs []run, limit int) (pairs []byte, n int) {
	var lcn LCN
	for _, r := range runs {
		length := minimal(r.n)
		var delta []byte
		if r.lcn != hole {
			delta = minimal(int64(r.lcn - lcn))
		}
		if n > 0 && len(pairs)+1+len(length)+len(delta)+1 > limit {
			break
		}
		pairs = append(pairs, byte(len(length)|len(delta)<<4))
		pairs = append(append(pairs, length...), delta...)
		if r.lcn != hole {
			lcn = r.lcn
		}
		n++
	}
	return append(pairs, 0), n
}

// minimal is the shortest little-endian two's complement form, one byte at
// least.
func minimal(v int64) []byte {
	u := uint64(v)
	if v < 0 {
		u = ^u
	}
	n := bits.Len64(u)/8 + 1
	b := le.AppendUint64(nil, uint64(v))
	return b[:n]
}
