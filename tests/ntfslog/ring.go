package ntfslog

import (
	"bytes"
	"math/bits"
)

// Sizes of the log: a page, its header with the update sequence array, the
// header of a record, and the pages in front of the ring.
const (
	pageSize   = 4096
	pageHeader = 0x40
	recHeader  = 0x30
	firstPage  = 4
)

// ring is $LogFile being filled. Pages that were never written are FF, as
// mkntfs leaves them.
type ring struct {
	size  int64
	pages map[int64][]byte // by number, not protected
	at    int64            // of the next record
	round uint64
	last  uint64            // LSN
	chain map[uint32]uint64 // newest LSN of each transaction
}

func newRing(size, start int64) *ring {
	r := &ring{size: size, pages: map[int64][]byte{}, at: start*pageSize + pageHeader, round: 3, chain: map[uint32]uint64{}}
	r.page(start)
	return r
}

// seqBits is what the file size leaves of the 64 bits of an LSN, whose position
// counts in 8 bytes.
func (r *ring) seqBits() int { return 67 - bits.Len64(uint64(r.size)) }

func (r *ring) next() uint64 { return r.round<<(64-r.seqBits()) | uint64(r.at>>3) }

// page makes a new page. Offsets in it: update sequence array 28 (9 words),
// last LSN 08, flags 10, page count and position 14 and 16, end of the last
// record 18, last LSN that ends on it 20.
func (r *ring) page(no int64) {
	p := make([]byte, pageSize)
	copy(p, "RCRD")
	le.PutUint16(p[0x04:], 0x28)
	le.PutUint16(p[0x06:], 9)
	le.PutUint16(p[0x14:], 1)
	le.PutUint16(p[0x16:], 1)
	r.pages[no] = p
}

// add appends a record of a transaction, or of none (0: a checkpoint). What to
// undo next is the record of the transaction before it, unless it ends here.
func (r *ring) add(transaction uint32, client []byte, ends bool) uint64 {
	n := r.next()
	b := make([]byte, recHeader, recHeader+len(client))
	le.PutUint64(b, n)
	le.PutUint64(b[0x08:], r.chain[transaction])
	if !ends {
		le.PutUint64(b[0x10:], r.chain[transaction])
	}
	le.PutUint32(b[0x18:], uint32(len(client)))
	le.PutUint32(b[0x20:], 1)
	le.PutUint32(b[0x24:], transaction)
	if transaction == 0 {
		le.PutUint32(b[0x20:], 2)
	} else if r.chain[transaction] = n; ends {
		delete(r.chain, transaction)
	}
	if r.at%pageSize+recHeader+int64(len(client)) > pageSize {
		b[0x28] = 1 // goes over more than one page
	}
	for b = append(b, client...); len(b) > 0; {
		p := r.pages[r.at/pageSize]
		k := copy(p[r.at%pageSize:], b)
		b, r.at = b[k:], r.at+int64(k)
		le.PutUint64(p[0x08:], n)
		if len(b) == 0 {
			le.PutUint32(p[0x10:], 1) // a record ends here
			le.PutUint16(p[0x18:], uint16((r.at-1)%pageSize+1))
			le.PutUint64(p[0x20:], n)
		}
		if no := (r.at - 1) / pageSize; r.at+recHeader > (no+1)*pageSize {
			if no++; no == r.size/pageSize {
				no = firstPage
				r.round++
			}
			r.at = no*pageSize + pageHeader
			r.page(no)
		}
	}
	r.last = n
	return n
}

// image is what is written to the pages of the log. The newest page lies in
// page 2, with the place where it belongs; where there is room on it, it itself
// is as it was before. Restart pages are not among it.
func (r *ring) image() map[int64][]byte {
	all := map[int64][]byte{}
	newest := int64(0)
	for no, p := range r.pages {
		if le.Uint64(p[0x08:]) == 0 {
			continue // nothing on it yet
		}
		if le.Uint64(p[0x20:]) == r.last { // it ends there
			newest = no
		}
		all[no] = bytes.Clone(p)
		protect(all[no], 0x1234)
	}
	tail := bytes.Clone(r.pages[newest])
	le.PutUint64(tail[0x08:], uint64(newest)*pageSize)
	protect(tail, 0x1235)
	all[2] = tail
	if newest == r.at/pageSize {
		delete(all, newest)
	}
	return all
}

// restart is a restart page: version 1.1, client in use, not clean. Offsets:
// sizes of system and log page 10 and 14, restart area 18, minor and major
// version 1a and 1c; in the area newest LSN 00, clients 08, lists 0a and 0c,
// flags 0e, bits of the sequence number 10, length 14, clients 16, file size 18,
// length of the last record 20, record header 24, data of a page 26; in the
// client oldest LSN 00, checkpoint 08, neighbours 10 and 12, name 1c.
func (r *ring) restart(oldest, checkpoint uint64) []byte {
	p := make([]byte, pageSize)
	copy(p, "RSTR")
	le.PutUint16(p[0x04:], 0x1E)
	le.PutUint16(p[0x06:], 9)
	le.PutUint32(p[0x10:], pageSize)
	le.PutUint32(p[0x14:], pageSize)
	le.PutUint16(p[0x18:], 0x30)
	le.PutUint16(p[0x1A:], 1)
	le.PutUint16(p[0x1C:], 1)
	a := p[0x30:]
	le.PutUint64(a[0x00:], r.last)
	le.PutUint16(a[0x08:], 1)
	le.PutUint16(a[0x0A:], 0xFFFF)
	le.PutUint32(a[0x10:], uint32(r.seqBits()))
	le.PutUint16(a[0x14:], 0xE0)
	le.PutUint16(a[0x16:], 0x40)
	le.PutUint64(a[0x18:], uint64(r.size))
	le.PutUint32(a[0x20:], 0x70)
	le.PutUint16(a[0x24:], recHeader)
	le.PutUint16(a[0x26:], pageHeader)
	c := a[0x40:]
	le.PutUint64(c[0x00:], oldest)
	le.PutUint64(c[0x08:], checkpoint)
	le.PutUint16(c[0x10:], 0xFFFF)
	le.PutUint16(c[0x12:], 0xFFFF)
	le.PutUint32(c[0x1C:], 8)
	copy(c[0x20:], "N\x00T\x00F\x00S\x00")
	protect(p, 7)
	return p
}
