package pe

import (
	"fmt"
	"io"
)

// Checksum gives the checksum in the header and the one that the file has; 0 in
// the header means that none was made. Boot drivers and DLLs that the loader
// loads are refused when they differ.
func (f *File) Checksum() (stored, computed uint32, err error) {
	buf := make([]byte, 64<<10)
	var sum uint64
	for off := int64(0); off < f.size; {
		b := buf[:min(int64(len(buf)), f.size-off)]
		if n, err := f.r.ReadAt(b, off); n < len(b) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return 0, 0, fmt.Errorf("read PE executable at %#x: %w", off, err)
		}
		for i := range 4 { // the field itself counts as zero
			if at := f.checksumAt + int64(i) - off; at >= 0 && at < int64(len(b)) {
				b[at] = 0
			}
		}
		for i := 0; i < len(b); i += 2 {
			word := uint64(b[i])
			if i+1 < len(b) {
				word |= uint64(b[i+1]) << 8
			}
			sum += word
		}
		off += int64(len(b))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return f.checksum, uint32(sum) + uint32(f.size), nil
}
