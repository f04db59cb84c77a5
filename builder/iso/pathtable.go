package iso

import (
	"encoding/binary"
	"fmt"
)

// dotName is the ISO 9660 name of a directory whose real name begins with a dot.
// go-diskfs leaves such names empty, which no standard allows and which it
// cannot read back itself. "0" sorts before all letters, so the order stays
// right. There may be one in a directory.
const dotName = '0'

// pathTables gives the directories without a name one in both path tables.
func (n normalizer) pathTables(pvd []byte) error {
	size := binary.LittleEndian.Uint32(pvd[pvdPathSize:])
	if size > isoSectorSize/2 {
		return fmt.Errorf("iso9660: path table of %d bytes", size)
	}
	var fixed []byte
	for _, sector := range []uint32{binary.LittleEndian.Uint32(pvd[pvdPathL:]), binary.BigEndian.Uint32(pvd[pvdPathM:])} {
		table := make([]byte, size)
		if _, err := n.disk.ReadAt(table, int64(sector)*isoSectorSize); err != nil {
			return err
		}
		fixed = namePathTable(table)
		if _, err := n.disk.WriteAt(fixed, int64(sector)*isoSectorSize); err != nil {
			return err
		}
	}
	binary.LittleEndian.PutUint32(pvd[pvdPathSize:], uint32(len(fixed)))
	binary.BigEndian.PutUint32(pvd[pvdPathSize+4:], uint32(len(fixed)))
	return nil
}

// namePathTable returns a path table with dotName for empty names. A record is
// the name's length, a byte, a sector, the parent's number, and the name padded
// to an even length.
func namePathTable(table []byte) (fixed []byte) {
	const header = 8
	for len(table) >= header {
		length := header + (int(table[0])+1)&^1
		if length > len(table) {
			break
		}
		record := table[:length]
		table = table[length:]
		if record[0] == 0 {
			record = append([]byte{1}, append(record[1:header:header], dotName, 0)...)
		}
		fixed = append(fixed, record...)
	}
	return fixed
}
