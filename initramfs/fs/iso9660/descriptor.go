package iso9660

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Volume descriptors begin at sector 16 and are one sector each (ECMA-119, 8).
const (
	firstDescriptor = 16
	// maxDescriptors is far more than discs have: one or two of files, one of
	// El Torito, those of UDF.
	maxDescriptors = 64
)

// Types of volume descriptors.
const (
	typePrimary       = 1
	typeSupplementary = 2
	typeTerminator    = 255
)

// Kinds of descriptors that share the recognition area with ISO 9660
// (ECMA-167, 2/9.1): the name is where ISO 9660 has "CD001".
const (
	idISO      = "CD001"
	offsetOfID = 1
	lengthOfID = 5
)

var otherIDs = []string{"BEA01", "BOOT2", "CDW02", "NSR02", "NSR03", "TEA01"}

func idOf(sector []byte) string { return string(sector[offsetOfID : offsetOfID+lengthOfID]) }

// jolietEscapes are the escape sequences of UCS-2 levels 1 to 3.
var jolietEscapes = [...]string{"%/@", "%/C", "%/E"}

// descriptor is what a primary or supplementary volume descriptor says.
type descriptor struct {
	label string
	disc  uint16 // number in the set
	discs uint16
	root  record
}

// found is what the recognition area of a medium holds.
type found struct {
	primary, joliet []byte // sectors; nil when absent
	iso, udf        bool
}

// Detect tells whether there is an ISO 9660 file system (fs.ISO9660), a UDF
// file system only (fs.UDF), or neither. The error is that of reading; a medium
// that is too short holds neither.
func Detect(r io.ReaderAt) (fs.Kind, error) {
	b := make([]byte, sectorSize)
	for i := range int64(maxDescriptors) {
		if err := readSector(r, b, firstDescriptor+i); errors.Is(err, io.ErrUnexpectedEOF) {
			return fs.Unknown, nil
		} else if err != nil {
			return fs.Unknown, err
		}
		switch id := idOf(b); {
		case id == idISO:
			return fs.ISO9660, nil
		case id == "NSR02", id == "NSR03":
			// A bridge disc has its ISO 9660 descriptors before.
			return fs.UDF, nil
		case !slices.Contains(otherIDs, id):
			return fs.Unknown, nil
		}
	}
	return fs.Unknown, nil
}

// readDescriptors looks through the recognition area. The first primary
// descriptor counts, others are copies of it.
func readDescriptors(r io.ReaderAt) (found, error) {
	var f found
	for i, done := int64(0), false; i < maxDescriptors; i++ {
		b := make([]byte, sectorSize)
		if err := readSector(r, b, firstDescriptor+i); errors.Is(err, io.ErrUnexpectedEOF) {
			return f, nil
		} else if err != nil {
			return f, err
		}
		switch id := idOf(b); {
		case id == idISO:
			f.iso = true
			if !done {
				done = f.take(b)
			}
		case slices.Contains(otherIDs, id):
			f.udf = f.udf || strings.HasPrefix(id, "NSR")
		default:
			return f, nil
		}
	}
	return f, nil
}

// take keeps the sector if it is one that we look for; it reports whether it
// was the last of ISO 9660.
func (f *found) take(b []byte) (last bool) {
	switch b[0] {
	case typePrimary:
		if f.primary == nil {
			f.primary = b
		}
	case typeSupplementary:
		if f.joliet == nil && isJoliet(b) {
			f.joliet = b
		}
	case typeTerminator:
		return true
	}
	return false
}

// isJoliet: escape sequences of ISO 2022 say that names are UCS-2; bit 0 of
// the flags would say that they are not registered.
func isJoliet(b []byte) bool {
	for _, e := range jolietEscapes {
		if b[7]&1 == 0 && bytes.HasPrefix(b[88:120], []byte(e)) {
			return true
		}
	}
	return false
}

// parseDescriptor reads a primary or supplementary volume descriptor
// (ECMA-119, 8.4 and 8.5).
func parseDescriptor(b []byte, name string, joliet bool) (descriptor, error) {
	small, big := binary.LittleEndian.Uint16(b[128:]), binary.BigEndian.Uint16(b[130:])
	if small != big {
		return descriptor{}, damaged(name, "logical block size is %d and %d", small, big)
	}
	if small != sectorSize {
		return descriptor{}, fmt.Errorf("%s: %w", name, &BlockSizeError{Size: int(small)})
	}
	root, err := parseRecord(b[156:190], name+", record of the root")
	if err != nil {
		return descriptor{}, err
	}
	if !root.isDir() {
		return descriptor{}, damaged(name, "the root is not a directory")
	}
	d := descriptor{discs: binary.LittleEndian.Uint16(b[120:]), disc: binary.LittleEndian.Uint16(b[124:]), root: root}
	if joliet {
		d.label, _ = decodeUCS2(b[40:72]) // 32 bytes are whole characters
	} else {
		d.label = decodeBytes(b[40:72])
	}
	d.label = strings.TrimRight(d.label, " \x00")
	return d, nil
}

// readSector reads one whole sector. A medium that ends before gives an error
// that wraps io.ErrUnexpectedEOF.
func readSector(r io.ReaderAt, b []byte, sector int64) error {
	if n, err := r.ReadAt(b[:sectorSize], sector*sectorSize); n < sectorSize {
		return fmt.Errorf("sector %d: %w", sector, noEOF(err))
	}
	return nil
}
