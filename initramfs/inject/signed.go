package inject

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// checkSigned: from Vista on the 64-bit kernels load signed boot drivers only.
// A catalog in the package counts: whether it is valid, the loader decides.
// Files that Windows itself brought along are signed by its own catalogs.
func checkSigned(w *inspect.Installation, d *Driver, image *pe.File, refuse refuser) error {
	if w.Arch == inspect.X86 || !w.Version.AtLeast(6, 0) || d.Package == nil {
		return nil
	}
	sig, err := image.Signature()
	if err != nil {
		return refuse(NoDriver, "its signature cannot be read: %v. Provide the package again", err)
	}
	if sig.Present && sig.Type == pe.PKCS7 || d.Package.catalog() != nil {
		return nil
	}
	return refuse(Unsigned, "it is not signed, and %s for %s loads signed boot drivers only. Provide the signed package of the manufacturer, with its catalog (.cat)", versionName(w), w.Arch)
}

func (p *Package) catalog() *File {
	for i := range p.Files {
		if p.Catalog != "" && strings.EqualFold(p.Files[i].Path, p.Catalog) {
			return &p.Files[i]
		}
	}
	return nil
}

// Doubts are sentences about what speaks against a driver without being
// certain; with one, the driver is put in only when a person wants it.
func Doubts(w *inspect.Installation, d *Driver) ([]string, error) {
	if w.Arch == inspect.X86 || !w.Version.AtLeast(6, 0) || w.Version.AtLeast(6, 2) || d.Package == nil {
		return nil, nil
	}
	var doubts []string
	for _, f := range d.Files {
		if !strings.EqualFold(extension(f.Path), "sys") {
			continue
		}
		sha2, err := onlySHA2(f, d.Package)
		if err != nil || !sha2 {
			continue // not to be told: the loader decides
		}
		kb, err := knowsSHA2(w)
		if err != nil {
			return nil, err
		}
		if kb == "" {
			doubts = append(doubts, fmt.Sprintf("%s is signed with SHA-2 only, and it cannot be told that this Windows has the update that understands it (%s)",
				f.Path, strings.Join(sha2Updates(), ", ")))
		}
	}
	return doubts, nil
}

// sha2Updates are the updates for Vista, Server 2008, 7 and Server 2008 R2 that
// let the loader check SHA-2: KB3033929 for 7, KB4039648 for Vista, KB4474419
// for both (VeraCrypt 1.25.7, release notes; virt-v2v.pod).
func sha2Updates() []string { return []string{"KB3033929", "KB4474419", "KB4039648"} }

const (
	packagesKey    = `Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`
	stateInstalled = 112 // CurrentState of a package that is installed
)

// knowsSHA2 names the update that taught this Windows SHA-2, "" when there is
// none to be found. The names of packages start with Package_for_ and the
// number of the update (several installers look for them there).
func knowsSHA2(w *inspect.Installation) (string, error) {
	soft, err := openHive(w, softwareHive)
	if err != nil {
		return "", err
	}
	packages, err := soft.h.Key(packagesKey)
	if err != nil {
		return "", absent(err)
	}
	keys, err := packages.Subkeys()
	if err != nil {
		return "", err
	}
	for _, k := range keys {
		name, _, _ := strings.Cut(k.Name(), "~")
		kb := strings.TrimPrefix(name, "Package_for_")
		if !slices.Contains(sha2Updates(), kb) {
			continue
		}
		v, err := k.Value("CurrentState")
		if errors.Is(err, regf.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if state, err := v.DWORD(); err == nil && state == stateInstalled {
			return kb, nil
		}
	}
	return "", nil
}

// onlySHA2 reports whether neither the signature of the file nor its catalog
// uses SHA-1.
func onlySHA2(f File, p *Package) (bool, error) {
	image, err := pe.Open(f.Content.R, f.Content.Size)
	if err != nil {
		return false, err
	}
	var signatures [][]byte
	if sig, err := image.Signature(); err == nil && sig.Present && sig.Size > 8 {
		b := make([]byte, sig.Size-8) // WIN_CERTIFICATE has a head of 8 bytes
		if _, err := f.Content.R.ReadAt(b, sig.Offset+8); err != nil {
			return false, err
		}
		signatures = append(signatures, b)
	}
	if cat := p.catalog(); cat != nil && cat.Content.Size <= maxCatalog {
		b := make([]byte, cat.Content.Size)
		if _, err := cat.Content.R.ReadAt(b, 0); err != nil {
			return false, err
		}
		signatures = append(signatures, b)
	}
	for _, b := range signatures {
		sha1, err := usesSHA1(b)
		if err != nil || sha1 {
			return false, err
		}
	}
	return len(signatures) > 0, nil
}

const maxCatalog = 16 << 20

// usesSHA1 looks at the digest algorithms of a PKCS #7 SignedData (RFC 2315,
// 9.1): ContentInfo { type, [0] SignedData { version, SET OF AlgorithmIdentifier.
func usesSHA1(b []byte) (bool, error) {
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"tag:0"`
	}
	if _, err := asn1.Unmarshal(b, &outer); err != nil {
		return false, err
	}
	var signed asn1.RawValue
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &signed); err != nil {
		return false, err
	}
	var version int
	rest, err := asn1.Unmarshal(signed.Bytes, &version)
	if err != nil {
		return false, err
	}
	var algorithms []struct {
		ID         asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.UnmarshalWithParams(rest, &algorithms, "set"); err != nil {
		return false, err
	}
	sha1 := asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	for _, a := range algorithms {
		if a.ID.Equal(sha1) {
			return true, nil
		}
	}
	return false, nil
}
