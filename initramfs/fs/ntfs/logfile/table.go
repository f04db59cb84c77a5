package logfile

import "fmt"

// A dump of a table: header, then entries of one size. An entry is named by its
// offset in the dump; its first double word is FFFFFFFF when it is in use. The
// header counts the entries that there are and those in use, which are not
// always the first ones: an attribute that was closed leaves a hole (seen in a
// log of Windows 10).
const (
	tableEntry   = 0x00
	tableEntries = 0x02
	tableUsed    = 0x04
	tableHeader  = 0x18
	entryInUse   = 0xffffffff
	maxTableSize = 16 << 20
)

// eachEntry calls fn for the entries in use of a dump.
func eachEntry(what string, b []byte, minSize int, fn func(key int, e []byte) error) error {
	if len(b) == 0 {
		return nil
	}
	if len(b) < tableHeader {
		return damaged(what, "%d bytes", len(b))
	}
	size, total, used := int(le.Uint16(b[tableEntry:])), int(le.Uint16(b[tableEntries:])), int(le.Uint16(b[tableUsed:]))
	if size < minSize || tableHeader+size*total > len(b) {
		return damaged(what, "%d entries of %d bytes in %d", total, size, len(b))
	}
	found := 0
	for i := range total {
		key := tableHeader + i*size
		if e := b[key : key+size]; le.Uint32(e) == entryInUse {
			found++
			if err := fn(key, e); err != nil {
				return err
			}
		}
	}
	if found != used {
		return damaged(what, "%d entries in use, its header says %d", found, used)
	}
	return nil
}

// openAttr is an attribute that records name as their target.
type openAttr struct {
	ref       uint64 // MFT reference
	typ       uint32
	indexSize int64
}

// Sizes of an entry of the table of open attributes: before Windows 10 and
// since.
const (
	openAttrOld = 0x2c
	openAttrNew = 0x28
)

// parseOpenAttr reads an entry; which form it has shows in its size.
func parseOpenAttr(what string, e []byte) (openAttr, error) {
	switch len(e) {
	case openAttrNew:
		return openAttr{ref: le.Uint64(e[0x10:]), typ: le.Uint32(e[8:]), indexSize: int64(le.Uint32(e[4:]))}, nil
	case openAttrOld:
		return openAttr{ref: le.Uint64(e[8:]), typ: le.Uint32(e[0x1c:]), indexSize: int64(le.Uint32(e[0x28:]))}, nil
	}
	return openAttr{}, unknown("%s: an open attribute of %d bytes", what, len(e))
}

// pageKey names a page of an attribute.
type pageKey struct {
	attr uint16
	vcn  int64
}

// dirtyPage is a page that may not be on the disk as the log says.
type dirtyPage struct {
	oldest LSN
	lcns   []int64 // 0: freed since
}

// The two forms of an entry of the table of dirty pages, by the version of the
// client's checkpoint.
var dirtyForms = [2]struct{ vcn, oldest, lcns int }{{0x14, 0x1c, 0x24}, {0x10, 0x18, 0x20}}

func parseDirtyPage(what string, e []byte, version uint32) (k pageKey, p dirtyPage, err error) {
	if version > 1 {
		return k, p, unknown("%s: version %d", what, version)
	}
	form := dirtyForms[version]
	if len(e) < form.lcns {
		return k, p, damaged(what, "an entry of %d bytes", len(e))
	}
	n := int(le.Uint32(e[0x0c:]))
	if n > (len(e)-form.lcns)/8 {
		return k, p, damaged(what, "%d LCNs in an entry of %d bytes", n, len(e))
	}
	k = pageKey{uint16(le.Uint32(e[4:])), int64(le.Uint64(e[form.vcn:]))}
	p.oldest = LSN(le.Uint64(e[form.oldest:]))
	for i := range n {
		p.lcns = append(p.lcns, int64(le.Uint64(e[form.lcns+8*i:])))
	}
	return k, p, nil
}

// States of a transaction.
const (
	stateActive    = 1
	statePrepared  = 2
	stateCommitted = 3
)

// transaction is one that has not been forgotten.
type transaction struct {
	state    byte
	undoNext LSN
}

func parseTransaction(e []byte) transaction {
	return transaction{state: e[4], undoNext: LSN(le.Uint64(e[0x18:]))}
}

// checkpoint is what the client writes at one.
type checkpoint struct {
	version uint32
	start   LSN
	dumps   [4]LSN // open attributes, names, dirty pages, transactions
}

const checkpointSize = 0x40

func parseCheckpoint(r Record) (c checkpoint, err error) {
	what := fmt.Sprintf("checkpoint %#x", uint64(r.LSN))
	if !r.Checkpoint || len(r.client) < checkpointSize {
		return c, damaged(what, "checkpoint %t, %d bytes", r.Checkpoint, len(r.client))
	}
	if c.version = le.Uint32(r.client); c.version > 1 {
		return c, unknown("%s of version %d", what, c.version)
	}
	c.start = LSN(le.Uint64(r.client[8:]))
	for i := range c.dumps {
		c.dumps[i] = LSN(le.Uint64(r.client[0x10+8*i:]))
	}
	return c, nil
}
