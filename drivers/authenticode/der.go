//go:build !nt5

package authenticode

import (
	"encoding/asn1"
	"errors"
	"fmt"
)

// Classes of errors, to be tested with errors.Is.
var (
	// ErrNotSignature: the file is something else.
	ErrNotSignature = errors.New("not a PKCS#7 signature")
	// ErrDamaged: it begins as one and contradicts itself.
	ErrDamaged = errors.New("signature is damaged")
)

// Bounds of a message. Catalogs of Windows itself have some 10,000 members.
const (
	MaxSize    = 16 << 20 // bytes
	maxMembers = 1 << 17
	maxItems   = 1 << 12
	maxNested  = 4
)

// Object identifiers.
var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCommonName    = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidTrustList     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 10, 1}
	oidIndirectData  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 4}
	oidNested        = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 4, 1}
	oidNameValue     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 12, 2, 1}
)

// fields are the elements of a constructed value that are left to read.
type fields struct {
	what string
	rest []byte
}

func damaged(what, reason string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrDamaged, what, fmt.Sprintf(reason, args...))
}

// next cuts off one element.
func (f *fields) next() (asn1.RawValue, error) {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(f.rest, &v)
	if err != nil {
		return v, damaged(f.what, "%v", err)
	}
	f.rest = rest
	return v, nil
}

// peek looks at the next element, false at the end.
func (f *fields) peek() (asn1.RawValue, bool) {
	g := *f
	if len(g.rest) == 0 {
		return asn1.RawValue{}, false
	}
	v, err := g.next()
	return v, err == nil
}

// sequence opens the next element, which must be a SEQUENCE or SET.
func (f *fields) sequence(what string) (*fields, error) {
	v, err := f.next()
	if err != nil {
		return nil, err
	}
	if v.Class != asn1.ClassUniversal || !v.IsCompound {
		return nil, damaged(what, "tag %d where a sequence should be", v.Tag)
	}
	return &fields{what, v.Bytes}, nil
}

// tagged takes the next element when it has a context-specific tag.
func (f *fields) tagged(tag int) (*fields, bool) {
	v, ok := f.peek()
	if !ok || v.Class != asn1.ClassContextSpecific || v.Tag != tag {
		return nil, false
	}
	f.rest = f.rest[len(v.FullBytes):]
	return &fields{f.what, v.Bytes}, true
}

// oid reads an object identifier.
func (f *fields) oid() (asn1.ObjectIdentifier, error) {
	var id asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(f.rest, &id)
	if err != nil {
		return nil, damaged(f.what, "%v", err)
	}
	f.rest = rest
	return id, nil
}

// algorithm reads an AlgorithmIdentifier.
func (f *fields) algorithm() (asn1.ObjectIdentifier, error) {
	s, err := f.sequence("algorithm")
	if err != nil {
		return nil, err
	}
	return s.oid()
}

// octets reads an OCTET STRING.
func (f *fields) octets() ([]byte, error) {
	v, err := f.next()
	if err != nil {
		return nil, err
	}
	if v.Class != asn1.ClassUniversal || v.Tag != asn1.TagOctetString || v.IsCompound {
		return nil, damaged(f.what, "tag %d where an octet string should be", v.Tag)
	}
	return v.Bytes, nil
}

// each visits the attributes of a SET OF Attribute: a type and its values.
func (f *fields) each(visit func(id asn1.ObjectIdentifier, values *fields) error) error {
	for n := 0; len(f.rest) > 0; n++ {
		if n > maxItems {
			return damaged(f.what, "more than %d attributes", maxItems)
		}
		a, err := f.sequence("attribute")
		if err != nil {
			return err
		}
		id, err := a.oid()
		if err != nil {
			return err
		}
		values, err := a.sequence("attribute")
		if err != nil {
			return err
		}
		if err := visit(id, values); err != nil {
			return err
		}
	}
	return nil
}
