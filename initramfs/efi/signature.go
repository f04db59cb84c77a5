package efi

import (
	"bytes"
	"fmt"
)

// The kinds of signatures that are understood, as bytes of their GUIDs.
const (
	typeX509   = "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72" // a certificate in DER: EFI_CERT_X509_GUID
	typeSHA256 = "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28" // the digest of a program: EFI_CERT_SHA256_GUID
)

// Database is a signature database, as far as it is understood.
type Database struct {
	Certificates [][]byte   // DER
	Digests      [][32]byte // SHA-256 of programs
	Other        int        // signatures of other kinds
}

const (
	listHead  = 28 // type, u32 size, u32 size of header, u32 size of a signature
	ownerSize = 16 // before each signature
)

// ParseDatabase reads db or dbx: lists of signatures of one kind and size each.
// Errors wrap ErrDamaged.
func ParseDatabase(b []byte) (Database, error) {
	var d Database
	for off := 0; off < len(b); {
		rest := b[off:]
		if len(rest) < listHead {
			return d, fmt.Errorf("%w: list of signatures at %d is cut off", ErrDamaged, off)
		}
		size, head, each := int64(le.Uint32(rest[16:])), int64(le.Uint32(rest[20:])), int64(le.Uint32(rest[24:]))
		if size < listHead+head || size > int64(len(rest)) || each <= ownerSize || (size-listHead-head)%each != 0 {
			return d, fmt.Errorf("%w: list of signatures at %d: %d bytes, head %d, each %d", ErrDamaged, off, size, head, each)
		}
		for list := rest[listHead+head : size]; len(list) > 0; list = list[each:] {
			d.add(string(rest[:16]), list[ownerSize:each])
		}
		off += int(size)
	}
	return d, nil
}

func (d *Database) add(kind string, signature []byte) {
	switch {
	case kind == typeX509:
		d.Certificates = append(d.Certificates, bytes.Clone(signature))
	case kind == typeSHA256 && len(signature) == 32:
		d.Digests = append(d.Digests, [32]byte(signature))
	default:
		d.Other++
	}
}
