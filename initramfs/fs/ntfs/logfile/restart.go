package logfile

import (
	"fmt"
	"io"
	"math/bits"
)

// LSN is a log sequence number: the offset of a record in the log, in units of
// 8 bytes, below the number of the round.
type LSN uint64

// Offsets in a restart page, its restart area and a client record (logfile.h of
// ntfs-3g).
const (
	pageSystemSize = 0x10
	pageLogSize    = 0x14
	pageArea       = 0x18
	pageMinor      = 0x1a
	pageMajor      = 0x1c

	areaCurrent    = 0x00
	areaClients    = 0x08
	areaInUse      = 0x0c
	areaFlags      = 0x0e
	areaSeqBits    = 0x10
	areaClientsOff = 0x16
	areaFileSize   = 0x18
	areaHeaderLen  = 0x24
	areaDataOffset = 0x26
	areaSize       = 0x2c

	clientOldest  = 0x00
	clientRestart = 0x08
	clientNameLen = 0x1c
	clientName    = 0x20
	clientSize    = 0xa0

	flagClean  = 2
	noClient   = 0xffff
	minPage    = 512
	maxPage    = 64 << 10
	maxLogSize = 4 << 30 // Windows makes 64 MiB; 4 GiB is the format's limit
)

// restart is what the newest restart page says.
type restart struct {
	page         []byte // without fix-ups
	at           int64
	areaAt       int
	system, size int64 // of a system page, of a log page
	major, minor uint16
	current      LSN
	inUse, flags uint16
	seqBits      int
	fileSize     int64
	headerLen    int
	dataOffset   int
	clientAt     int // in page
	oldest, last LSN // of the client
}

// readRestart finds the newer of the two restart pages.
func readRestart(r io.ReaderAt, size int64) (*restart, error) {
	var best *restart
	var firstErr error
	second := int64(0)
	for at := int64(0); at <= maxPage && at < size; at = max(2*at, minPage) {
		if second != 0 && at != second {
			continue
		}
		p, err := parseRestart(r, at, size)
		if err != nil {
			if firstErr == nil {
				firstErr = err
			}
			continue
		}
		if p == nil {
			continue
		}
		if best == nil || p.current > best.current {
			best = p
		}
		if second == 0 {
			second = p.system
		}
		if at == second {
			break
		}
	}
	if best == nil {
		if firstErr == nil {
			firstErr = damaged("restart pages", "there is none")
		}
		return nil, firstErr
	}
	return best, nil
}

// parseRestart returns nil when there is no restart page at the place.
func parseRestart(r io.ReaderAt, at, size int64) (*restart, error) {
	what := fmt.Sprintf("restart page at %#x", at)
	head := make([]byte, 0x20)
	if n, err := r.ReadAt(head, at); n < len(head) {
		return nil, notEOF(what, err)
	}
	switch string(head[:4]) {
	case "RSTR":
	case "CHKD":
		return nil, unknown("chkdsk has emptied the log")
	default:
		return nil, nil
	}
	p := &restart{at: at, system: int64(le.Uint32(head[pageSystemSize:])), size: int64(le.Uint32(head[pageLogSize:])),
		areaAt: int(le.Uint16(head[pageArea:])), minor: le.Uint16(head[pageMinor:]), major: le.Uint16(head[pageMajor:])}
	for _, n := range []int64{p.system, p.size} {
		if n < minPage || n > maxPage || bits.OnesCount64(uint64(n)) != 1 {
			return nil, damaged(what, "pages of %d and %d bytes", p.system, p.size)
		}
	}
	if p.major != 1 || p.minor != 1 {
		return nil, unknown("version %d.%d", p.major, p.minor)
	}
	p.page = make([]byte, p.system)
	if n, err := r.ReadAt(p.page, at); n < len(p.page) {
		return nil, notEOF(what, err)
	}
	if !unprotect(p.page) {
		return nil, damaged(what, "torn write")
	}
	return p, p.parseArea(what)
}

func (p *restart) parseArea(what string) error {
	if p.areaAt%8 != 0 || p.areaAt < 0x20 || p.areaAt+areaSize > len(p.page) {
		return damaged(what, "restart area at %#x", p.areaAt)
	}
	a := p.page[p.areaAt:]
	p.current = LSN(le.Uint64(a[areaCurrent:]))
	p.inUse, p.flags = le.Uint16(a[areaInUse:]), le.Uint16(a[areaFlags:])
	p.seqBits, p.fileSize = int(le.Uint32(a[areaSeqBits:])), int64(le.Uint64(a[areaFileSize:]))
	p.headerLen, p.dataOffset = int(le.Uint16(a[areaHeaderLen:])), int(le.Uint16(a[areaDataOffset:]))
	p.clientAt = p.areaAt + int(le.Uint16(a[areaClientsOff:]))
	if n := le.Uint16(a[areaClients:]); n != 1 {
		return unknown("%d clients", n)
	}
	if p.clientAt+clientSize > len(p.page) {
		return damaged(what, "client record at %#x", p.clientAt)
	}
	c := p.page[p.clientAt:]
	p.oldest, p.last = LSN(le.Uint64(c[clientOldest:])), LSN(le.Uint64(c[clientRestart:]))
	if n := le.Uint32(c[clientNameLen:]); n != 8 || string(c[clientName:clientName+8]) != "N\x00T\x00F\x00S\x00" {
		return unknown("the client is not NTFS")
	}
	if p.fileSize < 8*p.size || p.fileSize > maxLogSize || p.seqBits != 67-bits.Len64(uint64(p.fileSize)) {
		return damaged(what, "file size %#x, sequence numbers of %d bits", p.fileSize, p.seqBits)
	}
	if p.headerLen != recHeader || p.dataOffset < 0x30 || p.dataOffset%8 != 0 || int64(p.dataOffset) > p.size/2 {
		return damaged(what, "record header of %#x bytes, data of pages at %#x", p.headerLen, p.dataOffset)
	}
	return nil
}

// notEOF turns a short read into damage.
func notEOF(what string, err error) error {
	if err == nil || err == io.EOF {
		return damaged(what, "the log ends in it")
	}
	return err
}
