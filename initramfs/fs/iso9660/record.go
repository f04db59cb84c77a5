package iso9660

import (
	"encoding/binary"
	"time"
)

// sectorSize is that of a CD, and the only size of logical blocks that is read.
const sectorSize = 2048

// Flags of a directory record (ECMA-119, 9.1.6).
const (
	flagHidden     = 0x01
	flagDirectory  = 0x02
	flagAssociated = 0x04
	flagMore       = 0x80 // the next record goes on with the same file
)

// Directory records have the length of their fixed part, and a name of one
// byte at least.
const (
	recordFixed = 33
	recordLeast = 34
)

// record is a directory record (ECMA-119, 9.1). Numbers that are stored in
// both byte orders are taken from the little-endian half, as x86 does.
type record struct {
	block     uint32 // first logical block, of the extended attribute record if there is one
	xar       uint8  // length of the extended attribute record, blocks
	size      uint32 // bytes
	time      time.Time
	flags     uint8
	unit, gap uint8 // not zero: interleaved
	disc      uint16
	id        []byte
	use       []byte // system use area
}

// parseRecord reads the record at the start of b. where is for messages.
func parseRecord(b []byte, where string) (record, error) {
	n := int(b[0])
	if n < recordLeast || n > len(b) {
		return record{}, damaged(where, "directory record of %d bytes where %d to %d fit", n, recordLeast, len(b))
	}
	b = b[:n]
	idLen := int(b[32])
	if idLen == 0 || recordFixed+idLen > n {
		return record{}, damaged(where, "name of %d bytes in a directory record of %d", idLen, n)
	}
	r := record{
		block: binary.LittleEndian.Uint32(b[2:]), xar: b[1], size: binary.LittleEndian.Uint32(b[10:]),
		time: parseTime(b[18:25]), flags: b[25], unit: b[26], gap: b[27],
		disc: binary.LittleEndian.Uint16(b[28:]), id: b[recordFixed : recordFixed+idLen],
	}
	// A byte fills up to an even offset; it is absent where nothing follows.
	if from := recordFixed + idLen + (idLen+1)%2; from < n {
		r.use = b[from:]
	}
	return r, nil
}

// isSelf and isParent are the first two records of every directory.
func (r record) isSelf() bool   { return len(r.id) == 1 && r.id[0] == 0 }
func (r record) isParent() bool { return len(r.id) == 1 && r.id[0] == 1 }

func (r record) isDir() bool { return r.flags&flagDirectory != 0 }

// part is where the data lies.
func (r record) part() part {
	return part{off: (int64(r.block) + int64(r.xar)) * sectorSize, len: int64(r.size)}
}

// part is one extent of a file, in bytes of the volume.
type part struct{ off, len int64 }

// parseTime reads the seven bytes of ECMA-119, 9.1.5: years since 1900, month,
// day, hour, minute, second, and quarters of an hour east of Greenwich. What is
// no time is the zero Time.
func parseTime(b []byte) time.Time {
	month, day, quarters := time.Month(b[1]), int(b[2]), int(int8(b[6]))
	if month < 1 || month > 12 || day < 1 || day > 31 || b[3] > 23 || b[4] > 59 || b[5] > 59 {
		return time.Time{}
	}
	if quarters < -48 || quarters > 52 {
		quarters = 0
	}
	local := time.Date(1900+int(b[0]), month, day, int(b[3]), int(b[4]), int(b[5]), 0, time.UTC)
	return local.Add(-time.Duration(quarters) * 15 * time.Minute)
}
