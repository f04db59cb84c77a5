package iso

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Offsets in ISO 9660 structures (ECMA-119; byte positions minus one).
const (
	pvdOffset     = 16 * isoSectorSize
	pvdVolumeSize = 80  // both-endian uint32, in sectors
	pvdPathSize   = 132 // both-endian uint32: length of a path table
	pvdPathL      = 140 // uint32, little-endian: its sector
	pvdPathM      = 148 // uint32, big-endian: sector of the big-endian one
	pvdRootRecord = 156 // 34 bytes
	pvdCreation   = 813 // 4 times of 17 bytes: creation, modification,
	pvdExpiration = 847 // expiration, effective
	pvdEffective  = 864

	recExtent   = 2  // both-endian uint32, in sectors
	recDataLen  = 10 // both-endian uint32
	recDate     = 18 // 7 bytes
	recFlags    = 25 // bit 1: directory
	recNameLen  = 32
	recName     = 33
	recMinimum  = 34
	flagDir     = 2
	maxDirBytes = 1 << 20
	maxDirDepth = 8
)

// normalizer rewrites what go-diskfs takes from the clock or the host's file
// system.
type normalizer struct {
	disk interface {
		io.ReaderAt
		io.WriterAt
	}
	date  [7]byte  // of directory records and Rock Ridge
	stamp [17]byte // of the volume descriptor
}

// normalize sets all times in the ISO 9660 image to epoch, owners to root and
// permissions to read-only, and returns the volume's size in sectors.
func normalize(disk interface {
	io.ReaderAt
	io.WriterAt
}, epoch time.Time) (sectors uint32, err error) {
	t := epoch.UTC()
	n := normalizer{disk: disk, date: [7]byte{byte(t.Year() - 1900), byte(t.Month()), byte(t.Day()),
		byte(t.Hour()), byte(t.Minute()), byte(t.Second()), 0}}
	copy(n.stamp[:], t.Format("20060102150405")+"00") // hundredths; then the zone
	pvd := make([]byte, isoSectorSize)
	if _, err := disk.ReadAt(pvd, pvdOffset); err != nil {
		return 0, err
	}
	copy(pvd[pvdCreation:], n.stamp[:])
	copy(pvd[pvdCreation+17:], n.stamp[:])
	copy(pvd[pvdExpiration:], "0000000000000000\x00") // never
	copy(pvd[pvdEffective:], n.stamp[:])
	copy(pvd[pvdRootRecord+recDate:], n.date[:])
	if err := n.pathTables(pvd); err != nil {
		return 0, err
	}
	if _, err := disk.WriteAt(pvd, pvdOffset); err != nil {
		return 0, err
	}
	if err := n.directory(pvd[pvdRootRecord:], 0); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(pvd[pvdVolumeSize:]), nil
}

// directory rewrites the records of the directory that rec describes, and those
// of the directories in it.
func (n normalizer) directory(rec []byte, depth int) error {
	off := int64(binary.LittleEndian.Uint32(rec[recExtent:])) * isoSectorSize
	size := binary.LittleEndian.Uint32(rec[recDataLen:])
	if size > maxDirBytes || depth > maxDirDepth {
		return fmt.Errorf("iso9660: directory of %d bytes at %d, depth %d", size, off, depth)
	}
	dir := make([]byte, size)
	if _, err := n.disk.ReadAt(dir, off); err != nil {
		return err
	}
	index := 0
	for pos := 0; pos+recMinimum <= len(dir); {
		length := int(dir[pos])
		if length == 0 { // no record crosses a sector
			pos = (pos/isoSectorSize + 1) * isoSectorSize
			continue
		}
		if length < recMinimum || pos+length > len(dir) {
			return fmt.Errorf("iso9660: directory record of %d bytes at %d", length, off+int64(pos))
		}
		record := dir[pos : pos+length]
		n.record(record)
		// The first two are the directory itself and its parent.
		if index >= 2 && record[recFlags]&flagDir != 0 {
			if err := n.directory(record, depth+1); err != nil {
				return err
			}
		}
		index++
		pos += length
	}
	_, err := n.disk.WriteAt(dir, off)
	return err
}

// record rewrites the date of one directory record, an empty name, and its Rock Ridge entries
// PX (mode, links, owner) and TF (times).
func (n normalizer) record(rec []byte) {
	copy(rec[recDate:], n.date[:])
	if rec[recNameLen] == 0 {
		// There is room: a name of even length is followed by a pad byte.
		rec[recNameLen], rec[recName] = 1, dotName
	}
	mode, links := uint32(0o100444), uint32(1)
	if rec[recFlags]&flagDir != 0 {
		mode, links = 0o40555, 2
	}
	use := recName + int(rec[recNameLen])
	use += use & 1
	for use+4 <= len(rec) {
		entry := rec[use:]
		length := int(entry[2])
		if length < 4 || length > len(entry) {
			return
		}
		switch string(entry[:2]) {
		case "PX":
			for i, v := range []uint32{mode, links, 0, 0} {
				if at := 4 + 8*i; at+8 <= length {
					binary.LittleEndian.PutUint32(entry[at:], v)
					binary.BigEndian.PutUint32(entry[at+4:], v)
				}
			}
		case "TF":
			for at := 5; at+7 <= length; at += 7 {
				copy(entry[at:], n.date[:])
			}
		}
		use += length
	}
}
