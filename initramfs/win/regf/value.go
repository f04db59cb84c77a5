package regf

import (
	"encoding/binary"
	"fmt"
)

// Offsets in a value (vk), from its signature.
const (
	vkNameLen = 2
	vkDataLen = 4
	vkData    = 8
	vkType    = 12
	vkFlags   = 16
	vkName    = 20

	vkCompressed = 1       // flag: the name is Latin-1
	vkResident   = 1 << 31 // in the data length: the data is in the offset field
)

// bigData is the longest data kept in one cell by hives above version 1.3, and
// the length of every segment but the last of longer data.
const bigData = 16344

// maxCellData is the longest data that this program writes into one cell of a
// hive of version 1.3, which keeps data of any length in one: Windows makes no
// cell of more than 1 MiB, its size field and padding to 8 bytes included.
const maxCellData = 1<<20 - 4

// maxData bounds the memory that one value may cost. Windows itself asks for
// less than 1 MiB; the longest seen in a real hive has 200 KB.
const maxData = 16 << 20

// The header of an hbin.
const (
	binHeader = 32
	binTime   = 20 // offset of a time stamp that only the first hbin has
)

// Value is a named value of a key. It holds its vk cell, not its data.
type Value struct {
	h    *Hive
	cell cell
	node [vkName]byte
	name string
}

func (h *Hive) value(off uint32) (*Value, error) {
	c, err := h.cell(off, "vk")
	if err != nil {
		return nil, err
	}
	v := &Value{h: h, cell: c}
	b := v.node[:]
	if err := h.content(c, b, "vk"); err != nil {
		return nil, err
	}
	if string(b[:2]) != "vk" {
		return nil, &FormatError{"vk", c.off, "vk", fmt.Sprintf("% x", b[:2]), "wrong signature"}
	}
	name := make([]byte, binary.LittleEndian.Uint16(b[vkNameLen:]))
	if int64(len(name)) > c.size-vkName {
		return nil, &FormatError{"vk", c.off + vkNameLen, "", number(len(name)), "name is longer than the cell"}
	}
	if err := h.read(name, c.off+vkName); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint16(b[vkFlags:])&vkCompressed != 0 && h.base.Minor > 1 {
		v.name = decodeLatin1(name)
	} else {
		v.name = decodeUTF16(name)
	}
	return v, nil
}

func (v *Value) u32(off int) uint32 { return binary.LittleEndian.Uint32(v.node[off:]) }

// Name is the value's name, "" for the default value.
func (v *Value) Name() string { return v.name }

// Type is the type as stored; any number is possible.
func (v *Value) Type() Type { return Type(v.u32(vkType)) }

// Offset is the file offset of the value's cell.
func (v *Value) Offset() int64 { return v.cell.off - v.h.head() }

// cellOffset is the offset of the value's cell from the first hbin.
func (v *Value) cellOffset() uint32 { return uint32(v.Offset() - baseSize) }

// Len is the length of the data in bytes, as stored.
func (v *Value) Len() int64 { return int64(v.u32(vkDataLen) &^ vkResident) }

// Data returns a copy of the data.
func (v *Value) Data() ([]byte, error) {
	parts, err := v.segments()
	if err != nil {
		return nil, err
	}
	data := make([]byte, v.Len())
	return data, v.h.readParts(parts, 0, data)
}

// pieces calls fn for the data, piece by piece, so that long data needs no more
// memory than short. The slice is used again.
func (v *Value) pieces(fn func(b []byte) error) error {
	parts, err := v.segments()
	if err != nil {
		return err
	}
	buf := make([]byte, min(v.Len(), pageSize))
	for at := int64(0); at < v.Len(); at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), v.Len()-at)]
		if err := v.h.readParts(parts, at, buf); err != nil {
			return err
		}
		if err := fn(buf); err != nil {
			return err
		}
	}
	return nil
}

// readParts reads from an offset in data that lies in several places.
func (h *Hive) readParts(parts []cell, at int64, b []byte) error {
	for _, p := range parts {
		if at >= p.size {
			at -= p.size
			continue
		}
		n := min(int64(len(b)), p.size-at)
		if err := h.read(b[:n], p.off+at); err != nil {
			return err
		}
		if b, at = b[n:], 0; len(b) == 0 {
			break
		}
	}
	return nil
}

// segments says where in the file the data lies: one piece, or several for big
// data. The sizes add up to Len.
func (v *Value) segments() ([]cell, error) {
	n := v.Len()
	if v.u32(vkDataLen)&vkResident != 0 {
		if n > 4 {
			return nil, &FormatError{"vk", v.cell.off + vkDataLen, "at most 4", number(n), "resident data is too long"}
		}
		return []cell{{v.cell.off + vkData, n}}, nil
	}
	if n == 0 {
		return nil, nil
	}
	if n > maxData {
		return nil, &FormatError{"vk", v.cell.off + vkDataLen, "", number(n), "data is too long"}
	}
	if n > bigData && v.h.base.Minor > 3 {
		return v.h.bigData(v.u32(vkData), n)
	}
	c, err := v.h.cell(v.u32(vkData), "data")
	if err != nil {
		return nil, err
	}
	if n > c.size {
		return nil, &FormatError{"data", c.off, number(n), number(c.size), "cell is shorter than the data"}
	}
	return []cell{{c.off, n}}, nil
}

// bigData reads a db cell: u16 number of segments, u32 offset of their list.
func (h *Hive) bigData(off uint32, n int64) ([]cell, error) {
	db, b, err := h.signed(off, 8, "db")
	if err != nil {
		return nil, err
	}
	count := int64(binary.LittleEndian.Uint16(b[2:]))
	if want := (n + bigData - 1) / bigData; count != want {
		return nil, &FormatError{"db", db.off + 2, number(want), number(count), "wrong number of segments"}
	}
	list, err := h.cell(binary.LittleEndian.Uint32(b[4:]), "db list")
	if err != nil {
		return nil, err
	}
	if count*4 > list.size {
		return nil, damaged("db list", list.off, "more segments than the cell holds")
	}
	offs, err := h.offsets(list.off, int(count))
	if err != nil {
		return nil, err
	}
	parts := make([]cell, 0, count)
	for _, o := range offs {
		c, err := h.cell(o, "db segment")
		if err != nil {
			return nil, err
		}
		want := min(n, bigData)
		if c.size < want {
			return nil, &FormatError{"db segment", c.off, number(want), number(c.size), "cell is shorter than the segment"}
		}
		parts = append(parts, cell{c.off, want})
		n -= want
	}
	return parts, nil
}
