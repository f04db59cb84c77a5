package iso9660

import (
	"encoding/binary"
	"fmt"
	"io"
)

// maxAreas bounds the continuation areas of one record. A name of 255 bytes
// with everything else that Rock Ridge knows fits into three.
const maxAreas = 32

// rockRidge is what the system use entries of a record say (IEEE P1281 and
// P1282), as far as reading needs it.
type rockRidge struct {
	name      []byte
	hasName   bool
	link      bool   // a symbolic link
	relocated bool   // shown at another place
	child     uint32 // block of the directory that belongs here; 0: none
	refuse    string // why the content cannot be read
}

// suspSkip tells from the system use area of the root's own record whether the
// disc has system use entries, and how many bytes precede them in every other
// record. CD-ROM XA has 14 bytes of its own before.
func suspSkip(use []byte) (skip int, ok bool) {
	for _, at := range []int{0, 14} {
		if len(use) >= at+7 && string(use[at:at+6]) == "SP\x07\x01\xbe\xef" {
			return int(use[at+6]), true
		}
	}
	return 0, false
}

// readRockRidge collects the entries of a system use area and of its
// continuations.
func readRockRidge(r io.ReaderAt, use []byte, where string) (rockRidge, error) {
	var rr rockRidge
	for area := 0; ; area++ {
		next, err := rr.add(use, where)
		if err != nil || next == nil {
			return rr, err
		}
		if area == maxAreas {
			return rr, damaged(where, "more than %d continuation areas of system use entries", maxAreas)
		}
		if next.len > sectorSize {
			return rr, damaged(where, "continuation area of %d bytes", next.len)
		}
		use = make([]byte, next.len)
		if n, err := r.ReadAt(use, next.off); n < len(use) {
			return rr, fmt.Errorf("%s: continuation area at %#x: %w", where, next.off, noEOF(err))
		}
	}
}

// add takes the entries of one area. Each is two letters, length, version,
// and data. It returns where the list goes on, nil for nowhere.
func (rr *rockRidge) add(use []byte, where string) (next *part, err error) {
	for len(use) >= 4 {
		n := int(use[2])
		if use[0] == 0 {
			break // filling
		}
		if n < 4 || n > len(use) {
			return nil, damaged(where, "system use entry %q of %d bytes, %d are left", use[:2], n, len(use))
		}
		entry := use[:n]
		use = use[n:]
		switch string(entry[:2]) {
		case "ST":
			return next, nil
		case "CE":
			if n < 28 {
				return nil, damaged(where, "system use entry CE of %d bytes", n)
			}
			next = &part{
				off: int64(binary.LittleEndian.Uint32(entry[4:]))*sectorSize + int64(binary.LittleEndian.Uint32(entry[12:])),
				len: int64(binary.LittleEndian.Uint32(entry[20:])),
			}
		default:
			rr.take(entry)
		}
	}
	return next, nil
}

func (rr *rockRidge) take(entry []byte) {
	switch string(entry[:2]) {
	case "NM":
		// Flags 2 and 4 stand for "." and ".." and carry no name.
		if len(entry) > 5 && entry[4]&6 == 0 {
			rr.name, rr.hasName = append(rr.name, entry[5:]...), true
		}
	case "SL":
		rr.link = true
	case "RE":
		rr.relocated = true
	case "CL":
		if len(entry) >= 12 {
			rr.child = binary.LittleEndian.Uint32(entry[4:])
		}
	case "ZF":
		rr.refuse = "compressed by zisofs"
	case "SF":
		rr.refuse = "stored as a sparse file"
	}
}
