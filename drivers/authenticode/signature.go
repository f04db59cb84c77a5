//go:build !nt5

package authenticode

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"hash"
	"strings"
	"unicode/utf16"
)

// Algorithm is a digest by its usual name.
type Algorithm string

// The digests that Windows knows.
const (
	MD5     Algorithm = "MD5"
	SHA1    Algorithm = "SHA-1"
	SHA256  Algorithm = "SHA-256"
	SHA384  Algorithm = "SHA-384"
	SHA512  Algorithm = "SHA-512"
	Unknown Algorithm = ""
)

// New makes a hash, nil for Unknown.
func (a Algorithm) New() hash.Hash {
	switch a {
	case MD5:
		return md5.New()
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	case SHA384:
		return sha512.New384()
	case SHA512:
		return sha512.New()
	}
	return nil
}

// SHA2: it is one of those that Windows before 8 learnt by an update.
func (a Algorithm) SHA2() bool { return a == SHA256 || a == SHA384 || a == SHA512 }

// algorithmOf names the digest of an identifier, that of an RSA or ECDSA signature
// too.
func algorithmOf(id asn1.ObjectIdentifier) Algorithm {
	switch id.String() {
	case "1.2.840.113549.2.5", "1.2.840.113549.1.1.4":
		return MD5
	case "1.3.14.3.2.26", "1.2.840.113549.1.1.5", "1.3.14.3.2.29", "1.2.840.10045.4.1":
		return SHA1
	case "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2":
		return SHA256
	case "2.16.840.1.101.3.4.2.2", "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3":
		return SHA384
	case "2.16.840.1.101.3.4.2.3", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4":
		return SHA512
	}
	return Unknown
}

// Signature is one signer of a message. Nothing of it is verified but Intact.
type Signature struct {
	// Digest is the algorithm by which the content was signed, Certificate that
	// of the signature on the signer's certificate.
	Digest, Certificate Algorithm
	// Signer and Issuer are common names as the certificate says; "" when it is
	// not in the message.
	Signer, Issuer string
	// SelfSigned: the signer vouches for itself, as test certificates do.
	SelfSigned bool
	// Intact: the content has the digest that the signer signed. False says that
	// it was changed since.
	Intact bool
}

// NeedsSHA2: a Windows that knows SHA-1 only cannot check it.
func (s Signature) NeedsSHA2() bool { return s.Digest.SHA2() || s.Certificate.SHA2() }

// message is a SignedData.
type message struct {
	kind       asn1.ObjectIdentifier
	content    []byte // of the content's element, what is signed
	signatures []Signature
	nested     [][]byte
}

// certificate is what a message has of one.
type certificate struct {
	issuer, serial  []byte // as encoded
	subject, parent string
	self            bool
	signed          Algorithm
}

// parse reads a PKCS#7 message.
func parse(b []byte) (*message, error) {
	top := &fields{"ContentInfo", b}
	info, err := top.sequence("ContentInfo")
	if err != nil {
		return nil, ErrNotSignature
	}
	if id, err := info.oid(); err != nil || !id.Equal(oidSignedData) {
		return nil, ErrNotSignature
	}
	inner, ok := info.tagged(0)
	if !ok {
		return nil, damaged("ContentInfo", "it has no content")
	}
	data, err := inner.sequence("SignedData")
	if err != nil {
		return nil, err
	}
	m := &message{}
	for range 2 { // version, digest algorithms
		if _, err := data.next(); err != nil {
			return nil, err
		}
	}
	if err := m.readContent(data); err != nil {
		return nil, err
	}
	var certificates []certificate
	if set, ok := data.tagged(0); ok {
		certificates = readCertificates(set)
	}
	data.tagged(1) // revocation lists
	return m, m.readSigners(data, certificates)
}

func (m *message) readContent(data *fields) error {
	info, err := data.sequence("content")
	if err != nil {
		return err
	}
	if m.kind, err = info.oid(); err != nil {
		return err
	}
	inner, ok := info.tagged(0)
	if !ok {
		return nil // detached
	}
	v, err := inner.next()
	m.content = v.Bytes
	return err
}

// readCertificates reads what it can: a certificate that breaks the rules only
// costs a name.
func readCertificates(set *fields) []certificate {
	var all []certificate
	for n := 0; len(set.rest) > 0 && n < maxItems; n++ {
		v, err := set.next()
		if err != nil {
			return all
		}
		if c, err := readCertificate(&fields{"certificate", v.Bytes}); err == nil {
			all = append(all, c)
		}
	}
	return all
}

func readCertificate(f *fields) (c certificate, err error) {
	body, err := f.sequence("certificate")
	if err != nil {
		return c, err
	}
	signed, err := f.algorithm()
	if err != nil {
		return c, err
	}
	c.signed = algorithmOf(signed)
	body.tagged(0) // version
	var parts [5]asn1.RawValue
	for i := range parts { // serial, algorithm, issuer, validity, subject
		if parts[i], err = body.next(); err != nil {
			return c, err
		}
	}
	c.serial, c.issuer = parts[0].FullBytes, parts[2].FullBytes
	c.self = bytes.Equal(parts[2].FullBytes, parts[4].FullBytes)
	c.subject, c.parent = commonName(parts[4].Bytes), commonName(parts[2].Bytes)
	return c, nil
}

// CertificateName is the common name of the subject of a certificate in DER, ""
// where it has none or cannot be read.
func CertificateName(der []byte) string {
	f := &fields{"certificate", der}
	body, err := f.sequence("certificate")
	if err != nil {
		return ""
	}
	c, err := readCertificate(body)
	if err != nil {
		return ""
	}
	return c.subject
}

// commonName finds the name in a distinguished one, "" when there is none.
func commonName(b []byte) string {
	name := ""
	for names := (&fields{"name", b}); len(names.rest) > 0; {
		set, err := names.sequence("name")
		if err != nil {
			return name
		}
		pair, err := set.sequence("name")
		if err != nil {
			return name
		}
		id, err := pair.oid()
		if err != nil {
			return name
		}
		if v, err := pair.next(); err == nil && id.Equal(oidCommonName) {
			name = text(v)
		}
	}
	return name
}

func text(v asn1.RawValue) string {
	if v.Tag == asn1.TagBMPString {
		return bigEndian(v.Bytes)
	}
	return strings.ToValidUTF8(string(v.Bytes), "\ufffd")
}

func bigEndian(b []byte) string {
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		u = append(u, uint16(b[0])<<8|uint16(b[1]))
	}
	return string(utf16.Decode(u))
}

func (m *message) readSigners(data *fields, certificates []certificate) error {
	set, err := data.sequence("signers")
	if err != nil {
		return err
	}
	for n := 0; len(set.rest) > 0; n++ {
		if n > maxItems {
			return damaged("signers", "more than %d", maxItems)
		}
		info, err := set.sequence("SignerInfo")
		if err != nil {
			return err
		}
		s, err := m.readSigner(info, certificates)
		if err != nil {
			return err
		}
		m.signatures = append(m.signatures, s)
	}
	return nil
}

func (m *message) readSigner(info *fields, certificates []certificate) (s Signature, err error) {
	if _, err = info.next(); err != nil { // version
		return s, err
	}
	who, err := info.sequence("IssuerAndSerialNumber")
	if err != nil {
		return s, err
	}
	issuer, err := who.next()
	if err != nil {
		return s, err
	}
	serial, err := who.next()
	if err != nil {
		return s, err
	}
	for _, c := range certificates {
		if bytes.Equal(c.issuer, issuer.FullBytes) && bytes.Equal(c.serial, serial.FullBytes) {
			s.Signer, s.Issuer, s.Certificate, s.SelfSigned = c.subject, c.parent, c.signed, c.self
		}
	}
	id, err := info.algorithm()
	if err != nil {
		return s, err
	}
	s.Digest = algorithmOf(id)
	if signed, ok := info.tagged(0); ok {
		err = signed.each(func(id asn1.ObjectIdentifier, values *fields) error {
			if id.Equal(oidMessageDigest) {
				want, err := values.octets()
				s.Intact = err == nil && m.hasDigest(s.Digest, want)
			}
			return nil
		})
		if err != nil {
			return s, err
		}
	}
	for range 2 { // algorithm and value of the signature
		if _, err := info.next(); err != nil {
			return s, err
		}
	}
	if unsigned, ok := info.tagged(1); ok {
		err = unsigned.each(func(id asn1.ObjectIdentifier, values *fields) error {
			for id.Equal(oidNested) && len(values.rest) > 0 && len(m.nested) < maxItems {
				v, err := values.next()
				if err != nil {
					return err
				}
				m.nested = append(m.nested, v.FullBytes)
			}
			return nil
		})
	}
	return s, err
}

func (m *message) hasDigest(a Algorithm, want []byte) bool {
	h := a.New()
	if h == nil {
		return false
	}
	h.Write(m.content)
	return bytes.Equal(h.Sum(nil), want)
}
