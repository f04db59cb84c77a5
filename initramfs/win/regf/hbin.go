package regf

import (
	"encoding/binary"
	"fmt"
)

// inBin follows the chain of hbins to the one that holds n bytes at file offset
// pos, and demands that they lie inside. Reading does without this, because it
// would touch every bin of the hive; a write must not rest on a cell that only
// looks like one.
func (h *Hive) inBin(pos, n int64) error {
	for off := int64(baseSize); off < h.limit(); {
		size, err := h.bin(off)
		if err != nil {
			return err
		}
		if pos < off+size {
			if pos < off+binHeader || pos+n > off+size {
				return damaged("hbin", off, fmt.Sprintf("bytes at %#x cross its bounds", pos))
			}
			return nil
		}
		off += size
	}
	return damaged("hbin", pos, "offset is behind the last hbin")
}

// bin checks the header of the hbin at a file offset and returns its size.
func (h *Hive) bin(off int64) (int64, error) {
	if off+binHeader > h.limit() {
		return 0, damaged("hbin", off, "header reaches past the hbins")
	}
	var b [12]byte
	if err := h.read(b[:], off); err != nil {
		return 0, err
	}
	if string(b[:4]) != "hbin" {
		return 0, &FormatError{"hbin", off, "hbin", fmt.Sprintf("% x", b[:4]), "wrong signature"}
	}
	if self := int64(binary.LittleEndian.Uint32(b[4:])); self != off-baseSize {
		return 0, &FormatError{"hbin", off + 4, number(off - baseSize), number(self), "bin names another offset"}
	}
	size := int64(binary.LittleEndian.Uint32(b[8:]))
	if size == 0 || size%4096 != 0 || off+size > h.limit() {
		return 0, &FormatError{"hbin", off + 8, "", number(size), "bin size is no multiple of 4096 or reaches past the hbins"}
	}
	return size, nil
}
