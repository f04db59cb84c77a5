//go:build !nt5

package authenticode_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bootmend/bootmend/drivers/authenticode"
)

// tlv encodes one element.
func tlv(tag byte, parts ...[]byte) []byte {
	b := bytes.Join(parts, nil)
	head := []byte{tag}
	switch n := len(b); {
	case n < 0x80:
		head = append(head, byte(n))
	case n < 0x100:
		head = append(head, 0x81, byte(n))
	case n < 0x10000:
		head = append(head, 0x82, byte(n>>8), byte(n))
	default:
		head = append(head, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(head, b...)
}

func seq(parts ...[]byte) []byte           { return tlv(0x30, parts...) }
func set(parts ...[]byte) []byte           { return tlv(0x31, parts...) }
func octets(b []byte) []byte               { return tlv(0x04, b) }
func number(n byte) []byte                 { return tlv(0x02, []byte{n}) }
func algorithm(id string) []byte           { return seq(oid(id), tlv(0x05)) }
func attribute(id string, v []byte) []byte { return seq(oid(id), set(v)) }

func oid(s string) []byte {
	var id asn1.ObjectIdentifier
	for _, part := range strings.Split(s, ".") {
		n := 0
		fmt.Sscan(part, &n)
		id = append(id, n)
	}
	b, err := asn1.Marshal(id)
	if err != nil {
		return nil
	}
	return b
}

func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func big(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return b
}

const (
	sha1ID   = "1.3.14.3.2.26"
	sha256ID = "2.16.840.1.101.3.4.2.1"
	listOID  = "1.3.6.1.4.1.311.10.1"
	fileOID  = "1.3.6.1.4.1.311.2.1.4"
)

func name(cn string) []byte { return seq(set(seq(oid("2.5.4.3"), tlv(0x13, []byte(cn))))) }

// certificate is one without key and signature.
func certificate(serial byte, issuer, subject []byte, signed string) []byte {
	body := seq(tlv(0xa0, number(2)), number(serial), algorithm(signed), issuer, seq(), subject, seq())
	return seq(body, algorithm(signed), tlv(0x03, []byte{0}))
}

// signed wraps content into a message by one signer; more goes into his unsigned
// attributes.
func signed(kind string, content []byte, digest string, issuer, subject []byte, more ...[]byte) []byte {
	inner := content[2:] // behind tag and length
	switch content[1] {
	case 0x81:
		inner = content[3:]
	case 0x82:
		inner = content[4:]
	}
	var sum []byte
	if digest == sha1ID {
		s := sha1.Sum(inner)
		sum = s[:]
	} else {
		s := sha256.Sum256(inner)
		sum = s[:]
	}
	who := seq(issuer, number(7))
	info := [][]byte{number(1), who, algorithm(digest), tlv(0xa0, attribute("1.2.840.113549.1.9.4", octets(sum))), algorithm("1.2.840.113549.1.1.1"), octets([]byte("sig"))}
	if len(more) > 0 {
		info = append(info, tlv(0xa1, more...))
	}
	data := seq(number(1), set(algorithm(digest)), seq(oid(kind), tlv(0xa0, content)),
		tlv(0xa0, certificate(9, name("other"), name("other"), "1.2.840.113549.1.1.5"), certificate(7, issuer, subject, "1.2.840.113549.1.1.11")), set(seq(info...)))
	return seq(oid("1.2.840.113549.1.7.2"), tlv(0xa0, data))
}

func digestOf(id string, digest []byte) []byte {
	return seq(seq(oid("1.3.6.1.4.1.311.2.1.15")), seq(algorithm(id), octets(digest)))
}

// list is a trust list with two members: one in the form of Windows 7, one in that
// of 8.
func list() []byte {
	old := seq(octets(wide(strings.ToUpper("0123456789abcdef0123456789abcdef01234567"))), set(
		attribute("1.3.6.1.4.1.311.12.2.1", seq(tlv(0x1e, big("File")), number(1), octets(wide("a.sys\x00")))),
		attribute(fileOID, digestOf(sha1ID, bytes.Repeat([]byte{0x11}, 20)))))
	young := seq(octets(bytes.Repeat([]byte{0x22}, 32)))
	return seq(seq(oid("1.3.6.1.4.1.311.12.1.1")), octets([]byte("id")), tlv(0x17, []byte("230102030405Z")), algorithm("1.3.6.1.4.1.311.12.1.2"), seq(old, young))
}

func TestCatalog(t *testing.T) {
	for _, digest := range []string{sha1ID, sha256ID} {
		b := signed(listOID, list(), digest, name("Root"), name("Maker"))
		c, err := authenticode.ParseCatalog(b)
		if err != nil {
			t.Fatal(err)
		}
		want := authenticode.Signature{Digest: authenticode.SHA1, Certificate: authenticode.SHA256, Signer: "Maker", Issuer: "Root", Intact: true}
		if digest == sha256ID {
			want.Digest = authenticode.SHA256
		}
		if len(c.Signatures) != 1 || c.Signatures[0] != want || !want.NeedsSHA2() {
			t.Errorf("%+v, want %+v", c.Signatures, want)
		}
		if len(c.Members) != 2 || c.Members[0].Attributes["File"] != "a.sys" || c.Members[0].Algorithm != authenticode.SHA1 || c.Members[1].Algorithm != authenticode.SHA256 {
			t.Errorf("%+v", c.Members)
		}
		if !c.Lists(bytes.Repeat([]byte{0x11}, 20)) || !c.Lists(bytes.Repeat([]byte{0x22}, 32)) || c.Lists(bytes.Repeat([]byte{0x22}, 20)) {
			t.Error("the digests are not those of the members")
		}
		// The same with a byte of the list changed.
		at := bytes.Index(b, []byte("a\x00.\x00s\x00"))
		b[at] = 'b'
		if c, err = authenticode.ParseCatalog(b); err != nil || c.Signatures[0].Intact {
			t.Errorf("a changed list counts as intact: %v", err)
		}
	}
}

func TestSelfSigned(t *testing.T) {
	c, err := authenticode.ParseCatalog(signed(listOID, list(), sha256ID, name("Me"), name("Me")))
	if err != nil || !c.Signatures[0].SelfSigned {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestEmbedded(t *testing.T) {
	content := digestOf(sha1ID, bytes.Repeat([]byte{0x33}, 20))
	nested := signed(fileOID, digestOf(sha256ID, bytes.Repeat([]byte{0x44}, 32)), sha256ID, name("Root"), name("Maker"))
	b := signed(fileOID, content, sha1ID, name("Root"), name("Maker"), attribute("1.3.6.1.4.1.311.2.4.1", nested))
	e, err := authenticode.ParseEmbedded(append(b, make([]byte, 7)...))
	if err != nil {
		t.Fatal(err)
	}
	if e.Algorithm != authenticode.SHA1 || !bytes.Equal(e.Digest, bytes.Repeat([]byte{0x33}, 20)) {
		t.Errorf("%s %x", e.Algorithm, e.Digest)
	}
	if len(e.Signatures) != 2 || e.Signatures[0].Digest != authenticode.SHA1 || e.Signatures[1].Digest != authenticode.SHA256 || !e.Signatures[1].Intact {
		t.Errorf("%+v", e.Signatures)
	}
	if _, err := authenticode.ParseCatalog(b); !errors.Is(err, authenticode.ErrNotSignature) {
		t.Errorf("as a catalog: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	good := signed(listOID, list(), sha1ID, name("Root"), name("Maker"))
	for what, b := range map[string][]byte{"nothing": nil, "text": []byte("[Version]\r\nSignature=x"), "zeros": make([]byte, 100), "certificate": certificate(1, name("a"), name("b"), sha1ID)} {
		if _, err := authenticode.ParseCatalog(b); !errors.Is(err, authenticode.ErrNotSignature) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := range good {
		_, err := authenticode.ParseCatalog(good[:n])
		if !errors.Is(err, authenticode.ErrNotSignature) && !errors.Is(err, authenticode.ErrDamaged) {
			t.Errorf("cut to %d bytes of %d: %v", n, len(good), err)
		}
	}
}

func FuzzCatalog(f *testing.F) {
	f.Add(signed(listOID, list(), sha1ID, name("Root"), name("Maker")))
	f.Add(signed(fileOID, digestOf(sha1ID, make([]byte, 20)), sha256ID, name("a"), name("a")))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := authenticode.ParseCatalog(b)
		if err == nil {
			for _, m := range c.Members {
				if !c.Lists(m.Digest) && len(m.Attributes) == 0 {
					t.Errorf("a member that is not listed: %x", m.Digest)
				}
			}
		} else if !errors.Is(err, authenticode.ErrNotSignature) && !errors.Is(err, authenticode.ErrDamaged) {
			t.Error(err)
		}
		if _, err := authenticode.ParseEmbedded(b); err != nil && !errors.Is(err, authenticode.ErrNotSignature) && !errors.Is(err, authenticode.ErrDamaged) {
			t.Error(err)
		}
	})
}
