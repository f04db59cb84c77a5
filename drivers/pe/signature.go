package pe

import "fmt"

// Signature says where the embedded signature is. Most drivers have none of
// their own and are signed by a catalog.
type Signature struct {
	Present      bool
	Offset, Size int64 // of the certificate table in the file
	Type         uint16
}

// PKCS7 is the type of an Authenticode signature.
const PKCS7 = 2

// Signature reads the head of the certificate table. That it is there does not
// mean that it is valid. An error wraps ErrDamaged: it reaches past the end of
// the file or is too short.
func (f *File) Signature() (Signature, error) {
	const what = "certificate table"
	off, size := int64(f.security.rva), int64(f.security.size)
	if off == 0 && size == 0 {
		return Signature{}, nil
	}
	if size < 8 || off+size > f.size {
		return Signature{}, &FormatError{what, off, fmt.Sprintf("%d bytes, the file has %d", size, f.size)}
	}
	b, err := f.read(what, off, 8)
	if err != nil {
		return Signature{}, err
	}
	if n := int64(le.Uint32(b)); n < 8 || n > size {
		return Signature{}, &FormatError{what, off, fmt.Sprintf("the certificate has %d bytes, the table %d", n, size)}
	}
	return Signature{Present: true, Offset: off, Size: size, Type: le.Uint16(b[6:])}, nil
}
