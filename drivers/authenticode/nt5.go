//go:build nt5

package authenticode

import (
	"errors"
	"hash"
)

// The build that knows NT 4 to Server 2003 only (package edition) reads no signatures:
// these Windows start drivers without.

// Algorithm is a digest by its usual name.
type Algorithm string

// New makes no hash.
func (Algorithm) New() hash.Hash { return nil }

// SHA2 is not known.
func (Algorithm) SHA2() bool { return false }

// Signature is one signer of a message.
type Signature struct {
	Digest, Certificate Algorithm
	Signer, Issuer      string
	SelfSigned, Intact  bool
}

// NeedsSHA2 is not known.
func (Signature) NeedsSHA2() bool { return false }

// Catalog is a catalog of files.
type Catalog struct{ Signatures []Signature }

// Lists knows no file.
func (*Catalog) Lists([]byte) bool { return false }

// Embedded is the signature in an executable.
type Embedded struct {
	Signatures []Signature
	Digest     []byte
	Algorithm  Algorithm
}

// MaxSize is the most that is read, in bytes.
const MaxSize = 16 << 20

// Errors as in the whole program; ErrLeftOut says that there is none to read them.
var (
	ErrNotSignature = errors.New("not a PKCS#7 signature")
	ErrDamaged      = errors.New("signature is damaged")
	ErrLeftOut      = errors.New("this small bootmend reads no signatures")
)

// ParseCatalog reads nothing.
func ParseCatalog([]byte) (*Catalog, error) { return nil, ErrLeftOut }

// ParseEmbedded reads nothing.
func ParseEmbedded([]byte) (*Embedded, error) { return nil, ErrLeftOut }

// CertificateName reads nothing.
func CertificateName([]byte) string { return "" }
