package pe

import (
	"fmt"
	"hash"
	"io"
)

// Digest writes to h what Authenticode signs: the file without its checksum, its
// entry for the certificate table and that table. With padded, a file without
// certificates is filled up with zeros to a multiple of 8 bytes, which tools do
// that are about to add one; catalogs have the digest of either form.
//
// Source: Microsoft, "Windows Authenticode Portable Executable Signature Format",
// "Calculating the PE image hash"; the sections lie one behind the other in the
// files of all linkers, so that they need not be sorted.
func (f *File) Digest(h hash.Hash, padded bool) error {
	end := f.size
	if s, err := f.Signature(); err != nil {
		return err
	} else if s.Present {
		end = s.Offset
	}
	type hole struct{ off, size int64 }
	holes := []hole{{f.checksumAt, 4}}
	if f.securityAt > 0 {
		holes = append(holes, hole{f.securityAt, 8})
	}
	at := int64(0)
	for _, skip := range append(holes, hole{end, 0}) {
		if skip.off < at || skip.off > end {
			return &FormatError{"certificate table", end, "it overlaps the headers"}
		}
		if n, err := io.Copy(h, io.NewSectionReader(f.r, at, skip.off-at)); err != nil {
			return fmt.Errorf("read PE executable at %#x: %w", at+n, err)
		} else if n < skip.off-at {
			return fmt.Errorf("read PE executable at %#x: %w", at+n, io.ErrUnexpectedEOF)
		}
		at = skip.off + skip.size
	}
	if rest := end % 8; padded && rest > 0 && end == f.size {
		h.Write(make([]byte, 8-rest))
	}
	return nil
}

// Certificate reads the first entry of the certificate table, without its header:
// a PKCS#7 message for type PKCS7. limit bounds its size in bytes.
func (f *File) Certificate(limit int64) ([]byte, error) {
	const what = "certificate table"
	s, err := f.Signature()
	if err != nil {
		return nil, err
	}
	if !s.Present {
		return nil, nil
	}
	head, err := f.read(what, s.Offset, 8)
	if err != nil {
		return nil, err
	}
	n := int64(le.Uint32(head)) - 8
	if n > limit {
		return nil, &FormatError{what, s.Offset, fmt.Sprintf("a certificate of %d bytes", n)}
	}
	return f.read(what, s.Offset+8, int(n))
}
