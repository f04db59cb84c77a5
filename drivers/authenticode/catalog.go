//go:build !nt5

package authenticode

import (
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Catalog is a list of digests of files, signed.
type Catalog struct {
	// Signatures, the first is the one that every Windows looks at.
	Signatures []Signature
	// Members in the order of the file.
	Members []Member

	digests map[string]bool
}

// Member is a file that a catalog lists.
type Member struct {
	Digest []byte
	// Algorithm of the digest, as the member says, or by its length.
	Algorithm Algorithm
	// Attributes by name: "File" is its name, "OSAttr" which Windows it is for
	// ("2:5.1,2:6.1": 2 is NT).
	Attributes map[string]string
}

// ParseCatalog reads a catalog. Errors wrap ErrNotSignature or ErrDamaged.
func ParseCatalog(b []byte) (*Catalog, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrNotSignature, len(b))
	}
	m, err := parse(b)
	if err != nil {
		return nil, err
	}
	if !m.kind.Equal(oidTrustList) {
		return nil, fmt.Errorf("%w of a catalog: its content is %v", ErrNotSignature, m.kind)
	}
	c := &Catalog{Signatures: m.all(0), digests: map[string]bool{}}
	return c, c.readList(&fields{"trust list", m.content})
}

// all are the signatures of a message and of those nested in it.
func (m *message) all(depth int) []Signature {
	list := m.signatures
	for _, b := range m.nested {
		if depth >= maxNested || len(list) > maxItems {
			break
		}
		if n, err := parse(b); err == nil {
			list = append(list, n.all(depth+1)...)
		}
	}
	return list
}

// readList finds the members: the list begins with usage, identifier, number and
// times, some of which are optional, and the algorithm of the subjects; the members
// are the first SEQUENCE behind that.
func (c *Catalog) readList(list *fields) error {
	for {
		v, err := list.next()
		if err != nil {
			return err
		}
		if v.Class != asn1.ClassUniversal || v.Tag != asn1.TagUTCTime && v.Tag != asn1.TagGeneralizedTime {
			continue
		}
		if next, ok := list.peek(); ok && next.Tag != asn1.TagUTCTime && next.Tag != asn1.TagGeneralizedTime {
			break
		}
	}
	if _, err := list.algorithm(); err != nil {
		return err
	}
	if v, ok := list.peek(); !ok || v.Class != asn1.ClassUniversal {
		return nil // an empty catalog
	}
	members, err := list.sequence("members")
	if err != nil {
		return err
	}
	for len(members.rest) > 0 {
		if len(c.Members) >= maxMembers {
			return damaged("members", "more than %d", maxMembers)
		}
		if err := c.readMember(members); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) readMember(members *fields) error {
	f, err := members.sequence("member")
	if err != nil {
		return err
	}
	tag, err := f.octets()
	if err != nil {
		return err
	}
	m := Member{Attributes: map[string]string{}}
	// The tag is the digest in hexadecimal as UTF-16 (Windows 7 and before), or
	// the digest itself (8 and later); an attribute has it in either case.
	if m.Digest = tag; len(tag)%4 == 0 {
		if b, err := hex.DecodeString(littleEndian(tag)); err == nil {
			m.Digest = b
		}
	}
	if len(f.rest) > 0 {
		attributes, err := f.sequence("member")
		if err != nil {
			return err
		}
		if err := attributes.each(m.attribute); err != nil {
			return err
		}
	}
	if m.Algorithm == Unknown {
		m.Algorithm = map[int]Algorithm{16: MD5, 20: SHA1, 32: SHA256, 48: SHA384, 64: SHA512}[len(m.Digest)]
	}
	c.digests[string(m.Digest)] = true
	c.Members = append(c.Members, m)
	return nil
}

func (m *Member) attribute(id asn1.ObjectIdentifier, values *fields) error {
	switch {
	case id.Equal(oidIndirectData):
		a, digest, err := indirect(values)
		if err != nil {
			return err
		}
		m.Algorithm, m.Digest = a, digest
	case id.Equal(oidNameValue):
		pair, err := values.sequence("name and value")
		if err != nil {
			return err
		}
		name, err := pair.next()
		if err != nil {
			return err
		}
		if _, err := pair.next(); err != nil { // flags
			return err
		}
		value, err := pair.octets()
		if err != nil {
			return err
		}
		m.Attributes[text(name)] = strings.TrimRight(littleEndian(value), "\x00")
	}
	return nil
}

// indirect reads an SpcIndirectDataContent: what kind of file, and its digest.
func indirect(f *fields) (Algorithm, []byte, error) {
	data, err := f.sequence("digest of a file")
	if err != nil {
		return Unknown, nil, err
	}
	return digestInfo(data)
}

func digestInfo(data *fields) (Algorithm, []byte, error) {
	if _, err := data.next(); err != nil { // kind
		return Unknown, nil, err
	}
	info, err := data.sequence("digest of a file")
	if err != nil {
		return Unknown, nil, err
	}
	id, err := info.algorithm()
	if err != nil {
		return Unknown, nil, err
	}
	digest, err := info.octets()
	return algorithmOf(id), digest, err
}

func littleEndian(b []byte) string {
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		u = append(u, uint16(b[1])<<8|uint16(b[0]))
	}
	return string(utf16.Decode(u))
}

// Lists reports whether a file with this digest is a member.
func (c *Catalog) Lists(digest []byte) bool { return c.digests[string(digest)] }

// Embedded is the signature in an executable.
type Embedded struct {
	Signatures []Signature
	// Digest that the first signature was made of, and its algorithm.
	Digest    []byte
	Algorithm Algorithm
}

// ParseEmbedded reads the certificate of an executable (pe.File.Certificate).
// Errors wrap ErrNotSignature or ErrDamaged.
func ParseEmbedded(b []byte) (*Embedded, error) {
	m, err := parse(b)
	if err != nil {
		return nil, err
	}
	if !m.kind.Equal(oidIndirectData) {
		return nil, fmt.Errorf("%w of an executable: its content is %v", ErrNotSignature, m.kind)
	}
	e := &Embedded{Signatures: m.all(0)}
	e.Algorithm, e.Digest, err = digestInfo(&fields{"digest of a file", m.content})
	return e, err
}
