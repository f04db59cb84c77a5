package source

import (
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"strings"

	"github.com/bootmend/bootmend/drivers/authenticode"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
)

// Signing is what the signatures of a package say. They are read and compared with
// the files; nothing is verified against a root certificate.
type Signing struct {
	// Catalog is nil when the package has none, or CatalogErr says why it cannot
	// be read.
	Catalog    *authenticode.Catalog
	CatalogErr error
	// INFListed: the catalog has the digest of the INF file as it is.
	INFListed bool
	// Drivers are the .sys files.
	Drivers []DriverSigning
}

// DriverSigning is what signatures say of one driver.
type DriverSigning struct {
	Name string
	// ListedSHA1 and ListedSHA256: the catalog has this digest of the file.
	ListedSHA1, ListedSHA256 bool
	// Embedded is the signature in the file, nil when there is none or
	// EmbeddedErr says why it cannot be read. EmbeddedIntact: it was made of the
	// file as it is.
	Embedded       *authenticode.Embedded
	EmbeddedErr    error
	EmbeddedIntact bool
}

// maxCertificate bounds, in bytes, a signature in a driver; usual are 10 KiB.
const maxCertificate = 1 << 20

// Signed reads the catalog and the signatures of the drivers of a set. An error
// comes from reading the files; what is wrong with signatures is in the result.
func (p *Package) Signed(set *Set) (*Signing, error) {
	s := &Signing{}
	if set.Catalog != nil {
		f, err := set.Catalog.Open()
		if err != nil {
			return nil, err
		}
		b, err := ReadAll(f, authenticode.MaxSize)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", set.Catalog.Where, err)
		}
		s.Catalog, s.CatalogErr = authenticode.ParseCatalog(b)
	}
	if set.INF != nil && s.Catalog != nil {
		if err := s.readINF(set.INF); err != nil {
			return nil, err
		}
	}
	for i := range set.Files {
		if Ext(set.Files[i].Name) != ".sys" {
			continue
		}
		d, err := s.driver(&set.Files[i])
		if err != nil {
			return nil, err
		}
		s.Drivers = append(s.Drivers, d)
	}
	return s, nil
}

// readINF: files that are no executables are listed by the digest of all bytes.
func (s *Signing) readINF(file *PackageFile) error {
	f, err := file.Open()
	if err != nil {
		return err
	}
	b, err := ReadAll(f, maxINF)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Where, err)
	}
	short, long := sha1.Sum(b), sha256.Sum256(b)
	s.INFListed = s.Catalog.Lists(short[:]) || s.Catalog.Lists(long[:])
	return nil
}

func (s *Signing) driver(file *PackageFile) (DriverSigning, error) {
	d := DriverSigning{Name: file.Name}
	f, err := file.Open()
	if err != nil {
		return d, err
	}
	image, err := pe.Open(f, f.Size())
	if err != nil {
		return d, fmt.Errorf("%s: %w", file.Where, err)
	}
	for _, padded := range []bool{false, true} {
		short, long := sha1.New(), sha256.New()
		if err := image.Digest(both{short, long}, padded); err != nil {
			return d, fmt.Errorf("%s: %w", file.Where, err)
		}
		if s.Catalog != nil {
			d.ListedSHA1 = d.ListedSHA1 || s.Catalog.Lists(short.Sum(nil))
			d.ListedSHA256 = d.ListedSHA256 || s.Catalog.Lists(long.Sum(nil))
		}
	}
	b, err := image.Certificate(maxCertificate)
	if err != nil {
		d.EmbeddedErr = err
		return d, nil
	}
	if b == nil {
		return d, nil
	}
	if d.Embedded, d.EmbeddedErr = authenticode.ParseEmbedded(b); d.EmbeddedErr != nil {
		return d, nil
	}
	if h := d.Embedded.Algorithm.New(); h != nil {
		err = image.Digest(h, false)
		d.EmbeddedIntact = err == nil && string(h.Sum(nil)) == string(d.Embedded.Digest)
	}
	return d, err
}

// both is two digests of the same bytes.
type both struct{ a, b hash.Hash }

func (w both) Write(p []byte) (int, error) { w.a.Write(p); return w.b.Write(p) }
func (w both) Sum(b []byte) []byte         { return w.b.Sum(w.a.Sum(b)) }
func (w both) Reset()                      { w.a.Reset(); w.b.Reset() }
func (w both) Size() int                   { return w.a.Size() + w.b.Size() }
func (w both) BlockSize() int              { return max(w.a.BlockSize(), w.b.BlockSize()) }

// Reasons why a Windows refuses a boot driver for its signature, to be tested with
// errors.Is.
var (
	ErrUnsigned  = errors.New("Windows for 64 bits refuses boot drivers without signature")
	ErrModified  = errors.New("the file is not the one that was signed")
	ErrNeedsSHA2 = errors.New("the signature is made with SHA-2, which this Windows cannot check")
	ErrTestCert  = errors.New("the signer's certificate is signed by itself, which Windows takes in test mode only")
)

// Policy is what a Windows demands of signatures.
type Policy struct {
	// Required: boot drivers without signature are refused.
	Required bool
	// SHA2: it can check signatures made with SHA-2.
	SHA2 bool
}

// PolicyOf is the policy of a Windows: for x64 and ARM64 from Vista on drivers must
// be signed; SHA-2 is known from Windows 8 on. hasSHA2 says that an older one has
// learnt it: 7 and 2008 R2 by KB3033929, 2008 by KB4474419, or a later update; Vista
// never did.
//
// Sources: learn.microsoft.com, "Driver signing policy" and "Microsoft Security
// Advisory 3033929"; virt-v2v's manual on Windows 7.
func PolicyOf(t inf.Target, hasSHA2 bool) Policy {
	nt := t.Major*100 + t.Minor
	return Policy{Required: nt >= 600 && t.Arch != inf.X86, SHA2: nt >= 602 || nt >= 600 && hasSHA2}
}

// Check says why a Windows would refuse the drivers of the package; nil when it
// would take them, provided that it trusts the signer's root, which is not
// verified, and that the catalog is installed with them. On a Windows that
// demands no signature everything passes.
func (s *Signing) Check(p Policy) error {
	if !p.Required {
		return nil
	}
	if len(s.Drivers) == 0 {
		return fmt.Errorf("it has no driver of its own that could be signed: %w", ErrUnsigned)
	}
	var all []error
	for _, d := range s.Drivers {
		if err := s.check(d, p); err != nil {
			all = append(all, fmt.Errorf("%s: %w", d.Name, err))
		}
	}
	return errors.Join(all...)
}

// check: one signature that counts is enough.
func (s *Signing) check(d DriverSigning, p Policy) error {
	var reasons []error
	if d.Embedded != nil {
		if !d.EmbeddedIntact {
			reasons = append(reasons, ErrModified)
		} else if err := acceptable(d.Embedded.Signatures, d.Embedded.Algorithm.SHA2(), p); err == nil {
			return nil
		} else {
			reasons = append(reasons, err)
		}
	}
	if s.Catalog != nil {
		switch {
		case !d.ListedSHA1 && !d.ListedSHA256:
			reasons = append(reasons, fmt.Errorf("%w: the catalog does not list it", ErrModified))
		default:
			err := acceptable(s.Catalog.Signatures, !d.ListedSHA1, p)
			if err == nil {
				return nil
			}
			reasons = append(reasons, err)
		}
	}
	if len(reasons) == 0 {
		return ErrUnsigned
	}
	return errors.Join(reasons...)
}

// acceptable: sha2 says that the digest of the file itself is SHA-2.
func acceptable(all []authenticode.Signature, sha2 bool, p Policy) error {
	err := error(ErrUnsigned)
	for _, s := range all {
		switch {
		case !s.Intact:
			err = fmt.Errorf("%w: signature by %q", ErrModified, s.Signer)
		case s.SelfSigned:
			err = fmt.Errorf("%w: signature by %q", ErrTestCert, s.Signer)
		case !p.SHA2 && (sha2 || s.NeedsSHA2()):
			err = fmt.Errorf("%w: signature by %q", ErrNeedsSHA2, s.Signer)
		default:
			return nil
		}
	}
	return err
}

// String tells by whom the package says to be signed.
func (s *Signing) String() string {
	var all []string
	seen := map[string]bool{}
	add := func(list []authenticode.Signature) {
		for _, g := range list {
			text := fmt.Sprintf("signed by %q (%s), not verified against a root", g.Signer, g.Digest)
			if !seen[text] {
				seen[text] = true
				all = append(all, text)
			}
		}
	}
	if s.Catalog != nil {
		add(s.Catalog.Signatures)
	}
	for _, d := range s.Drivers {
		if d.Embedded != nil {
			add(d.Embedded.Signatures)
		}
	}
	if len(all) == 0 {
		return "not signed"
	}
	return strings.Join(all, "; ")
}
